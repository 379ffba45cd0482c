/** config-linux.md#control-groups and #seccomp. Limits are read in the host's hierarchy, where the container's process is. */
import { existsSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Resources, Seccomp } from "../../../src/spec/types.ts";
import { changes, running } from "../../integration/runtime/harness.ts";
import { OciBench, withLinux, withMounts } from "./oci-bench.ts";

let bench: OciBench;
beforeEach(() => {
  bench = new OciBench();
});
afterEach(() => bench.dispose());

const isV2 = existsSync("/sys/fs/cgroup/cgroup.controllers");

/** The directory of a process's group on the host, for a controller of v1. */
function groupOf(pid: number, controller: string): string {
  const lines = readFileSync(`/proc/${pid}/cgroup`, "utf8").trim().split("\n");
  const fields = lines.map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? []);
  const path = fields.find(([, names]) =>
    isV2 ? names === "" : names?.split(",").includes(controller),
  )?.[2];
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" - "));
  const mount = mounts.find(([, after]) =>
    isV2 ? after?.startsWith("cgroup2 ") : new RegExp(`^cgroup .*[ ,]${controller}(,|$)`).test(after ?? ""),
  );
  const [, , , root = "/", target = ""] = mount?.[0]?.split(" ") ?? [];
  return `${target}${root === "/" ? path : path?.slice(root.length)}`;
}

/** Read files of the group that a created container has with these resources. */
function limits(resources: Resources, files: Readonly<Record<string, string>>): Record<string, string> {
  bench.created(withLinux({ resources }));
  const { pid } = bench.state("c1");
  const read = ([file, controller]: [string, string]): [string, string] => [
    file,
    readFileSync(`${groupOf(pid, controller)}/${file}`, "utf8").trim(),
  ];
  const values = Object.fromEntries(Object.entries(files).map(read));
  bench.ok(["delete", "--force", "c1"]);
  return values;
}

describe("config-linux.md#cgroups-path", () => {
  it("an absolute path is relative to the mount of the hierarchy, and the same each time", () => {
    const bundle = bench.bundle("c1", withLinux({ cgroupsPath: `/${bench.namespace}/other` }));
    for (const _ of ["once", "again"]) {
      bench.ok(["create", "-b", bundle, "c1"]);
      expect(groupOf(bench.state("c1").pid, "pids")).toMatch(new RegExp(`/${bench.namespace}/other$`));
      bench.ok(["delete", "--force", "c1"]);
    }
  });

  it("without one the runtime chooses a group that is not its own", () => {
    bench.created(({ linux: { cgroupsPath: _, ...linux } = {}, ...spec }) => ({ ...spec, linux }));
    expect(groupOf(bench.state("c1").pid, "pids")).not.toBe(groupOf(process.pid, "pids"));
    bench.ok(["delete", "--force", "c1"]);
  });

  it("a group made for it is gone after delete", () => {
    bench.created();
    const group = groupOf(bench.state("c1").pid, "pids");
    expect(existsSync(group)).toBe(true);
    bench.ok(["delete", "--force", "c1"]);
    expect(existsSync(group)).toBe(false);
  });
});

describe.skipIf(isV2)("config-linux.md#control-groups (v1)", () => {
  it("memory: limit, reservation and swappiness", () => {
    const memory = { limit: 64 << 20, reservation: 32 << 20, swappiness: 10 };
    const files = ["memory.limit_in_bytes", "memory.soft_limit_in_bytes", "memory.swappiness"];
    expect(limits({ memory }, Object.fromEntries(files.map((file) => [file, "memory"])))).toEqual({
      "memory.limit_in_bytes": String(64 << 20),
      "memory.soft_limit_in_bytes": String(32 << 20),
      "memory.swappiness": "10",
    });
  });

  it("cpu: shares, quota and period, and the set of processors", () => {
    const resources = { cpu: { shares: 512, quota: 25_000, period: 50_000, cpus: "0", mems: "0" } };
    const files = {
      "cpu.shares": "cpu",
      "cpu.cfs_quota_us": "cpu",
      "cpu.cfs_period_us": "cpu",
      "cpuset.cpus": "cpuset",
    };
    expect(limits(resources, files)).toEqual({
      "cpu.shares": "512",
      "cpu.cfs_quota_us": "25000",
      "cpu.cfs_period_us": "50000",
      "cpuset.cpus": "0",
    });
  });

  it("pids: the limit", () => {
    expect(limits({ pids: { limit: 42 } }, { "pids.max": "pids" })).toEqual({ "pids.max": "42" });
  });

  it("devices: entries MUST be applied in the listed order, the last that fits counts", () => {
    const all = { allow: false, access: "rwm" };
    const entry = (allow: boolean) => ({ allow, type: "c", major: 10, minor: 229, access: "rwm" });
    const listed = (resources: Resources) => limits(resources, { "devices.list": "devices" })["devices.list"];
    expect(listed({ devices: [all, entry(true)] })).toContain("c 10:229 rwm");
    expect(listed({ devices: [all, entry(true), entry(false)] })).not.toContain("c 10:229");
    expect(listed({ devices: [entry(true), all] })).not.toContain("c 10:229");
  });

  it("unified is for v2 and MUST generate an error", () => {
    expect(bench.creating(withLinux({ resources: { unified: { "pids.max": "5" } } })).code).not.toBe(0);
  });
});

