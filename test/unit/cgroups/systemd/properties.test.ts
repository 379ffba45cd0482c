import { describe, expect, it } from "vitest";
import { compileAnnotations, parseVariantText } from "../../../../src/cgroups/systemd/annotations.ts";
import { findUnitBus, hostUid } from "../../../../src/cgroups/systemd/bus.ts";
import { findCgroupOwner } from "../../../../src/cgroups/systemd/delegate.ts";
import { compileDeviceProperties, parseDeviceGroups } from "../../../../src/cgroups/systemd/devices.ts";
import { compileUnit, deferTaskLimit } from "../../../../src/cgroups/systemd/driver.ts";
import {
  compileLimitProperties,
  compileOomPolicy,
  parseRanges,
} from "../../../../src/cgroups/systemd/limits.ts";
import type { Resources, ValidSpec } from "../../../../src/spec/types.ts";

const MAX = 2n ** 64n - 1n;

/** Properties without their types, to compare. */
function plain(properties: readonly (readonly [string, { value: unknown }])[]): Record<string, unknown> {
  return Object.fromEntries(properties.map(([name, { value }]) => [name, value]));
}

describe("compileLimitProperties()", () => {
  it.each<[string, Resources, Record<string, unknown>]>([
    ["nothing", {}, {}],
    ["memory", { memory: { limit: 1 << 20, reservation: 4096 } }, { MemoryMax: 1048576n, MemoryLow: 4096n }],
    ["memory without end", { memory: { limit: -1 } }, { MemoryMax: MAX, MemorySwapMax: MAX }],
    ["swap", { memory: { limit: 100, swap: 150 } }, { MemoryMax: 100n, MemorySwapMax: 50n }],
    ["shares", { cpu: { shares: 1024 } }, { CPUWeight: 100n }],
    ["idle", { cpu: { shares: 1024, idle: 1 } }, { CPUWeight: 0n }],
    ["quota", { cpu: { quota: 50000 } }, { CPUQuotaPerSecUSec: 500000n }],
    [
      "quota and period, rounded up",
      { cpu: { quota: 1234, period: 100000 } },
      { CPUQuotaPeriodUSec: 100000n, CPUQuotaPerSecUSec: 20000n },
    ],
    ["no quota", { cpu: { quota: -1 } }, { CPUQuotaPerSecUSec: MAX }],
    ["period alone", { cpu: { period: 50000 } }, { CPUQuotaPeriodUSec: 50000n, CPUQuotaPerSecUSec: MAX }],
    ["pids", { pids: { limit: 7 } }, { TasksMax: 7n }],
    ["no pids", { pids: { limit: 0 } }, { TasksMax: 1n }],
    ["any pids", { pids: { limit: -1 } }, { TasksMax: MAX }],
    ["cpuset", { cpu: { cpus: "0-2,9", mems: "0" } }, { AllowedCPUs: [7, 2], AllowedMemoryNodes: [1] }],
    [
      "unified goes over the fields",
      {
        memory: { limit: 100 },
        unified: { "memory.max": "200", "cpu.max": "max 50000", "hugetlb.2MB.max": "0" },
      },
      { MemoryMax: 200n, CPUQuotaPeriodUSec: 50000n, CPUQuotaPerSecUSec: MAX },
    ],
    [
      "all of unified",
      {
        unified: {
          "cpu.idle": "0",
          "cpu.weight": "50",
          "cpuset.cpus": "1",
          "cpuset.mems": "0",
          "memory.high": "1",
          "memory.low": "2",
          "memory.min": "3",
          "memory.swap.max": "max",
          "pids.max": "5\n",
        },
      },
      {
        CPUWeight: 50n,
        AllowedCPUs: [2],
        AllowedMemoryNodes: [1],
        MemoryHigh: 1n,
        MemoryLow: 2n,
        MemoryMin: 3n,
        MemorySwapMax: MAX,
        TasksMax: 5n,
      },
    ],
  ])("version 2: %s", (_, resources, expected) => {
    expect(plain(compileLimitProperties(resources, "v2", 252))).toEqual(expected);
  });

  it("version 1: what systemd has words for there", () => {
    const resources: Resources = {
      memory: { limit: 100, swap: 200 },
      cpu: { shares: 512, quota: 1000, period: 10000, cpus: "0" },
      blockIO: { weight: 500 },
      pids: { limit: 3 },
    };
    expect(plain(compileLimitProperties(resources, "hybrid", 252))).toEqual({
      MemoryLimit: 100n,
      CPUShares: 512n,
      BlockIOWeight: 500n,
      CPUQuotaPeriodUSec: 10000n,
      CPUQuotaPerSecUSec: 100000n,
      TasksMax: 3n,
    });
  });

  it("says nothing that an older systemd would refuse", () => {
    const resources: Resources = {
      cpu: { idle: 1, cpus: "0", period: 1000, quota: 1000 },
      unified: { "cpu.idle": "1", "memory.oom.group": "1" },
    };
    expect(plain(compileLimitProperties(resources, "v2", 239))).toEqual({ CPUQuotaPerSecUSec: 1000000n });
    expect(compileOomPolicy(resources, 252)).toEqual([]);
    expect(plain(compileOomPolicy(resources, 253))).toEqual({ OOMPolicy: "kill" });
  });

  it.each<Resources>([
    { memory: { swap: 100 } },
    { unified: { "memory.max": "lots" } },
    { unified: { "pids.max": "-1" } },
    { cpu: { cpus: "3-1" } },
  ])("refuses %j", (resources) => {
    expect(() => compileLimitProperties(resources, "v2", 252)).toThrowError(
      expect.objectContaining({ code: "bad-value" }),
    );
  });

  it("parseRanges() gives the bits of a list, lowest first", () => {
    expect(parseRanges("0,8-9,17", "cpu.cpus")).toEqual([1, 3, 2]);
    expect(() => parseRanges("99999999", "cpu.cpus")).toThrow();
  });
});

