import { describe, expect, it } from "vitest";
import { compileCreatePlan } from "../../../src/plan/create.ts";
import { PlanError } from "../../../src/plan/errors.ts";
import type { CreatePlanInput, HostFacts } from "../../../src/plan/input.ts";
import type { Op, OpKind, OpOf, Plan } from "../../../src/plan/op.ts";
import { lastOfEach } from "../../../src/plan/process.ts";
import type { Spec } from "../../../src/spec/types.ts";
import { someCreateInput, someFacts } from "../../helpers/plan.ts";
import { aLinux, aProcess, aSpec } from "../../helpers/spec.ts";

const PROGRAM = new Uint8Array(8);

interface Change {
  readonly input?: Partial<CreatePlanInput>;
  readonly facts?: Partial<HostFacts>;
}

function compile(spec: Spec, { input = {}, facts = {} }: Change = {}): Plan {
  return compileCreatePlan(someCreateInput(spec, input), someFacts("v2", facts));
}

function codeOf(spec: Spec, change: Change = {}): string {
  try {
    compile(spec, change);
  } catch (error) {
    if (error instanceof PlanError) return error.code;
    throw error;
  }
  return "ok";
}

function isKind<Kind extends OpKind>(op: Op, kind: Kind): op is OpOf<Kind> {
  return op.kind === kind;
}

function find<Kind extends OpKind>(plan: Plan, kind: Kind): OpOf<Kind> | undefined {
  return plan.ops.find((op): op is OpOf<Kind> => isKind(op, kind));
}

/** The order in which kinds first appear. */
function order(plan: Plan, ...kinds: OpKind[]): OpKind[] {
  return [...new Set(plan.ops.map((op) => op.kind))].filter((kind) => kinds.includes(kind));
}

const seccomp = { defaultAction: "SCMP_ACT_ALLOW" };

