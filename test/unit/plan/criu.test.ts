import { describe, expect, it } from "vitest";

import { parseMountinfo } from "../../../src/host/mountinfo.ts";
import { compileCreatePlan } from "../../../src/plan/create.ts";
import { compileCheckpointPlan, compileRestorePlan, type DumpTarget } from "../../../src/plan/criu.ts";
import { mountPoints } from "../../../src/plan/criu-mounts.ts";
import { type CriuOptions, encodeCriuRequest } from "../../../src/plan/criu-request.ts";
import type { OpKind, OpOf, Plan } from "../../../src/plan/op.ts";
import type { Spec } from "../../../src/spec/types.ts";
import { validateSpec } from "../../../src/spec/validate.ts";
import {
  host,
  someCheckpointSettings,
  someCreateInput,
  someFacts,
  someRestoreSettings,
} from "../../helpers/plan.ts";
import { aLinux, aSpec } from "../../helpers/spec.ts";

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Protobuf read back without knowing the message: field number → its values, submessages and texts as bytes. */
function fields(bytes: Uint8Array): Map<number, (number | Uint8Array)[]> {
  const found = new Map<number, (number | Uint8Array)[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const length = varint();
    const isBytes = (key & 7) === 2;
    const value = isBytes ? bytes.subarray(at, at + length) : length;
    if (isBytes) at += length;
    found.set(key >> 3, [...(found.get(key >> 3) ?? []), value]);
  }
  return found;
}

const text = (value: number | Uint8Array | undefined): string => Buffer.from(value as Uint8Array).toString();

/** criu_opts of the plan's one request. */
function optionsOf(plan: Plan): Map<number, (number | Uint8Array)[]> {
  const [opts] = fields(opOf(plan, "criu").request).get(2) ?? [];
  return fields(opts as Uint8Array);
}

