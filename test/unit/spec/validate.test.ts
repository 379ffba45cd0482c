import { describe, expect, it } from "vitest";
import { SpecError } from "../../../src/spec/errors.ts";
import { validateProcess, validateResources, validateSpec } from "../../../src/spec/validate.ts";
import { aLinux, aProcess, aSpec } from "../../helpers/spec.ts";

function problemsOf(check: () => unknown): { code: string; problems: readonly string[] } {
  try {
    check();
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return { code: error.code, problems: error.problems.map((problem) => problem.path) };
  }
  return { code: "ok", problems: [] };
}

/** `[title, spec, paths of the problems]` */
type Case = readonly [string, unknown, readonly string[]];

const allNamespaces = aLinux().namespaces ?? [];

const INVALID: readonly Case[] = [
  ["a list instead of a spec", [], [""]],
  ["an empty object", {}, ["ociVersion", "process", "root"]],
  ["version 2", aSpec({ ociVersion: "2.0.0" }), ["ociVersion"]],
  ["a version that is none", aSpec({ ociVersion: "1.x" }), ["ociVersion"]],
  ["an empty root path", aSpec({ root: { path: "" } }), ["root.path"]],
  ["no args", { ...aSpec(), process: { user: { uid: 0, gid: 0 }, cwd: "/" } }, ["process.args"]],
  ["empty args", aSpec({ process: aProcess({ args: [] }) }), ["process.args"]],
  ["args of the wrong type", { ...aSpec(), process: { ...aProcess(), args: ["a", 1] } }, ["process.args[1]"]],
  ["a relative cwd", aSpec({ process: aProcess({ cwd: "tmp" }) }), ["process.cwd"]],
  ["a NUL byte in an argument", aSpec({ process: aProcess({ args: ["a\0b"] }) }), ["process.args[0]"]],
  ["an environment entry without a name", aSpec({ process: aProcess({ env: ["=x"] }) }), ["process.env[0]"]],
  ["an environment entry without =", aSpec({ process: aProcess({ env: ["A=", "B"] }) }), ["process.env[1]"]],
  ["uid 2^32-1", aSpec({ process: aProcess({ user: { uid: 4294967295, gid: 0 } }) }), ["process.user.uid"]],
  ["uid 2^32", aSpec({ process: aProcess({ user: { uid: 4294967296, gid: 0 } }) }), ["process.user.uid"]],
  ["a negative gid", aSpec({ process: aProcess({ user: { uid: 0, gid: -1 } }) }), ["process.user.gid"]],
  ["half a uid", aSpec({ process: aProcess({ user: { uid: 0.5, gid: 0 } }) }), ["process.user.uid"]],
  [
    "a group of 2^63",
    { ...aSpec(), process: { ...aProcess(), user: { uid: 0, gid: 0, additionalGids: [2n ** 63n] } } },
    ["process.user.additionalGids[0]"],
  ],
  [
    "an unknown rlimit",
    aSpec({ process: aProcess({ rlimits: [{ type: "RLIMIT_X", soft: 1, hard: 1 }] }) }),
    ["process.rlimits[0].type"],
  ],
  [
    "an rlimit given twice",
    aSpec({
      process: aProcess({
        rlimits: [
          { type: "RLIMIT_CPU", soft: 1, hard: 1 },
          { type: "RLIMIT_CPU", soft: 2, hard: 2 },
        ],
      }),
    }),
    ["process.rlimits[1].type"],
  ],
  [
    "a soft limit above the hard one",
    aSpec({ process: aProcess({ rlimits: [{ type: "RLIMIT_CPU", soft: 2n ** 64n - 1n, hard: 1 }] }) }),
    ["process.rlimits[0].soft"],
  ],
  [
    "a limit above 2^64-1",
    aSpec({ process: aProcess({ rlimits: [{ type: "RLIMIT_CPU", soft: 1, hard: 2n ** 64n }] }) }),
    ["process.rlimits[0].hard"],
  ],
  ["an oom score out of range", aSpec({ process: aProcess({ oomScoreAdj: 1001 }) }), ["process.oomScoreAdj"]],
  [
    "a namespace twice",
    aSpec({ linux: aLinux({ namespaces: [...allNamespaces, { type: "pid" }] }) }),
    ["linux.namespaces[5]"],
  ],
  [
    "an unknown namespace",
    { ...aSpec(), linux: { namespaces: [{ type: "mount" }, { type: "net" }] } },
    ["linux.namespaces[1].type"],
  ],
  [
    "a relative namespace path",
    aSpec({ linux: aLinux({ namespaces: [{ type: "mount" }, { type: "ipc", path: "ns" }] }) }),
    ["linux.namespaces[1].path"],
  ],
  [
    "hostname and domainname without a uts namespace",
    aSpec({ hostname: "h", domainname: "d", linux: aLinux({ namespaces: [{ type: "mount" }] }) }),
    ["hostname", "domainname"],
  ],
  [
    "mappings without a user namespace",
    aSpec({ linux: aLinux({ uidMappings: [{ containerID: 0, hostID: 1, size: 1 }] }) }),
    ["linux.uidMappings"],
  ],
  [
    "a user namespace without mappings",
    aSpec({ linux: aLinux({ namespaces: [...allNamespaces, { type: "user" }] }) }),
    ["linux.uidMappings", "linux.gidMappings"],
  ],
  [
    "mappings that overlap inside",
    aSpec({
      linux: aLinux({
        namespaces: [...allNamespaces, { type: "user", path: "/proc/1/ns/user" }],
        gidMappings: [
          { containerID: 5, hostID: 500, size: 10 },
          { containerID: 0, hostID: 0, size: 6 },
        ],
      }),
    }),
    ["linux.gidMappings[1].containerID"],
  ],
  [
    "time offsets without a time namespace",
    aSpec({ linux: aLinux({ timeOffsets: { monotonic: { secs: 1 } } }) }),
    ["linux.timeOffsets"],
  ],
  ["a mount without a type", aSpec({ mounts: [{ destination: "/a", source: "b" }] }), ["mounts[0].type"]],
  [
    "a mount over the rootfs",
    aSpec({ mounts: [{ destination: "/a/..", type: "tmpfs" }] }),
    ["mounts[0].destination"],
  ],
  [
    "a mount of something else on /proc",
    aSpec({ mounts: [{ destination: "/proc/", type: "tmpfs" }] }),
    ["mounts[0].destination"],
  ],
  [
    "a bind of a directory on /proc",
    aSpec({ mounts: [{ destination: "/proc", type: "bind", source: "/tmp", options: ["bind"] }] }),
    ["mounts[0].destination"],
  ],
  [
    "a bind over an LSM file",
    aSpec({ mounts: [{ destination: "/proc/self/attr/exec", type: "bind", source: "/tmp/x" }] }),
    ["mounts[0].destination"],
  ],
  [
    "a bind without a source",
    aSpec({ mounts: [{ destination: "/a", options: ["bind"] }] }),
    ["mounts[0].source"],
  ],
  [
    "a remount",
    aSpec({ mounts: [{ destination: "/a", type: "tmpfs", options: ["remount"] }] }),
    ["mounts[0].options[0]"],
  ],
  ["a relative hook", aSpec({ hooks: { prestart: [{ path: "hook" }] } }), ["hooks.prestart[0].path"]],
  [
    "a hook timeout of zero",
    aSpec({ hooks: { poststop: [{ path: "/hook", timeout: 0 }] } }),
    ["hooks.poststop[0].timeout"],
  ],
  [
    "a device without numbers",
    aSpec({ linux: aLinux({ devices: [{ path: "/dev/x", type: "c" }] }) }),
    ["linux.devices[0].major", "linux.devices[0].minor"],
  ],
  [
    "a masked path that is relative",
    aSpec({ linux: aLinux({ maskedPaths: ["proc"] }) }),
    ["linux.maskedPaths[0]"],
  ],
  [
    "an unknown propagation",
    aSpec({ linux: aLinux({ rootfsPropagation: "rrshared" }) }),
    ["linux.rootfsPropagation"],
  ],
  [
    "a sysctl of the host",
    aSpec({ linux: aLinux({ sysctl: { "kernel.core_pattern": "x" } }) }),
    ['linux.sysctl["kernel.core_pattern"]'],
  ],
  [
    "a sysctl that climbs",
    aSpec({ linux: aLinux({ sysctl: { "net/../kernel/core_pattern": "x" } }) }),
    ['linux.sysctl["net/../kernel/core_pattern"]'],
  ],
  [
    "the hostname by sysctl",
    aSpec({ linux: aLinux({ sysctl: { "kernel.hostname": "x" } }) }),
    ['linux.sysctl["kernel.hostname"]'],
  ],
  [
    "a net sysctl in the host's network",
    aSpec({ linux: aLinux({ namespaces: [{ type: "mount" }], sysctl: { "net.core.somaxconn": "1" } }) }),
    ['linux.sysctl["net.core.somaxconn"]'],
  ],
  [
    "swap below the memory limit",
    aSpec({ linux: aLinux({ resources: { memory: { limit: 2n ** 60n, swap: 1 } } }) }),
    ["linux.resources.memory.swap"],
  ],
  [
    "a device rule with empty access",
    aSpec({ linux: aLinux({ resources: { devices: [{ allow: true, access: "" }] } }) }),
    ["linux.resources.devices[0].access"],
  ],
  [
    "a unified key that is a path",
    aSpec({ linux: aLinux({ resources: { unified: { "../memory.max": "1" } } }) }),
    ["linux.resources.unified"],
  ],
  [
    "a cpu list with words",
    aSpec({ linux: aLinux({ resources: { cpu: { cpus: "all" } } }) }),
    ["linux.resources.cpu.cpus"],
  ],
  [
    "an unknown seccomp action",
    aSpec({ linux: aLinux({ seccomp: { defaultAction: "SCMP_ACT_DENY" } }) }),
    ["linux.seccomp.defaultAction"],
  ],
  [
    "an unknown seccomp architecture",
    aSpec({ linux: aLinux({ seccomp: { defaultAction: "SCMP_ACT_ALLOW", architectures: ["X86"] } }) }),
    ["linux.seccomp.architectures[0]"],
  ],
  [
    "an unknown seccomp flag",
    aSpec({ linux: aLinux({ seccomp: { defaultAction: "SCMP_ACT_ALLOW", flags: ["X"] } }) }),
    ["linux.seccomp.flags[0]"],
  ],
  [
    "an unknown seccomp operator, a seventh argument and an errno for ALLOW",
    aSpec({
      linux: aLinux({
        seccomp: {
          defaultAction: "SCMP_ACT_ALLOW",
          syscalls: [
            { names: ["a"], action: "SCMP_ACT_ALLOW", errnoRet: 1, args: [{ index: 6, value: 0, op: "EQ" }] },
          ],
        },
      }),
    }),
    [
      "linux.seccomp.syscalls[0].args[0].index",
      "linux.seccomp.syscalls[0].errnoRet",
      "linux.seccomp.syscalls[0].args[0].op",
    ],
  ],
  [
    "an id map of one half, with a value, on no bind",
    aSpec({
      mounts: [
        {
          destination: "/a",
          type: "tmpfs",
          options: ["idmap=uids=0-1-1"],
          uidMappings: [{ containerID: 0, hostID: 1, size: 1 }],
        },
      ],
    }),
    ["mounts[0]", "mounts[0]", "mounts[0].options[0]"],
  ],
  [
    "an id map whose ranges overlap",
    aSpec({
      mounts: [
        {
          destination: "/a",
          source: "/b",
          options: ["bind"],
          uidMappings: [
            { containerID: 0, hostID: 1, size: 2 },
            { containerID: 1, hostID: 5, size: 1 },
          ],
          gidMappings: [{ containerID: 0, hostID: 1, size: 1 }],
        },
      ],
    }),
    ["mounts[0].uidMappings[0].containerID"],
  ],
  [
    "an id map of nobody's",
    aSpec({ mounts: [{ destination: "/a", source: "/b", options: ["bind", "ridmap"] }] }),
    ["mounts[0]"],
  ],
  [
    "a listener for everything, for write, and of nobody",
    aSpec({
      linux: aLinux({
        seccomp: {
          defaultAction: "SCMP_ACT_NOTIFY",
          listenerMetadata: "m",
          flags: ["SECCOMP_FILTER_FLAG_NEW_LISTENER"],
          syscalls: [{ names: ["mkdir", "write"], action: "SCMP_ACT_NOTIFY" }],
        },
      }),
    }),
    [
      "linux.seccomp.flags[0]",
      "linux.seccomp.defaultAction",
      "linux.seccomp.syscalls[0]",
      "linux.seccomp.listenerMetadata",
      "linux.seccomp.listenerPath",
    ],
  ],
  [
    "the host's mounts with what would change the host",
    aSpec({
      linux: aLinux({
        namespaces: [{ type: "pid" }, { type: "user" }],
        uidMappings: [{ containerID: 0, hostID: 1, size: 1 }],
        gidMappings: [{ containerID: 0, hostID: 1, size: 1 }],
        maskedPaths: ["/a"],
        readonlyPaths: ["/b"],
        rootfsPropagation: "shared",
      }),
    }),
    ["linux.namespaces", "linux.maskedPaths", "linux.readonlyPaths", "linux.rootfsPropagation"],
  ],
  [
    "syscalls without a default action",
    aSpec({ linux: aLinux({ seccomp: { syscalls: [{ names: ["a"], action: "SCMP_ACT_LOG" }] } }) }),
    ["linux.seccomp.defaultAction"],
  ],
];