describe("compileUnit()", () => {
  const request = {
    id: "web",
    unit: { name: "p-web.scope", bus: "" },
    slice: "a.slice",
    cgroupsPath: "/a.slice/p-web.scope",
    mode: "v2",
    resources: {},
    annotations: {},
  } as const;

  it("a scope has a process, its slice and its cgroup to itself", () => {
    expect(plain(compileUnit(request, 7))).toEqual({
      Description: "gantry container web",
      Slice: "a.slice",
      Delegate: true,
      PIDs: [7],
      MemoryAccounting: true,
      CPUAccounting: true,
      IOAccounting: true,
      TasksAccounting: true,
      DefaultDependencies: false,
    });
  });

  it("a slice has neither, and version 1 has another word for io", () => {
    const slice = { ...request, unit: { name: "a-web.slice", bus: "" }, mode: "v1" } as const;
    expect(plain(compileUnit(slice, undefined))).toMatchObject({
      Wants: ["a.slice"],
      BlockIOAccounting: true,
    });
    expect(Object.keys(plain(compileUnit(slice, undefined)))).not.toContain("PIDs");
  });
});

describe("compileDeviceProperties()", () => {
  const GROUPS = "Character devices:\n  1 mem\n136 pts\n\nBlock devices:\n  8 sd\n";

  it("names single devices, those of a driver and all", () => {
    const { properties, warnings } = compileDeviceProperties(
      [{ allow: false }, { allow: true, type: "b", major: 8, access: "r" }],
      GROUPS,
    );
    expect(warnings).toEqual([]);
    expect(properties[0]).toEqual(["DevicePolicy", { signature: "s", value: "strict" }]);
    expect(properties[1]?.[1].value).toEqual([]);
    expect(properties[2]?.[1].value).toEqual(
      expect.arrayContaining([
        ["char-*", "m"],
        ["/dev/char/1:3", "rwm"],
        ["char-pts", "rwm"],
        ["block-sd", "r"],
      ]),
    );
  });

  it("warns of what systemd cannot name", () => {
    const rules = [
      { allow: true, type: "c", minor: 3, access: "r" },
      { allow: true, type: "b", major: 99, access: "r" },
    ];
    expect(compileDeviceProperties(rules, GROUPS).warnings).toEqual([
      expect.stringContaining("c *:3"),
      expect.stringContaining("b 99:*"),
    ]);
  });

  it("leaves everything open where everything is allowed", () => {
    expect(plain(compileDeviceProperties([{ allow: true, access: "rwm" }], GROUPS).properties)).toEqual({
      DevicePolicy: "auto",
      DeviceAllow: [],
    });
  });

  it("parseDeviceGroups() tells character from block drivers", () => {
    expect(Object.fromEntries(parseDeviceGroups(GROUPS))).toEqual({
      "char 1": "mem",
      "char 136": "pts",
      "block 8": "sd",
    });
  });
});

describe("compileAnnotations()", () => {
  it("takes the properties, and turns seconds into microseconds", () => {
    expect(
      compileAnnotations({
        "org.systemd.property.CollectMode": "'inactive-or-failed'",
        "org.systemd.property.TimeoutStopSec": "uint64 5",
        "org.systemd.property.JobTimeoutSec": "1.5",
        "org.systemd.property.RuntimeMaxUSec": "uint64 7",
        other: "x",
      }),
    ).toEqual([
      ["CollectMode", { signature: "s", value: "inactive-or-failed" }],
      ["TimeoutStopUSec", { signature: "t", value: 5000000n }],
      ["JobTimeoutUSec", { signature: "t", value: 1500000n }],
      ["RuntimeMaxUSec", { signature: "t", value: 7n }],
    ]);
  });

  it.each([
    ["org.systemd.property.Ab", "1"],
    ["org.systemd.property.Exec Start", "'x'"],
    ["org.systemd.property.", "1"],
    ["org.systemd.property.TimeoutStopSec", "'long'"],
  ])("refuses %s %s", (key, value) => {
    expect(() => compileAnnotations({ [key]: value })).toThrowError(
      expect.objectContaining({ code: "bad-value" }),
    );
  });
});

