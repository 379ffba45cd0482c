import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { describeWithCri } from "../../helpers/cri-e2e.ts";
import { runPod } from "../../helpers/cri-pod.ts";
import { waitFor } from "../../helpers/wait.ts";

const FOREVER = ["sleep", "1000"];
const MIB = 1 << 20;
/** A limit, wherever the host's hierarchy has it. */
const CGROUP = (v1: string, v2: string) => `cd /sys/fs/cgroup; cat ${v1} 2>/dev/null || cat ${v2}`;

describeWithCri("containers", (cri) => {
  it("exit codes and reasons", async () => {
    const pod = await runPod(cri());
    const cases = [
      ["exit 0", 0, "Completed"],
      ["exit 42", 42, "Error"],
      ["kill -9 $$", 137, "Error"],
      ["kill -TERM $$; sleep 10", 143, "Error"],
    ] as const;
    for (const [script, exit_code, reason] of cases) {
      // The first process of a namespace gets no signal it does not handle: have a second one.
      const container = await pod.run({ command: ["sh", "-c", `sh -c '${script}'; exit $?`] });
      expect(await container.exited()).toMatchObject({ exit_code, reason });
      expect((await container.status()).finished_at).toBeGreaterThan(0);
    }
    await pod.remove();
  });

  it("what cannot be started says why", async () => {
    const pod = await runPod(cri());
    const cases = [
      [["nosuchprogram"], 'exec: "nosuchprogram": executable file not found in $PATH'],
      [["/etc/passwd"], "permission denied"],
    ] as const;
    for (const [command, reason] of cases) {
      const container = await pod.create({ command });
      await expect(container.start()).rejects.toThrow(reason);
      expect(await container.status()).toMatchObject({ state: "CONTAINER_EXITED", reason: "StartError" });
      await container.remove();
    }
    await pod.remove();
  });

  it("stop: grace, then SIGKILL", async () => {
    const pod = await runPod(cri());
    const polite = await pod.run({
      command: ["sh", "-c", "trap 'exit 5' TERM; touch /tmp/up; while :; do sleep 0.02; done"],
    });
    const stubborn = await pod.run({
      command: ["sh", "-c", "trap '' TERM; touch /tmp/up; while :; do sleep 0.02; done"],
    });
    for (const one of [polite, stubborn]) await one.sh("until [ -e /tmp/up ]; do sleep 0.02; done");
    await polite.stop(20);
    expect(await polite.status()).toMatchObject({ state: "CONTAINER_EXITED", exit_code: 5 });
    await stubborn.stop(1);
    expect(await stubborn.status()).toMatchObject({ state: "CONTAINER_EXITED", exit_code: 137 });
    await pod.remove();
  });

  it("killed for want of memory: OOMKilled", async () => {
    const pod = await runPod(cri());
    const resources = { memory_limit_in_bytes: 16 * MIB };
    const container = await pod.run({ command: ["tail", "/dev/zero"], resources });
    expect(await container.exited()).toMatchObject({ exit_code: 137, reason: "OOMKilled" });
    await pod.remove();
  });

  it("execSync: exit codes, both outputs, timeouts", async () => {
    const pod = await runPod(cri());
    const container = await pod.run({ command: FOREVER });
    expect(await container.exec(["sh", "-c", "echo out; echo err >&2; exit 7"])).toEqual({
      exit_code: 7,
      stdout: "out\n",
      stderr: "err\n",
    });
    await expect(container.exec(["sh", "-c", "exec sleep 1004"], 1)).rejects.toThrow(
      /time(d out|out)|deadline/i,
    );
    // Nothing of it is left, and a child that holds the output does not hold up the answer for ever.
    expect(await container.sh("ps -o args | grep -c '[s]leep 1004' || true")).toBe("0");
    await expect(container.exec(["nosuchprogram"])).rejects.toThrow("executable file not found in $PATH");
    await pod.remove();
  });

  it("probes: several a second in each of several containers", async () => {
    const pod = await runPod(cri());
    const containers = [];
    for (let i = 0; i < 4; i++) containers.push(await pod.run({ command: FOREVER }));
    const results = await Promise.all(
      containers.flatMap((container) =>
        Array.from({ length: 3 }, async (_, lane) => {
          const seen: string[] = [];
          for (let round = 0; round < 8; round++) {
            const { exit_code, stdout } = await container.exec(
              ["sh", "-c", `echo ${lane}.${round}; exit ${round}`],
              10,
            );
            seen.push(`${exit_code}:${stdout.trim()}`);
            await delay(20);
          }
          return seen.every((text, round) => text === `${round}:${lane}.${round}`);
        }),
      ),
    );
    expect(results).toEqual(results.map(() => true));
    await pod.remove();
  });

  it("limits, changed while it runs", async () => {
    const pod = await runPod(cri());
    const resources = {
      cpu_period: 100_000,
      cpu_quota: 50_000,
      cpu_shares: 512,
      memory_limit_in_bytes: 64 * MIB,
      oom_score_adj: 500,
      cpuset_cpus: "0",
    };
    const container = await pod.run({ command: FOREVER, resources });
    const read = CGROUP(
      "cpu/cpu.cfs_quota_us memory/memory.limit_in_bytes cpuset/cpuset.cpus",
      "cpu.max memory.max cpuset.cpus",
    );
    expect(await container.sh(read)).toMatch(/^50000( 100000)?\n67108864\n0$/);
    expect(await container.sh("cat /proc/1/oom_score_adj")).toBe("500");
    await cri().api.update(container.id, { cpu_quota: 20_000, memory_limit_in_bytes: 32 * MIB });
    expect(await container.sh(read)).toMatch(/^20000( 100000)?\n33554432\n0$/);
    await pod.remove();
  });

  it("stats of a container and of a pod", async () => {
    const pod = await runPod(cri());
    const container = await pod.run({
      command: ["sh", "-c", "dd if=/dev/zero of=/dev/shm/x bs=1M count=8; while :; do :; done"],
      resources: { memory_limit_in_bytes: 64 * MIB },
    });
    const busy = await waitFor("figures", async () => {
      const stats = await cri().api.containerStats(container.id);
      const cpu = stats.cpu?.usage_core_nano_seconds?.value ?? 0;
      return cpu > 50_000_000 && (stats.memory?.working_set_bytes?.value ?? 0) > 8 * MIB && stats;
    });
    expect(busy.attributes.id).toBe(container.id);
    expect(busy.memory?.working_set_bytes?.value).toBeLessThan(64 * MIB);
    const stats = await waitFor("the pod's figures", async () => {
      const of = await cri().api.podStats(pod.id);
      return (of.linux.cpu?.usage_core_nano_seconds?.value ?? 0) > 0 && of;
    });
    expect(stats.linux.containers.map(({ attributes }) => attributes.id)).toEqual([container.id]);
    expect(stats.linux.memory?.working_set_bytes?.value).toBeGreaterThan(8 * MIB);
    expect(stats.linux.network?.default_interface).toMatchObject({ name: "eth0" });
    expect(stats.linux.process?.process_count.value).toBeGreaterThanOrEqual(1);
    const all = await cri().api.listPodStats();
    expect(all.map(({ attributes }) => attributes.id)).toEqual([pod.id]);
    await pod.remove();
  });

  it("mounts: read-only, propagated, an environment, a working directory", async () => {
    const host_path = join(cri().sandbox.dir, "shared");
    mkdirSync(host_path, { recursive: true });
    writeFileSync(join(host_path, "file"), "from the host\n");
    const pod = await runPod(cri());
    const container = await pod.run({
      command: FOREVER,
      config: {
        mounts: [
          { container_path: "/ro", host_path, readonly: true },
          { container_path: "/rw", host_path, propagation: "PROPAGATION_HOST_TO_CONTAINER" },
        ],
        envs: [{ key: "NAME", value: "a value" }],
        working_dir: "/not/yet",
      },
    });
    expect(await container.sh("cat /ro/file; pwd; echo $NAME; touch /ro/x 2>/dev/null || echo no")).toBe(
      "from the host\n/not/yet\na value\nno",
    );
    const { sandbox } = cri();
    await sandbox.run(["sh", "-c", `mkdir -p ${host_path}/late; mount -t tmpfs late ${host_path}/late`]);
    expect(await container.sh("grep -c ' /rw/late ' /proc/self/mountinfo")).toBe("1");
    await sandbox.run(["umount", `${host_path}/late`]);
    expect(await container.sh("grep -c ' /rw/late ' /proc/self/mountinfo || true")).toBe("0");
    await pod.remove();
  });
});
