import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeWithCri } from "../../helpers/cri-e2e.ts";
import { type PodContainer, runPod } from "../../helpers/cri-pod.ts";

const FOREVER = ["sleep", "1000"];

describeWithCri("security contexts", (cri) => {
  /** Lines of the first process's status, by name. */
  const statusOf = async (container: PodContainer, ...names: readonly string[]) => {
    const text = await container.sh("cat /proc/1/status");
    return names.map((name) => new RegExp(`^${name}:\\s*(.*?)\\s*$`, "m").exec(text)?.[1]);
  };
  const capabilitiesOf = async (container: PodContainer) =>
    BigInt(`0x${(await statusOf(container, "CapEff"))[0]}`);

  it("users and groups", async () => {
    const pod = await runPod(cri());
    const byId = await pod.run({
      command: FOREVER,
      security: {
        run_as_user: { value: 1000 },
        run_as_group: { value: 3000 },
        supplemental_groups: [4000],
      },
    });
    expect(await byId.sh("id -u; id -g; id -G")).toMatch(/^1000\n3000\n3000 (.* )?4000\b/);
    const byName = await pod.run({ command: FOREVER, security: { run_as_username: "user" } });
    expect(await byName.sh("id -u; id -g; echo $HOME")).toBe("1000\n1000\n/home/user");
    await pod.remove();
  });

  it("capabilities, no_new_privs, privileged", async () => {
    const pod = await runPod(cri(), { security: { privileged: true } });
    const fewer = await pod.run({
      command: FOREVER,
      security: {
        capabilities: { drop_capabilities: ["ALL"], add_capabilities: ["NET_RAW"] },
        no_new_privs: true,
      },
    });
    expect(await capabilitiesOf(fewer)).toBe(1n << 13n);
    expect(await statusOf(fewer, "NoNewPrivs")).toEqual(["1"]);
    const usual = await pod.run({ command: FOREVER });
    expect(await statusOf(usual, "CapEff", "NoNewPrivs")).toEqual(["00000000a80425fb", "0"]);
    const privileged = await pod.run({ command: FOREVER, security: { privileged: true } });
    expect(await capabilitiesOf(privileged)).toBeGreaterThan(0xa80425fbn);
    expect(await privileged.sh("mount -t tmpfs x /mnt && umount /mnt; ls /dev | wc -l")).toMatch(/^\d+$/);
    await pod.remove();
  });

  it("a read-only root; masked and read-only paths", async () => {
    const pod = await runPod(cri());
    const container = await pod.run({
      command: FOREVER,
      security: {
        readonly_rootfs: true,
        masked_paths: ["/proc/version", "/srv"],
        readonly_paths: ["/proc/sys", "/tmp"],
      },
    });
    const tries =
      "for f in /x /tmp/x /proc/sys/kernel/hostname; do (echo x >> $f) 2>/dev/null && echo $f; done; true";
    expect(await container.sh(tries)).toBe("");
    expect(await container.sh("ls /srv; wc -c < /proc/version")).toBe("0");
    await pod.remove();
  });

  it("seccomp: the default profile, one of the node's, none", async () => {
    const pod = await runPod(cri());
    const profile = join(cri().sandbox.dir, "profile.json");
    const denied = { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38 };
    const content = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [denied] };
    writeFileSync(profile, JSON.stringify(content));
    const run = (seccomp: object) => pod.run({ command: FOREVER, security: { seccomp } });
    const byDefault = await run({ profile_type: "RuntimeDefault" });
    expect(await statusOf(byDefault, "Seccomp")).toEqual(["2"]);
    expect((await byDefault.exec(["unshare", "-U", "true"])).exit_code).not.toBe(0);
    const local = await run({ profile_type: "Localhost", localhost_ref: profile });
    expect((await local.exec(["mkdir", "/tmp/d"])).stderr).toContain("Function not implemented");
    const none = await run({ profile_type: "Unconfined" });
    expect(await statusOf(none, "Seccomp")).toEqual(["0"]);
    const missing = { profile_type: "Localhost", localhost_ref: "/no/such/profile.json" };
    await expect(run(missing)).rejects.toThrow("/no/such/profile.json");
    await pod.remove();
  });

  it("devices of the host", async () => {
    const pod = await runPod(cri());
    const devices = [{ host_path: "/dev/null", container_path: "/dev/mine", permissions: "rwm" }];
    const container = await pod.run({ command: FOREVER, config: { devices } });
    expect(await container.sh("echo x > /dev/mine; stat -c '%F %t:%T' /dev/mine")).toBe(
      "character special file 1:3",
    );
    await pod.remove();
  });
});