describe("compileCreatePlan()", () => {
  it("loads the filter before the identity without no_new_privs, and last with it", () => {
    const input = { seccomp: { flags: 0, program: PROGRAM } };
    const spec = aSpec({ linux: aLinux({ seccomp }), process: aProcess({ capabilities: {} }) });
    const kinds: OpKind[] = ["seccomp", "cwd", "capabilities", "identity", "exec"];
    expect(order(compile(spec, { input }), ...kinds)).toEqual(kinds);
    const noNewPrivileges = { ...spec, process: aProcess({ capabilities: {}, noNewPrivileges: true }) };
    expect(order(compile(noNewPrivileges, { input }), ...kinds)).toEqual([
      "cwd",
      "capabilities",
      "identity",
      "seccomp",
      "exec",
    ]);
  });

  it("puts the late filter before startContainer hooks, which come from the image", () => {
    const spec = aSpec({
      linux: aLinux({ seccomp }),
      process: aProcess({ noNewPrivileges: true }),
      hooks: { startContainer: [{ path: "/hook" }] },
    });
    const plan = compile(spec, { input: { seccomp: { flags: 0, program: PROGRAM } } });
    expect(order(plan, "hook", "seccomp", "exec")).toEqual(["seccomp", "hook", "exec"]);
  });

  it("never runs a container without its filter", () => {
    expect(codeOf(aSpec({ linux: aLinux({ seccomp }) }))).toBe("no-seccomp-program");
    expect(codeOf(aSpec({ linux: aLinux({ seccomp: {} }) }))).toBe("ok");
  });

  it("writes sysctls before it makes paths read-only and masks them", () => {
    const spec = aSpec({
      linux: aLinux({
        sysctl: { "net.core.somaxconn": "9" },
        readonlyPaths: ["/proc/sys"],
        maskedPaths: ["/a", "/a"],
      }),
    });
    const plan = compile(spec);
    expect(order(plan, "mask", "readonly-paths", "sysctl")).toEqual(["sysctl", "readonly-paths", "mask"]);
    expect(find(plan, "mask")?.paths).toEqual(["/a"]);
  });

  it("makes the cwd while the rootfs can still be written to", () => {
    const process = aProcess({ cwd: "/work" });
    expect(find(compile(aSpec({ process })), "cwd")?.create).toBe(true);
    const plan = compile(aSpec({ process, root: { path: "rootfs", readonly: true } }));
    expect(find(plan, "make-dir")).toMatchObject({ target: "/work" });
    expect(find(plan, "cwd")?.create).toBe(false);
    expect(order(plan, "make-dir", "remount", "cwd")).toEqual(["make-dir", "remount", "cwd"]);
  });

  it("makes a cwd below a read-only tmpfs early, and one elsewhere late", () => {
    const mounts = [{ destination: "/srv", type: "tmpfs", options: ["ro"] }];
    expect(find(compile(aSpec({ mounts, process: aProcess({ cwd: "/srv/a" }) })), "cwd")?.create).toBe(false);
    expect(find(compile(aSpec({ mounts, process: aProcess({ cwd: "/srv2" }) })), "cwd")?.create).toBe(true);
  });

  it("creates nothing in a /dev that is bound from elsewhere", () => {
    const bound = compile(aSpec({ mounts: [{ destination: "/dev/", source: "/dev", options: ["rbind"] }] }));
    expect(order(bound, "device", "symlink")).toEqual([]);
    expect(order(compile(aSpec()), "device", "symlink")).toEqual(["device", "symlink"]);
  });

  it("replaces a default device by the spec's of the same path", () => {
    const devices = [
      { path: "/dev/../dev/null", type: "c" as const, major: 1, minor: 99, fileMode: 0o100640 },
    ];
    const nulls = compile(aSpec({ linux: aLinux({ devices }) })).ops.filter(
      (op) => isKind(op, "device") && op.target === "/dev/null",
    );
    expect(nulls).toMatchObject([{ minor: 99, mode: 0o640 }]);
  });

  it("mounts a bind of a relative source from the bundle", () => {
    const mounts = [{ destination: "/a", source: "../x", options: ["bind"] }];
    expect(find(compile(aSpec({ mounts })), "mount")?.source).toBe("/x");
  });

  it("leaves out what a bind mount has no use for, with a warning", () => {
    const mounts = [{ destination: "/a", source: "/b", options: ["rbind", "ro", "mode=755", "size=1k"] }];
    const plan = compile(aSpec({ mounts }));
    expect(find(plan, "mount")).toMatchObject({ source: "/b", data: "" });
    expect(plan.warnings).toEqual(["mounts[0].options: a bind mount has no use for mode=755,size=1k"]);
  });

  it("tells a tmpfs to take the mode of what it covers unless it has one", () => {
    const options = (data: string[]): number | undefined =>
      find(compile(aSpec({ mounts: [{ destination: "/a", type: "tmpfs", options: data }] })), "mount")
        ?.options;
    expect(options([])).toBe(4);
    expect(options(["mode=1777"])).toBe(0);
    expect(options(["tmpcopyup", "ro"])).toBe(2 | 4 | 8);
  });

  it("skips unknown capabilities with a warning, and leaves them alone when the spec has none", () => {
    const plan = compile(
      aSpec({ process: aProcess({ capabilities: { bounding: ["CAP_KILL", "CAP_X", "cap_chown"] } }) }),
    );
    expect(find(plan, "capabilities")?.bounding).toBe(1n << 5n);
    expect(plan.warnings).toEqual(["unknown or unavailable capabilities: CAP_X, cap_chown"]);
    expect(find(compile(aSpec()), "capabilities")).toBeUndefined();
  });

  it("leaves out ambient capabilities that cannot be, with a warning", () => {
    const capabilities = {
      permitted: ["CAP_KILL", "CAP_CHOWN"],
      inheritable: ["CAP_KILL"],
      ambient: ["CAP_KILL", "CAP_CHOWN"],
    };
    const plan = compile(aSpec({ process: aProcess({ capabilities }) }));
    expect(find(plan, "capabilities")?.ambient).toBe(1n << 5n);
    expect(plan.warnings).toEqual([
      "can't raise ambient capability CAP_CHOWN: it is not both permitted and inheritable",
    ]);
  });

  it("gives the caller's descriptor limit to a container without one of its own", () => {
    const facts = { inheritedNofile: { soft: 1024n, hard: 4096n } };
    expect(find(compile(aSpec(), { facts }), "rlimit")).toMatchObject({
      resource: 7,
      soft: 1024n,
      hard: 4096n,
    });
    const rlimits = [{ type: "RLIMIT_NOFILE", soft: 5, hard: 6 }];
    const own = compile(aSpec({ process: aProcess({ rlimits }) }), { facts });
    expect(own.ops.filter((op) => op.kind === "rlimit")).toMatchObject([{ soft: 5n, hard: 6n }]);
  });

  it.each([
    [["HOME="], true, []],
    [["HOME=/a"], false, ["HOME=/a"]],
    [["HOME=/a", "HOME="], true, []],
  ])("fills HOME in for %j: %s", (env, setHome, expected) => {
    expect(find(compile(aSpec({ process: aProcess({ env }) })), "exec")).toMatchObject({
      setHome,
      env: expected,
    });
  });

  it("gives the image's environment to no hook that has the host's privileges", () => {
    const hook = [{ path: "/hook" }];
    const spec = aSpec({
      process: aProcess({ env: ["LD_PRELOAD=/evil.so"] }),
      hooks: { prestart: hook, createRuntime: hook, createContainer: hook, startContainer: hook },
    });
    const hooks = compile(spec).ops.filter((op) => isKind(op, "hook"));
    expect(hooks.map((op) => op.env.includes("LD_PRELOAD=/evil.so"))).toEqual([false, false, false, true]);
  });

  it("writes hooks a JSON document with the pid in its place", () => {
    const spec = aSpec({ hooks: { prestart: [{ path: "/hook" }] }, annotations: { a: 'q"\n' } });
    const hook = find(compile(spec), "hook");
    expect(JSON.parse(`${hook?.stdinBefore}42${hook?.stdinAfter}`)).toEqual({
      ociVersion: "1.3.0",
      id: "demo",
      status: "creating",
      pid: 42,
      bundle: "/bundle",
      annotations: { a: 'q"\n' },
    });
  });

  it.each([
    ["AppArmor", aSpec({ process: aProcess({ apparmorProfile: "p" }) }), {}, "no-apparmor"],
    ["SELinux", aSpec({ process: aProcess({ selinuxLabel: "l" }) }), {}, "no-selinux"],
    ["SELinux mount labels", aSpec({ linux: aLinux({ mountLabel: "l" }) }), {}, "no-selinux"],
    [
      "a cgroup namespace",
      aSpec({ linux: aLinux({ namespaces: [{ type: "mount" }, { type: "cgroup" }] }) }),
      { facts: { hasCgroupNamespace: false } },
      "no-cgroup-namespace",
    ],
    [
      "the host's network for a net sysctl",
      aSpec({ linux: aLinux({ sysctl: { "net/core/somaxconn": "1" } }) }),
      { facts: { joinsOwnNetwork: true } },
      "host-network-sysctl",
    ],
    ["resctrl", aSpec({ linux: aLinux({ intelRdt: {} }) }), {}, "no-intel-rdt"],
    [
      "an implementation of resctrl",
      aSpec({ linux: aLinux({ intelRdt: { closID: "a" } }) }),
      { facts: { hasResctrl: true } },
      "unimplemented",
    ],
    [
      "the rights to move network devices",
      aSpec({ linux: aLinux({ netDevices: { eth1: {} } }) }),
      { facts: { isRootless: true } },
      "rootless-net-devices",
    ],
    [
      "the rights to map ids of mounts",
      aSpec({
        mounts: [
          {
            destination: "/a",
            source: "/b",
            options: ["bind"],
            uidMappings: [{ containerID: 0, hostID: 1, size: 1 }],
            gidMappings: [{ containerID: 0, hostID: 1, size: 1 }],
          },
        ],
      }),
      { facts: { isRootless: true } },
      "rootless-id-map",
    ],
    [
      "a private rootfs without pivot",
      aSpec({ linux: aLinux({ rootfsPropagation: "private" }) }),
      { input: { noPivot: true } },
      "no-pivot-private",
    ],
    [
      "groups without root",
      aSpec({ process: aProcess({ user: { uid: 0, gid: 0, additionalGids: [1] } }) }),
      { facts: { isRootless: true } },
      "rootless-groups",
    ],
    [
      "more mount data than a page",
      aSpec({ mounts: [{ destination: "/a", type: "tmpfs", options: ["x".repeat(4096)] }] }),
      {},
      "bad-mount",
    ],
  ])("refuses a host that lacks %s", (_title, spec, change, code) => {
    expect(codeOf(spec, change)).toBe(code);
  });
});

describe("lastOfEach()", () => {
  it("keeps the last entry of each name where it stands", () => {
    expect(lastOfEach(["A=1", "B=2", "A=3", "C=", "AB=4"])).toEqual(["B=2", "A=3", "C=", "AB=4"]);
  });
});
