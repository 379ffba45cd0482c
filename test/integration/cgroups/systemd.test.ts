import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Resources, Spec } from "../../../src/spec/types.ts";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, type CallOptions, changes, running, runtimePath, withProcess } from "../runtime/harness.ts";

const noSystemd = existsSync("/run/systemd/system") ? "" : "systemd is not pid 1 here: npm run test:vm";
const isV2 = existsSync("/sys/fs/cgroup/cgroup.controllers");
const SYSTEMD: CallOptions = { global: ["--systemd-cgroup"] };

let bench: Bench;
beforeEach(({ skip }) => {
  if (noSystemd) skip(noSystemd);
  bench = new Bench();
});
afterEach(async () => {
  if (noSystemd) return;
  const units = systemctl("list-units", "--all", "--plain", "--no-legend", `*${bench.namespace}*.scope`);
  await bench.dispose();
  expect(units).toBe("");
});

function systemctl(...args: string[]): string {
  return execFileSync("systemctl", args, { encoding: "utf8" }).trim();
}

function unitOf(id: string): string {
  return `${bench.namespace}-${id}.scope`;
}

function show(id: string, property: string): string {
  return systemctl("show", unitOf(id), "--property", property, "--value");
}

/** The directory of a container's cgroup, on version 1 in this controller's hierarchy. */
function directory(id: string, controller: string, slice = "system.slice"): string {
  return join("/sys/fs/cgroup", isV2 ? "" : controller, slice, unitOf(id));
}

function read(id: string, controller: string, v1: string, v2: string): string {
  return readFileSync(join(directory(id, controller), isV2 ? v2 : v1), "utf8").trim();
}

/** A bundle whose cgroup is systemd's. */
function bundle(
  id: string,
  resources: Resources = {},
  change: (spec: Spec) => Spec = running("sleep 1000"),
): string {
  return bench.bundle(id, (spec) => {
    const changed = change(spec);
    return {
      ...changed,
      linux: {
        ...changed.linux,
        cgroupsPath: `system.slice:${bench.namespace}:${id}`,
        resources: { ...changed.linux?.resources, ...resources },
      },
    };
  });
}