function opOf<Kind extends OpKind>(plan: Plan, kind: Kind): OpOf<Kind> {
  const found = plan.ops.find((op): op is OpOf<Kind> => op.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
}

function pairs(values: readonly (number | Uint8Array)[] | undefined): string[] {
  return (values ?? []).map((value) => {
    const parts = fields(value as Uint8Array);
    return [1, 2]
      .map((number) => parts.get(number)?.[0])
      .map((part) => (typeof part === "number" ? String(part) : text(part)))
      .join(" → ");
  });
}

describe("encodeCriuRequest()", () => {
  it("writes the fields that are there, with criu's numbers", () => {
    expect(hex(encodeCriuRequest("dump", { imagesDirFd: 67, pid: 300 }))).toBe(
      `0801${"1205"}0843${"10ac02"}`,
    );
    expect(hex(encodeCriuRequest("restore", { imagesDirFd: 3, root: "/é", leaveRunning: false }))).toBe(
      `0802${"1209"}0803${"1800"}6a03${"2fc3a9"}`,
    );
    expect(hex(encodeCriuRequest("pre-dump", { imagesDirFd: 0 }))).toBe("0804" + "1202" + "0800");
  });

  it("writes messages in lists, and numbers up to 32 bits", () => {
    const options: CriuOptions = {
      imagesDirFd: 3,
      externalMounts: [{ key: "a", val: "b" }],
      external: ["x", "y"],
      emptyNamespaces: 0x40000000,
      networkLock: 3,
    };
    expect(hex(encodeCriuRequest("dump", options))).toBe(
      [
        "0801",
        "121d",
        "0803",
        "ba0106" + "0a0161" + "120162",
        "aa020178",
        "aa020179",
        "b0028080808004",
        "800403",
      ].join(""),
    );
  });

  it.each([-1, 1.5, 2 ** 32, Number.NaN])("refuses %d", (pid) => {
    expect(() => encodeCriuRequest("dump", { imagesDirFd: 3, pid })).toThrowError(RangeError);
  });
});

function target(spec: Spec, change: Partial<DumpTarget> = {}): DumpTarget {
  return {
    spec: validateSpec(spec),
    pid: 4711,
    rootfs: "/bundle/rootfs",
    mounts: [],
    resolve: (path) => path,
    sharedNamespaces: new Map(),
    descriptors: ["/dev/null", "/dev/null", "/dev/null"],
    freezeCgroup: undefined,
    ...change,
  };
}

const PRIVATE = [{ type: "mount" }, { type: "pid" }] as const;

function specWith(change: Partial<Spec>): Spec {
  return aSpec({ linux: aLinux({ namespaces: PRIVATE }), ...change });
}

describe("compileCheckpointPlan()", () => {
  it("passes every flag on", () => {
    const plan = compileCheckpointPlan(
      target(specWith({}), { freezeCgroup: "/sys/fs/cgroup/freezer/c1" }),
      someCheckpointSettings({
        workDir: host("/work"),
        parentImages: "../parent",
        leaveRunning: true,
        tcpEstablished: true,
        tcpSkipInFlight: true,
        linkRemap: true,
        extUnixSk: true,
        shellJob: true,
        fileLocks: true,
        autoDedup: true,
        lazyPages: true,
        manageCgroupsMode: "strict",
        networkLock: "nftables",
        pageServer: { address: "10.0.0.1", port: 27000 },
        statusFile: host("/proc/1/fd/7"),
      }),
    );
    const { files, root, cgroupDir } = opOf(plan, "criu");
    expect(files).toEqual([
      { path: "/images", isWrite: false },
      { path: "/work", isWrite: false },
      { path: "/proc/1/fd/7", isWrite: true },
    ]);
    expect([root, cgroupDir]).toEqual(["", ""]);
    const options = optionsOf(plan);
    const flags = [3, 4, 5, 7, 8, 12, 15, 16, 18, 24, 46, 48, 50];
    expect(flags.map((number) => options.get(number))).toEqual(flags.map(() => [1]));
    expect([1, 2, 9, 17, 34, 38, 49, 64].map((number) => options.get(number)?.[0])).toEqual([
      67, 4711, 4, 68, 5, 0x40000000, 69, 2,
    ]);
    expect([10, 13, 14, 44, 51].map((number) => text(options.get(number)?.[0]))).toEqual([
      "dump.log",
      "/bundle/rootfs",
      "../parent",
      "/sys/fs/cgroup/freezer/c1",
      "/etc/criu/runc.conf",
    ]);
    expect(pairs(options.get(11))).toEqual(["10.0.0.1 → 27000"]);
  });

  it("names mounts, files and namespaces from outside", () => {
    const spec = aSpec({
      mounts: [
        { destination: "/var/run/x/", type: "bind", source: "/x", options: ["rbind"] },
        { destination: "/proc", type: "proc", source: "proc" },
      ],
      linux: aLinux({
        namespaces: [...PRIVATE, { type: "network", path: "/run/netns/a" }],
        maskedPaths: ["/proc/keys"],
      }),
    });
    const mounts = parseMountinfo(
      [
        "1 0 0:6 /null /proc/keys rw - devtmpfs devtmpfs rw",
        "2 0 0:6 /zero /dev/zero rw - devtmpfs devtmpfs rw",
        "3 0 0:30 /c1 /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu",
        "4 0 0:31 / /proc rw - proc proc rw",
      ].join("\n"),
    );
    const plan = compileCheckpointPlan(
      target(spec, {
        mounts,
        resolve: (path) => path.replace("/var/run", "/run"),
        sharedNamespaces: new Map([["network", 4026532256n]]),
        descriptors: ["pipe:[5]", "file[1b:20c376]", "file[1b:20c376]"],
      }),
      someCheckpointSettings(),
    );
    const options = optionsOf(plan);
    expect(pairs(options.get(23))).toEqual([
      "/run/x → /var/run/x",
      "/proc/keys → /dev/null",
      "/dev/zero → /dev/zero",
      "/sys/fs/cgroup/cpu → /sys/fs/cgroup/cpu",
    ]);
    expect(options.get(37)?.map(text)).toEqual(["net[4026532256]:extRootNetNS", "file[1b:20c376]"]);
  });

  it("takes criu's configuration file from the annotation; an empty one is none", () => {
    const configured = (file: string) =>
      optionsOf(
        compileCheckpointPlan(
          target(specWith({ annotations: { "org.criu.config": file } })),
          someCheckpointSettings(),
        ),
      ).get(51);
    expect(configured("/etc/my.conf")?.map(text)).toEqual(["/etc/my.conf"]);
    expect(configured("")).toBeUndefined();
  });

  it.each([
    ["without a mount namespace", [{ type: "pid" }], /without a mount namespace/],
    ["that joins a time namespace", [...PRIVATE, { type: "time", path: "/t" }], /joins a time namespace/],
    [
      "that joins a cgroup namespace",
      [...PRIVATE, { type: "cgroup", path: "/c" }],
      /joins a cgroup namespace/,
    ],
  ] as const)("refuses a container %s", (_, namespaces, message) => {
    const spec = aSpec({ linux: aLinux({ namespaces }) });
    expect(() => compileCheckpointPlan(target(spec), someCheckpointSettings())).toThrowError(message);
  });
});

describe("compileRestorePlan()", () => {
  const spec = aSpec({
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs" },
      { destination: "/dev/pts", type: "devpts", source: "devpts" },
      { destination: "/data", type: "bind", source: "/x", options: ["rbind"] },
      { destination: "/etc/one", type: "bind", source: "file", options: ["bind"] },
    ],
    linux: aLinux({
      namespaces: [
        ...PRIVATE,
        { type: "network", path: "/run/netns/a" },
        { type: "ipc", path: "/run/ipc" },
        { type: "uts" },
      ],
    }),
  });
  const created = compileCreatePlan(someCreateInput(spec), someFacts("v2"));
  const plan = compileRestorePlan(
    created,
    validateSpec(spec),
    "/bundle/rootfs",
    someRestoreSettings({ lsmProfile: "apparmor:x" }),
    {
      descriptors: ["/dev/null", "pipe:[77]", "file[1b:2]"],
      cgroupRoots: new Map([["cpu", "/a/c1"]]),
      fileSources: new Set(["/bundle/file"]),
    },
  );
  const options = optionsOf(plan);

  it("has criu in place of everything that happens in the child", () => {
    const kinds = new Set(plan.ops.map(({ kind }) => kind));
    expect([...kinds]).toEqual(["monitor", "stdio", "stage", "mount-points", "criu"]);
    expect(fields(opOf(plan, "criu").request).get(1)).toEqual([2]);
    expect([26, 6, 12, 50].map((number) => options.get(number))).toEqual([[1], [1], [1], [1]]);
    expect([10, 13, 53].map((number) => text(options.get(number)?.[0]))).toEqual([
      "restore.log",
      "/bundle/rootfs",
      "apparmor:x",
    ]);
  });

  it("makes what the outer mounts are made on", () => {
    expect(opOf(plan, "mount-points")).toEqual({
      kind: "mount-points",
      root: "/bundle/rootfs",
      dirs: ["/proc", "/dev", "/data"],
      files: ["/etc/one"],
    });
  });

  it("makes what mounts below a bind mount are made on in its source, and nothing below another mount", () => {
    const nested = aSpec({
      mounts: [
        { destination: "/data", type: "bind", source: "/x", options: ["rbind"] },
        { destination: "/data/for/nested", type: "bind", source: "/y", options: ["rbind"] },
        { destination: "/data/for/nested/file", type: "bind", source: "/f", options: ["bind"] },
        { destination: "/tmp", type: "tmpfs", source: "tmpfs" },
        { destination: "/tmp/inner", type: "bind", source: "/z", options: ["bind"] },
        { destination: "/late/inner", type: "bind", source: "/z", options: ["bind"] },
        { destination: "/late", type: "bind", source: "/l", options: ["bind"] },
      ],
    });
    const create = compileCreatePlan(someCreateInput(nested), someFacts("v2"));
    const points = mountPoints(create, "/rootfs", new Set(["/f"]));
    expect(points.map(({ root, dirs, files }) => [root, dirs, files])).toEqual([
      ["/rootfs", ["/data", "/tmp", "/late/inner", "/late"], []],
      ["/x", ["/for/nested"], []],
      ["/y", [], ["/file"]],
    ]);
  });

  it("says where mounts, cgroups, streams and namespaces come from", () => {
    expect(pairs(options.get(23))).toEqual([
      "/dev/null → /dev/null",
      "/data → /x",
      "/etc/one → /bundle/file",
    ]);
    expect(pairs(options.get(25))).toEqual(["cpu → /a/c1"]);
    expect(opOf(plan, "criu").files.map(({ path }) => path)).toEqual(["/images", "/run/netns/a"]);
    expect(pairs(options.get(27))).toEqual(["extRootNetNS → 68", "pipe:[77] → 65", "file[1b:2] → 66"]);
    expect(pairs(options.get(39))).toEqual(["ipc → /run/ipc"]);
  });
});
