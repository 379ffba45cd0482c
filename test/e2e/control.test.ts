import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { runContainer, startContainer, type TestContainer } from "../helpers/container.ts";
import { describeWithContainerd } from "../helpers/e2e.ts";
import { waitFor, within } from "../helpers/wait.ts";

const MIB = 1 << 20;

/** The number at a path of nested messages ("cpu.usage.total"), 0 where it is absent. */
function numberAt(value: unknown, path: string): number {
  let at: unknown = value;
  for (const name of path.split(".")) at = (at as Record<string, unknown> | null | undefined)?.[name];
  return typeof at === "number" ? at : 0;
}

/** CPU time in nanoseconds and memory use in bytes, from either cgroup generation. */
async function usage(
  container: TestContainer,
  api: { metrics(id: string): Promise<{ type: string; data: object }> },
) {
  const { type, data } = await api.metrics(container.id);
  return type.endsWith("v2.Metrics")
    ? {
        type,
        cpu: numberAt(data, "cpu.usage_usec") * 1000,
        memory: numberAt(data, "memory.usage"),
        limit: numberAt(data, "memory.usage_limit"),
        pids: numberAt(data, "pids.current"),
      }
    : {
        type,
        cpu: numberAt(data, "cpu.usage.total"),
        memory: numberAt(data, "memory.usage.usage"),
        limit: numberAt(data, "memory.usage.limit"),
        pids: numberAt(data, "pids.current"),
      };
}

describeWithContainerd("control", (containerd) => {
  it("pauses and resumes", async () => {
    const container = await startContainer(containerd(), {
      args: ["sh", "-c", "while :; do echo tick; sleep 0.01; done"],
    });
    const { tasks } = containerd().api;
    await waitFor("ticks", () => container.stdout().length > 50);
    await tasks.pause(container.id);
    expect(await container.state()).toMatchObject({ status: "PAUSED" });
    // What was in the pipes arrives first; then silence is the thing to be seen.
    await delay(100);
    const seen = container.stdout().length;
    await delay(300);
    expect(container.stdout().length).toBe(seen);
    await tasks.resume(container.id);
    expect(await container.state()).toMatchObject({ status: "RUNNING" });
    await waitFor("more ticks", () => container.stdout().length > seen + 50);
    await container.remove();
  });

  it("refuses Exec and Delete while paused, and Resume while running", async () => {
    const container = await startContainer(containerd(), { args: ["sleep", "1000"] });
    const { tasks } = containerd().api;
    await expect(tasks.resume(container.id)).rejects.toThrow();
    await tasks.pause(container.id);
    await expect(tasks.pause(container.id)).rejects.toThrow();
    await expect(container.addExec(["true"])).rejects.toThrow();
    await expect(tasks.delete(container.id)).rejects.toThrow();
    await tasks.resume(container.id);
    await container.remove();
  });

  it("lists the processes by their host pids, execs by name", async () => {
    const container = await startContainer(containerd(), {
      args: ["sh", "-c", "sleep 1000 & echo up; wait"],
    });
    await waitFor("the second process", () => container.stdout().includes("up"));
    const added = await container.addExec(["sleep", "1000"], { execId: "listed" });
    await added.start();
    const processes = await containerd().api.tasks.pids(container.id);
    const pids = processes.map(({ pid }) => pid);
    expect(pids.length).toBe(3);
    expect(pids).toContain(container.pid);
    expect(pids).toContain(added.pid);
    const named = processes.find(({ pid }) => pid === added.pid);
    expect(Buffer.from(named?.info?.value ?? []).toString()).toContain("listed");
    await added.kill(9);
    await added.finish();
    await container.remove();
  });

  it("measures CPU time and memory that grow with use", async () => {
    const container = await startContainer(containerd(), {
      args: ["sh", "-c", "read x; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo worked; read x"],
      stdin: true,
      resources: { memory: { limit: 64 * MIB }, pids: { limit: 77 } },
    });
    const { tasks } = containerd().api;
    const before = await usage(container, tasks);
    expect(before.type).toMatch(/^io\.containerd\.cgroups\.v[12]\.Metrics$/);
    expect(before.pids).toBe(1);
    expect(before.limit).toBe(64 * MIB);
    container.streams?.write("go\n");
    await waitFor("the work", () => container.stdout().includes("worked"), 30_000);
    const after = await usage(container, tasks);
    expect(after.cpu).toBeGreaterThan(before.cpu + 5_000_000);
    expect(after.memory).toBeGreaterThan(0);
    await container.endInput();
    await container.finish();
    await container.remove();
  });

  it("shows its limits inside the container", async () => {
    const done = await runContainer(containerd(), {
      args: [
        "sh",
        "-c",
        // Whichever generation is mounted: the container's own cgroup is what its cgroup mount shows.
        "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory.max 2>/dev/null; " +
          "cat cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us 2>/dev/null || cat cpu.max; " +
          "cat pids/pids.max pids.max 2>/dev/null; ulimit -n",
      ],
      resources: {
        memory: { limit: 48 * MIB },
        cpu: { quota: 50_000, period: 100_000, shares: 512 },
        pids: { limit: 55 },
      },
      change: (spec) => {
        spec.linux.namespaces.push({ type: "cgroup" });
        spec.mounts.push({
          destination: "/sys/fs/cgroup",
          type: "cgroup",
          source: "cgroup",
          options: ["ro", "nosuid", "noexec", "nodev"],
        });
      },
    });
    expect(done.stdout.split(/\s+/).filter((word) => word !== "")).toEqual([
      String(48 * MIB),
      "50000",
      "100000",
      "55",
      "1024",
    ]);
  });

  it("updates the limits of a running container", async () => {
    const container = await startContainer(containerd(), {
      args: ["sleep", "1000"],
      resources: { memory: { limit: 64 * MIB } },
    });
    const { tasks } = containerd().api;
    await tasks.update(container.id, { memory: { limit: 96 * MIB }, pids: { limit: 33 } });
    const { data } = await tasks.metrics(container.id);
    expect(numberAt(data, "pids.limit")).toBe(33);
    expect((await usage(container, tasks)).limit).toBe(96 * MIB);
    await container.remove();
  });

  it("publishes an OOM event before the exit event", async () => {
    const log = containerd().api.events();
    const container = await startContainer(containerd(), {
      args: ["dd", "if=/dev/zero", "of=/dev/null", "bs=100M", "count=1"],
      resources: { memory: { limit: 16 * MIB, swap: 16 * MIB } },
    });
    expect(await within("exit", container.exit)).toMatchObject({ exit_status: 137 });
    await log.find("exit", ({ topic }) => topic === "/tasks/exit");
    const topics = log.of(container.id).map(({ topic }) => topic);
    log.close();
    expect(topics.filter((topic) => topic === "/tasks/oom")).toHaveLength(1);
    expect(topics.indexOf("/tasks/oom")).toBeLessThan(topics.indexOf("/tasks/exit"));
    await container.remove();
  });

  it("kills only the process that was meant", async () => {
    const container = await startContainer(containerd(), { args: ["sleep", "1000"] });
    const one = await container.addExec(["sleep", "1000"]);
    const two = await container.addExec(["sleep", "1000"]);
    await one.start();
    await two.start();
    await one.kill(9);
    expect(await one.finish()).toMatchObject({ exit_status: 137 });
    expect(await two.state()).toMatchObject({ status: "RUNNING" });
    expect(await container.state()).toMatchObject({ status: "RUNNING" });
    await two.kill(9);
    await two.finish();
    await container.remove();
  });
});