describe("gantry-runtime --systemd-cgroup", () => {
  it("makes a scope with the limits, known to systemd and to the kernel", () => {
    const resources = {
      memory: { limit: 64 << 20 },
      pids: { limit: 20 },
      cpu: { quota: 12345, period: 100000, shares: 512 },
    };
    bench.ok(["create", "-b", bundle("c1", resources), "c1"], SYSTEMD);
    expect(show("c1", "ActiveState")).toBe("active");
    expect(show("c1", "Slice")).toBe("system.slice");
    expect(show("c1", "Delegate")).toBe("yes");
    expect(show("c1", "TasksMax")).toBe("20");
    expect(show("c1", isV2 ? "MemoryMax" : "MemoryLimit")).toBe(String(64 << 20));
    expect(show("c1", "CPUQuotaPerSecUSec")).toBe("130ms"); // 123.45 ms rounded up
    expect(show("c1", "DevicePolicy")).toBe("strict");
    expect(read("c1", "memory", "memory.limit_in_bytes", "memory.max")).toBe(String(64 << 20));
    expect(read("c1", "pids", "pids.max", "pids.max")).toBe("20");
    // The kernel has the exact value.
    expect(read("c1", "cpu", "cpu.cfs_quota_us", "cpu.max").split(" ")[0]).toBe("12345");
    // Nobody but the container's process is left in it.
    expect(read("c1", "pids", "cgroup.procs", "cgroup.procs")).toBe(String(bench.state("c1").pid));
    bench.ok(["delete", "c1"]);
    expect(existsSync(directory("c1", "pids"))).toBe(false);
    expect(show("c1", "LoadState")).toBe("not-found");
  });

  it("runs one process where one is allowed", () => {
    const change = withProcess({ args: ["sleep", "1000"] });
    bench.ok(["run", "-d", "-b", bundle("c1", { pids: { limit: 1 } }, change), "c1"], SYSTEMD);
    expect(read("c1", "pids", "pids.max", "pids.max")).toBe("1");
    bench.ok(["delete", "--force", "c1"]);
  });

  it("changes limits so that systemd does not put the old ones back", () => {
    const resources = { memory: { limit: 64 << 20 }, cpu: { quota: 20000, period: 50000 } };
    bench.ok(["run", "-d", "-b", bundle("c1", resources), "c1"], SYSTEMD);
    bench.ok(["update", "--memory", "32m", "--pids-limit", "30", "c1"]);
    bench.ok(["update", "--cpu-period", "100000", "c1"]);
    systemctl("daemon-reload");
    expect(show("c1", isV2 ? "MemoryMax" : "MemoryLimit")).toBe(String(32 << 20));
    expect(show("c1", "TasksMax")).toBe("30");
    expect(show("c1", "CPUQuotaPerSecUSec")).toBe("200ms");
    expect(read("c1", "memory", "memory.limit_in_bytes", "memory.max")).toBe(String(32 << 20));
    expect(read("c1", "pids", "pids.max", "pids.max")).toBe("30");
    expect(read("c1", "cpu", "cpu.cfs_quota_us", "cpu.max").split(" ")[0]).toBe("20000");
    expect(bench.call(["update", "--cpu-quota", "1", "c1"]).code).toBe(1);
    expect(show("c1", "CPUQuotaPerSecUSec")).toBe("200ms");
    bench.ok(["delete", "--force", "c1"]);
  });

  it("puts the limits back, those that systemd knows too, whichever step of an update fails", () => {
    const resources = { pids: { limit: 40 }, cpu: { quota: 12345, period: 100000 } };
    bench.ok(["run", "-d", "-b", bundle("c1", resources), "c1"], SYSTEMD);
    const limits = () => ({
      known: [
        isV2 ? "MemoryMax" : "MemoryLimit",
        "TasksMax",
        "CPUQuotaPerSecUSec",
        isV2 ? "CPUWeight" : "CPUShares",
      ].map((property) => show("c1", property)),
      memory: read("c1", "memory", "memory.limit_in_bytes", "memory.max"),
      pids: read("c1", "pids", "pids.max", "pids.max"),
      quota: read("c1", "cpu", "cpu.cfs_quota_us", "cpu.max").split(" ")[0],
      weight: read("c1", "cpu", "cpu.shares", "cpu.weight"),
    });
    const before = limits();
    expect(before.quota).toBe("12345");
    const update = ["update", "--memory", "32m", "--pids-limit", "30", "--cpu-share", "512", "c1"];
    for (let step = 1; ; step++) {
      const called = bench.call(update, { env: { GANTRY_TEST_FAULT: String(step) } });
      if (called.code === 0) break;
      expect(called.stderr).toMatch(/injected fault: .*\(the limits are as before\)/);
      expect(limits()).toEqual(before);
      systemctl("daemon-reload");
      expect({ ...limits(), quota: "" }).toEqual({ ...before, quota: "" });
      bench.ok(["update", "--cpu-quota", "12345", "c1"]); // a reload rounds it
    }
    // The kernel keeps the exact value, though systemd has written the controller's files.
    expect(limits()).toMatchObject({ memory: String(32 << 20), pids: "30", quota: "12345" });
    bench.ok(["delete", "--force", "c1"]);
  });

  it("executes, lists, freezes, thaws and kills", async () => {
    bench.ok(["run", "-d", "-b", bundle("c1"), "c1"], SYSTEMD);
    expect(bench.ok(["exec", "c1", "cat", "/proc/self/cgroup"])).toContain(isV2 ? "0::/" : "pids:/");
    expect(JSON.parse(bench.ok(["ps", "-f", "json", "c1"]))).toContain(bench.state("c1").pid);
    bench.ok(["pause", "c1"]);
    expect(bench.state("c1").status).toBe("paused");
    bench.ok(["resume", "c1"]);
    bench.ok(["kill", "c1", "KILL"]);
    await bench.until("c1", "stopped");
    bench.ok(["delete", "c1"]);
  });

  it("opens the devices that are allowed and no others, also after systemd has read its units again", () => {
    const script = "mknod /tmp/disk b 254 0 && while :; do sleep 1000; done";
    const change = changes(
      running(script),
      (spec) =>
        ({
          ...spec,
          root: { path: "rootfs" },
          process: {
            ...spec.process,
            capabilities: { bounding: ["CAP_MKNOD"], effective: ["CAP_MKNOD"], permitted: ["CAP_MKNOD"] },
          },
        }) as Spec,
    );
    bench.ok(["run", "-d", "-b", bundle("c1", {}, change), "c1"], SYSTEMD);
    for (const reload of [false, true]) {
      if (reload) systemctl("daemon-reload");
      expect(bench.call(["exec", "c1", "head", "-c1", "/dev/zero"]).code).toBe(0);
      expect(bench.call(["exec", "c1", "head", "-c1", "/tmp/disk"]).stderr).toContain(
        "Operation not permitted",
      );
    }
    bench.ok(["delete", "--force", "c1"]);
  });

  it("leaves no unit when a create fails", () => {
    const made = bundle("c1", {}, withProcess({ args: ["nothing-of-that-name"] }));
    expect(bench.call(["create", "-b", made, "c1"], SYSTEMD).code).not.toBe(0);
    expect(show("c1", "LoadState")).toBe("not-found");
    // The same unit again.
    symlinkSync("busybox", join(made, "rootfs/bin/nothing-of-that-name"));
    bench.ok(["create", "-b", made, "c1"], SYSTEMD);
    bench.ok(["delete", "--force", "c1"]);
  });

  it("removes what is left of a create that was killed", async () => {
    const pidFile = join(bench.dir, "hook.pid");
    const args = ["sh", "-c", `echo $$ >${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 1000`];
    const hooks = { createRuntime: [{ path: "/bin/sh", args }] };
    const made = bundle(
      "c1",
      {},
      changes(running("true"), (spec) => ({ ...spec, hooks })),
    );
    const create = bench.start(["create", "-b", made, "c1"], SYSTEMD);
    await waitFor("the hook to run", () => existsSync(pidFile), 60_000);
    create.kill("SIGKILL");
    await create.ended;
    bench.ok(["delete", "--force", "c1"]);
    expect(show("c1", "LoadState")).toBe("not-found");
    killIfAlive(Number(readFileSync(pidFile, "utf8")));
  });

  it("forgets a scope that ended by the OOM killer", async () => {
    const change = running(
      "while [ ! -e /tmp/go ]; do sleep 0.1; done; head -c 90000000 /dev/zero | tail -c 80000000",
    );
    const made = bundle("c1", { memory: { limit: 16 << 20 } }, (spec) => ({
      ...change(spec),
      root: { path: "rootfs" },
    }));
    bench.ok(["run", "-d", "-b", made, "c1"], SYSTEMD);
    bench.ok(["exec", "c1", "touch", "/tmp/go"]);
    // In a machine that is emulated, beside others, filling the memory takes its time.
    await waitFor("the OOM kill", () => bench.state("c1").status === "stopped", 60_000);
    bench.ok(["delete", "c1"]);
    expect(show("c1", "LoadState")).toBe("not-found");
  });

  it("passes properties of annotations on", () => {
    const made = bundle(
      "c1",
      {},
      changes(running("sleep 1000"), (spec) => ({
        ...spec,
        annotations: {
          "org.systemd.property.TimeoutStopSec": "uint64 123",
          "org.systemd.property.CollectMode": "'inactive-or-failed'",
        },
      })),
    );
    bench.ok(["run", "-d", "-b", made, "c1"], SYSTEMD);
    expect(show("c1", "TimeoutStopUSec")).toBe("2min 3s");
    expect(show("c1", "CollectMode")).toBe("inactive-or-failed");
    bench.ok(["delete", "--force", "c1"]);
  });

  it("refuses a cgroupsPath of another form, and a property that systemd does not have", () => {
    const wrong = bench.bundle("c1", running("true"));
    expect(bench.call(["create", "-b", wrong, "c1"], SYSTEMD).stderr).toContain("slice:prefix:name");
    const made = bundle(
      "c2",
      {},
      changes(running("true"), (spec) => ({
        ...spec,
        annotations: { "org.systemd.property.NoSuchThing": "1" },
      })),
    );
    expect(bench.call(["create", "-b", made, "c2"], SYSTEMD).stderr).toContain("NoSuchThing");
  });

  it("reaches systemd without a bus", () => {
    const env = { DBUS_SYSTEM_BUS_ADDRESS: "unix:path=/nowhere" };
    bench.ok(["run", "-d", "-b", bundle("c1"), "c1"], { ...SYSTEMD, env });
    expect(show("c1", "ActiveState")).toBe("active");
    bench.ok(["delete", "--force", "c1"]);
    expect(show("c1", "LoadState")).toBe("not-found");
  });

  it("gives the cgroup to the container's user, who then makes cgroups and is followed by exec", async ({
    skip,
  }) => {
    if (!isV2) skip("cgroup version 1 is not delegated");
    const script =
      "mkdir /sys/fs/cgroup/init && echo 1 >/sys/fs/cgroup/init/cgroup.procs && " +
      "echo +pids >/sys/fs/cgroup/cgroup.subtree_control && touch /tmp/done && while :; do sleep 1000; done";
    const change = changes(running(script), withProcess({ user: { uid: 1000, gid: 1000 } }), (spec) => ({
      ...spec,
      root: { path: "rootfs" },
      mounts: [
        ...(spec.mounts ?? []).filter(({ destination }) => destination !== "/sys/fs/cgroup"),
        { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw", "nosuid"] },
      ],
      linux: { ...spec.linux, namespaces: [...withoutCgroup(spec), { type: "cgroup" }] },
    }));
    const made = bundle("c1", {}, change);
    execFileSync("chmod", ["1777", join(made, "rootfs/tmp")]);
    bench.ok(["run", "-d", "-b", made, "c1"], SYSTEMD);
    await waitFor("the container to move", () => existsSync(join(made, "rootfs/tmp/done")));
    expect(bench.ok(["exec", "c1", "cat", "/proc/self/cgroup"]).trim()).toBe("0::/init");
    bench.ok(["delete", "--force", "c1"]);
  });
});

describe("gantry-runtime --systemd-cgroup of an ordinary user", () => {
  const USER = { uid: 1000, env: { XDG_RUNTIME_DIR: "/run/user/1000" } };

  /**
   * From inside the user's tree, as podman does it: only there may a user move processes.
   * @param stdout not "pipe" for what leaves a container behind: it would hold the other end
   */
  function inTree(stdout: "pipe" | "ignore", ...args: string[]): string {
    const call = [
      "--user",
      "--quiet",
      "--pipe",
      "--wait",
      "--collect",
      runtimePath,
      "--root",
      bench.stateRoot,
      ...args,
    ];
    return execFileSync("systemd-run", call, {
      uid: USER.uid,
      gid: USER.uid,
      env: { PATH: process.env["PATH"], ...USER.env },
      encoding: "utf8",
      stdio: ["ignore", stdout, stdout],
    });
  }

  it("asks the user's own systemd", ({ skip }) => {
    if (!isV2) skip("a user's systemd has cgroups of version 2 only");
    systemctl("start", "user@1000.service");
    try {
      const made = bundle("c1");
      const file = join(made, "config.json");
      rmSync(file);
      execFileSync("chown", ["-R", "1000:1000", bench.dir]);
      bench.ok(["spec", "--rootless", "--bundle", made], USER);
      const spec = JSON.parse(readFileSync(file, "utf8"));
      spec.process = { ...spec.process, terminal: false, args: ["sleep", "1000"] };
      const cgroupsPath = `user.slice:${bench.namespace}:c1`;
      spec.linux = { ...spec.linux, cgroupsPath, resources: { pids: { limit: 7 } } };
      writeFileSync(file, JSON.stringify(spec));
      inTree("ignore", "--systemd-cgroup", "create", "-b", made, "c1");
      const cgroup = JSON.parse(inTree("pipe", "state", "c1")).gantry.cgroup.paths[""];
      expect(cgroup).toContain(`/user@1000.service/user.slice/${unitOf("c1")}`);
      expect(readFileSync(`${cgroup}/pids.max`, "utf8").trim()).toBe("7");
      inTree("pipe", "delete", "--force", "c1");
      expect(existsSync(cgroup)).toBe(false);
    } finally {
      systemctl("stop", "user@1000.service");
    }
  });
});

function withoutCgroup({ linux }: Spec): NonNullable<NonNullable<Spec["linux"]>["namespaces"]> {
  return (linux?.namespaces ?? []).filter(({ type }) => type !== "cgroup");
}

function killIfAlive(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It went with its container.
  }
}