describe("config-linux.md#control-groups", () => {
  it("a limit that cannot be MUST generate an error", () => {
    expect(bench.creating(withLinux({ resources: { cpu: { quota: 1, period: 1 } } })).code).not.toBe(0);
    expect(bench.creating(withLinux({ resources: { cpu: { cpus: "4000" } } })).code).not.toBe(0);
  });

  it("a device that is not allowed cannot be opened inside, one of the defaults can", () => {
    const made = { path: "/dev/made", type: "c" as const, major: 1, minor: 11, fileMode: 0o666 };
    const shown = bench.inside(
      "echo >/dev/made || echo refused; echo x >/dev/null && echo written",
      withLinux({ devices: [made] }),
    );
    expect(shown).toBe("refused\nwritten\n");
  });

  it("the limit of processes holds inside", () => {
    const command = "sleep 1 & sleep 1 & sleep 1 & sleep 1 & sleep 1 & sleep 1 & echo all";
    const called = bench.call([
      "run",
      "-b",
      bench.bundle("c1", (spec) => {
        const limited = withLinux({ resources: { pids: { limit: 3 } } })(spec);
        return { ...limited, process: { ...limited.process, args: ["sh", "-c", command] } } as typeof spec;
      }),
      "c1",
    ]);
    expect(called.stdout).toBe("");
    expect(called.stderr).toContain("can't fork");
  });

  it("the container sees its own group below /sys/fs/cgroup, read-only when asked", () => {
    const shown = bench.inside("ls /sys/fs/cgroup; mkdir /sys/fs/cgroup/new 2>/dev/null || echo refused");
    expect(shown).toMatch(isV2 ? /cgroup\.procs/ : /pids/);
    expect(shown).toMatch(/refused\n$/);
  });
});

describe("config-linux.md#seccomp", () => {
  const profile = (seccomp: Seccomp) => withLinux({ seccomp });
  const rule = (name: string, action: string, more: object = {}) => ({ names: [name], action, ...more });

  it("an action of ERRNO answers with errnoRet, and without one with EPERM", () => {
    const mkdir = (more: object) =>
      bench.inside(
        "mkdir /data/x 2>&1; true",
        withMounts({ destination: "/data", type: "tmpfs", source: "tmpfs" }),
        profile({ defaultAction: "SCMP_ACT_ALLOW", syscalls: [rule("mkdir", "SCMP_ACT_ERRNO", more)] }),
      );
    expect(mkdir({})).toContain("Operation not permitted");
    expect(mkdir({ errnoRet: 28 })).toContain("No space left on device");
  });

  it("args: only a call that fits is denied", () => {
    const args = [{ index: 1, value: 9, op: "SCMP_CMP_EQ" }];
    const change = profile({
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [rule("kill", "SCMP_ACT_ERRNO", { args })],
    });
    const command = "kill -0 1 && echo allowed; kill -9 1 2>/dev/null || echo denied";
    expect(bench.inside(command, change)).toBe("allowed\ndenied\n");
  });

  it("defaultAction is for what no rule names", () => {
    const syscalls = [rule("mkdir", "SCMP_ACT_ALLOW")];
    const change = changes(running("echo ran"), profile({ defaultAction: "SCMP_ACT_ERRNO", syscalls }));
    expect(bench.call(["run", "-b", bench.bundle("c1", change), "c1"])).toMatchObject({ stdout: "" });
    bench.call(["delete", "--force", "c1"]);
  });

  it.each<[string, object]>([
    ["action", { defaultAction: "SCMP_ACT_NOPE" }],
    ["architecture", { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_NOPE"] }],
    [
      "operator",
      {
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [rule("kill", "SCMP_ACT_ERRNO", { args: [{ index: 0, value: 1, op: "NOPE" }] })],
      },
    ],
  ])("an unknown %s MUST generate an error", (_, seccomp) => {
    expect(bench.creating(profile(seccomp as Seccomp)).code).not.toBe(0);
  });

  it("a system call that does not exist here is no error", () => {
    const syscalls = [rule("no_such_call", "SCMP_ACT_ERRNO")];
    expect(bench.creating(profile({ defaultAction: "SCMP_ACT_ALLOW", syscalls })).code).toBe(0);
  });
});