describe("parseVariantText()", () => {
  it.each([
    ["true", "b", true],
    ["-5", "i", -5],
    ["byte 5", "y", 5],
    ["@t 5", "t", 5n],
    ["uint64 18446744073709551615", "t", MAX],
    ["0.5", "d", 0.5],
    ["double 3", "d", 3],
    ['"it\'s"', "s", "it's"],
    ["'it\\'s'", "s", "it's"],
    ["objectpath '/a'", "o", "/a"],
    ["['a', 'b']", "as", ["a", "b"]],
    ["@as []", "as", []],
    ["[uint32 1, 2]", "au", [1, 2]],
    ["[[1], [2, 3]]", "aai", [[1], [2, 3]]],
  ])("%s is %s", (text, signature, value) => {
    expect(parseVariantText(text, "k")).toEqual({ signature, value });
  });

  it.each([
    "",
    "[]",
    "[1, 'a']",
    "[1 2]",
    "[1",
    "'a",
    "byte 256",
    "uint32 -1",
    "1 2",
    "maybe",
    "uint64 'a'",
    "@as 5",
    "int32 0.5",
  ])("refuses %j", (text) => {
    expect(() => parseVariantText(text, "k")).toThrowError(expect.objectContaining({ code: "bad-value" }));
  });
});

describe("findUnitBus()", () => {
  it.each([
    [{}, 0, "unix:path=/run/dbus/system_bus_socket", false],
    [{ DBUS_SYSTEM_BUS_ADDRESS: "unix:path=/x" }, 0, "unix:path=/x", false],
    [{ XDG_RUNTIME_DIR: "/run/user/7" }, 7, "unix:path=/run/user/7/bus", true],
    [{ XDG_RUNTIME_DIR: "/run/user/7", DBUS_SESSION_BUS_ADDRESS: "unix:path=/y" }, 7, "unix:path=/y", true],
  ])("%j of user %i is %s", (env, uid, address, isUser) => {
    expect(findUnitBus(env, uid)).toEqual({ address, isUser });
  });

  it("a user without a bus has no systemd", () => {
    expect(() => findUnitBus({}, 7)).toThrowError(expect.objectContaining({ code: "no-systemd" }));
  });

  it("hostUid() looks through a user namespace", () => {
    const files = (text: string) => ({ readText: () => text, exists: () => true });
    expect(hostUid(0, files("         0          0 4294967295\n"))).toBe(0);
    expect(hostUid(0, files("         0       1000          1\n         1     100000      65536\n"))).toBe(
      1000,
    );
    expect(hostUid(5, files("         0       1000          1\n         1     100000      65536\n"))).toBe(
      100004,
    );
  });
});

describe("findCgroupOwner()", () => {
  function spec(uid: number, options: string[], namespaces = ["cgroup"]): ValidSpec {
    return {
      ociVersion: "1.2.0",
      process: { cwd: "/", args: ["x"], user: { uid, gid: 0 } },
      root: { path: "rootfs" },
      mounts: [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options }],
      linux: {
        namespaces: namespaces.map((type) => ({ type })),
        uidMappings: [{ containerID: 0, hostID: 100000, size: 65536 }],
      },
    } as unknown as ValidSpec;
  }

  it.each([
    ["the container's user", spec(1000, ["rw"]), 1000],
    ["as the host sees it", spec(5, [], ["cgroup", "user"]), 100005],
    ["root stays root", spec(0, ["rw"]), undefined],
    ["not what is read-only", spec(1000, ["ro"]), undefined],
    ["not without a namespace of its own", spec(1000, ["rw"], []), undefined],
    ["not whom nobody knows", spec(70000, ["rw"], ["cgroup", "user"]), undefined],
  ])("%s", (_, given, owner) => {
    expect(findCgroupOwner(given)).toBe(owner);
  });
});

describe("deferTaskLimit()", () => {
  it("sets the limit when the process is there, and none before", () => {
    const write = (path: string, value: string) => ({ path, value, tolerate: 0 });
    const setup = {
      dirs: [],
      fills: [],
      joins: [],
      writes: [write("/c/pids.max", "1"), write("/c/memory.max", "1")],
    };
    expect(deferTaskLimit(setup)).toMatchObject({
      writes: [write("/c/pids.max", "max"), write("/c/memory.max", "1")],
      lateWrites: [write("/c/pids.max", "1")],
    });
  });
});