describe("validateSpec()", () => {
  it("accepts a small spec and a spec with every version 1.x", () => {
    for (const ociVersion of ["1.0.0", "1.0.2-dev", "1.3.0+dev", "1.99.0"]) {
      expect(validateSpec(aSpec({ ociVersion })).ociVersion).toBe(ociVersion);
    }
  });

  it.each(INVALID)("refuses %s", (_title, spec, paths) => {
    expect(problemsOf(() => validateSpec(spec))).toEqual({ code: "invalid", problems: paths });
  });

  it("reports every problem at once, in one message with their paths", () => {
    const spec = {
      ...aSpec({ hostname: "h", linux: { namespaces: [{ type: "mount" }] } }),
      process: { cwd: 1 },
    };
    expect(() => validateSpec(spec)).toThrow(/process\.cwd: .*hostname: needs.*process\.args:/s);
  });

  it("keeps unknown properties and the sections of other platforms, and drops nulls", () => {
    const spec = {
      ...aSpec(),
      windows: { layerFolders: [] },
      "x-vendor": 1,
      mounts: null,
      hooks: { prestart: null },
    };
    const valid = validateSpec(spec);
    expect(valid).toMatchObject({ windows: { layerFolders: [] }, "x-vendor": 1, hooks: {} });
    expect(valid).not.toHaveProperty("mounts");
  });

  it("keeps 64-bit numbers", () => {
    const limit = 2n ** 63n - 1n;
    const spec = aSpec({ linux: aLinux({ resources: { memory: { limit } } }) });
    expect(validateSpec(spec).linux?.resources?.memory?.limit).toBe(limit);
  });

  it("is not confused by keys that objects inherit", () => {
    const sysctl = JSON.parse('{"__proto__": "1", "constructor": "1"}') as Record<string, string>;
    expect(problemsOf(() => validateSpec(aSpec({ linux: aLinux({ sysctl }) }))).problems).toHaveLength(2);
    const rlimits = [{ type: "constructor", soft: 1, hard: 1 }];
    expect(problemsOf(() => validateSpec(aSpec({ process: aProcess({ rlimits }) }))).code).toBe("invalid");
  });

  it("takes a user or group that is not named for root's, as runc does", () => {
    const { user: _, ...nobody } = aProcess({});
    expect(validateSpec({ ...aSpec(), process: nobody }).process.user).toEqual({ uid: 0, gid: 0 });
    expect(validateProcess({ ...nobody, user: { uid: 7 } }).user).toEqual({ uid: 7, gid: 0 });
  });

  it("accepts its own result again", () => {
    const once = validateSpec(aSpec());
    expect(validateSpec(once)).toEqual(once);
  });

  it("takes an empty seccomp section and empty strings of Go for absent", () => {
    const spec = aSpec({
      hostname: "",
      linux: aLinux({
        namespaces: [{ type: "mount", path: "" }],
        seccomp: { defaultAction: "" },
        netDevices: {},
      }),
    });
    expect(problemsOf(() => validateSpec(spec)).code).toBe("ok");
  });
});

describe("validateProcess()", () => {
  it("names fields below process", () => {
    expect(problemsOf(() => validateProcess({ args: [], cwd: "x", user: {} }))).toEqual({
      code: "invalid",
      problems: ["process.cwd", "process.args"],
    });
  });

  it("does not ask for namespaces", () => {
    expect(validateProcess(aProcess()).args).toEqual(["/bin/sh"]);
  });
});

describe("validateResources()", () => {
  it("accepts what docker and containerd send on update", () => {
    const resources = {
      memory: { limit: 1 },
      cpu: { shares: 2, cpus: "0-1" },
      pids: { limit: -1 },
      blockIO: null,
    };
    expect(problemsOf(() => validateResources(resources)).code).toBe("ok");
  });
});
