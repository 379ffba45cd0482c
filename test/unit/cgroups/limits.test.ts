import { describe, expect, it } from "vitest";
import { planCgroup } from "../../../src/cgroups/plan.ts";
import type { CgroupHost } from "../../../src/cgroups/types.ts";
import { convertShares, convertSwap } from "../../../src/cgroups/v2/limits.ts";
import type { Resources } from "../../../src/spec/types.ts";
import { aRequest, HYBRID_HOST, V1_HOST, V2_HOST } from "./hosts.ts";

const DEVICE_8_0 = { major: 8, minor: 0 };

/** The limit writes as "file=value", with a "?" for each tolerated error; without what every container gets. */
function limitsOf(resources: Resources, host: CgroupHost): string[] {
  const { writes } = planCgroup(aRequest({ resources }), host).setup;
  return writes
    .filter(({ path }) => !/\/(devices\.(allow|deny)|cgroup\.subtree_control)$/.test(path))
    .map(({ path, value, tolerate }) => {
      expect(path).toMatch(/\/ns\/web\/[^/]+$/);
      return `${path.slice(path.lastIndexOf("/") + 1)}=${value}${tolerate ? ` ?${tolerate}` : ""}`;
    });
}

describe("planCgroup() limits", () => {
  const cases: [what: string, Resources, v1: string[], v2: string[]][] = [
    ["nothing", {}, [], []],
    [
      "memory limit",
      { memory: { limit: 1048576 } },
      ["memory.limit_in_bytes=1048576"],
      ["memory.max=1048576"],
    ],
    [
      "64-bit memory limit",
      { memory: { limit: 9223372036854771712n } },
      ["memory.limit_in_bytes=9223372036854771712"],
      ["memory.max=9223372036854771712"],
    ],
    ["memory 0, as Go leaves it", { memory: { limit: 0, swap: 0, reservation: 0 } }, [], []],
    [
      "memory and swap",
      { memory: { limit: 100, swap: 300, reservation: 50 } },
      ["memory.limit_in_bytes=100", "memory.memsw.limit_in_bytes=300", "memory.soft_limit_in_bytes=50"],
      ["memory.swap.max=200", "memory.max=100", "memory.low=50"],
    ],
    [
      "no swap at all",
      { memory: { limit: 100, swap: 100 } },
      ["memory.limit_in_bytes=100", "memory.memsw.limit_in_bytes=100"],
      ["memory.swap.max=0 ?1", "memory.max=100"],
    ],
    [
      "unlimited memory lifts the swap limit too",
      { memory: { limit: -1 } },
      ["memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1 ?1"],
      ["memory.swap.max=max ?1", "memory.max=max"],
    ],
    [
      "swappiness and OOM killer",
      { memory: { swappiness: 0, disableOOMKiller: true } },
      ["memory.oom_control=1", "memory.swappiness=0"],
      [],
    ],
    ["shares", { cpu: { shares: 1024 } }, ["cpu.shares=1024"], ["cpu.weight=100"]],
    [
      "quota and period",
      { cpu: { quota: 20000, period: 50000, burst: 1000 } },
      ["cpu.cfs_period_us=50000", "cpu.cfs_quota_us=20000", "cpu.cfs_burst_us=1000 ?1"],
      ["cpu.max=20000 50000", "cpu.max.burst=1000"],
    ],
    ["quota alone", { cpu: { quota: 20000 } }, ["cpu.cfs_quota_us=20000"], ["cpu.max=20000 100000"]],
    ["period alone", { cpu: { period: 50000 } }, ["cpu.cfs_period_us=50000"], ["cpu.max=max 50000"]],
    ["no quota", { cpu: { quota: -1 } }, ["cpu.cfs_quota_us=-1"], ["cpu.max=max 100000"]],
    [
      "real time",
      { cpu: { realtimePeriod: 1000000, realtimeRuntime: 950000 } },
      ["cpu.rt_period_us=1000000", "cpu.rt_runtime_us=950000"],
      [],
    ],
    ["idle", { cpu: { idle: 1, shares: 512 } }, ["cpu.shares=512", "cpu.idle=1"], ["cpu.idle=1"]],
    [
      "cpuset",
      { cpu: { cpus: "0-1", mems: "0" } },
      ["cpuset.cpus=0-1", "cpuset.mems=0"],
      ["cpuset.cpus=0-1", "cpuset.mems=0"],
    ],
    ["pids", { pids: { limit: 32 } }, ["pids.max=32"], ["pids.max=32"]],
    ["no pids limit", { pids: { limit: -1 } }, ["pids.max=max"], ["pids.max=max"]],
    ["pids 0", { pids: { limit: 0 } }, ["pids.max=1"], ["pids.max=1"]],
    ["block weight", { blockIO: { weight: 500 } }, ["blkio.bfq.weight=500"], ["io.weight=4950"]],
    [
      "block weight of a device",
      { blockIO: { weightDevice: [{ ...DEVICE_8_0, weight: 1000, leafWeight: 10 }] } },
      ["blkio.bfq.weight_device=8:0 1000", "blkio.leaf_weight_device=8:0 10"],
      ["io.weight=8:0 10000"],
    ],
    [
      "throttling",
      {
        blockIO: {
          throttleReadBpsDevice: [{ ...DEVICE_8_0, rate: 1048576 }],
          throttleWriteBpsDevice: [{ ...DEVICE_8_0, rate: 0 }],
          throttleReadIOPSDevice: [{ ...DEVICE_8_0, rate: 30 }],
          throttleWriteIOPSDevice: [{ ...DEVICE_8_0, rate: 18446744073709551615n }],
        },
      },
      [
        "blkio.throttle.read_bps_device=8:0 1048576",
        "blkio.throttle.write_bps_device=8:0 0",
        "blkio.throttle.read_iops_device=8:0 30",
        "blkio.throttle.write_iops_device=8:0 18446744073709551615",
      ],
      [
        "io.max=8:0 rbps=1048576",
        "io.max=8:0 wbps=max",
        "io.max=8:0 riops=30",
        "io.max=8:0 wiops=18446744073709551615",
      ],
    ],
    [
      "huge pages",
      { hugepageLimits: [{ pageSize: "2MB", limit: 0 }] },
      ["hugetlb.2MB.limit_in_bytes=0", "hugetlb.2MB.rsvd.limit_in_bytes=0 ?1"],
      ["hugetlb.2MB.max=0", "hugetlb.2MB.rsvd.max=0 ?1"],
    ],
    [
      "network",
      { network: { classID: 1048577, priorities: [{ name: "eth0", priority: 5 }] } },
      ["net_cls.classid=1048577", "net_prio.ifpriomap=eth0 5"],
      [],
    ],
  ];
  it.each(cases)("%s (v1)", (_, resources, v1) => expect(limitsOf(resources, V1_HOST)).toEqual(v1));
  it.each(cases)("%s (v2)", (_, resources, _v1, v2) => expect(limitsOf(resources, V2_HOST)).toEqual(v2));

  it("rdma and unified (v2)", () => {
    const resources: Resources = {
      rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10000 }, mlx4_0: { hcaObjects: 1000 }, rxe3: {} },
      unified: { "memory.high": "200", "io.max": "8:0 rbps=1\n8:16 rbps=2\n", "cgroup.max.depth": "3" },
    };
    expect(limitsOf(resources, V2_HOST)).toEqual([
      "rdma.max=mlx5_1 hca_handle=3 hca_object=10000",
      "rdma.max=mlx4_0 hca_object=1000",
      "memory.high=200",
      "io.max=8:0 rbps=1",
      "io.max=8:0 rbps=2".replace("8:0", "8:16"),
      "cgroup.max.depth=3",
    ]);
  });
  it("takes BFQ's weight as it is (v2)", () => {
    const host = { ...V2_HOST, ioWeightFiles: ["io.bfq.weight", "io.weight"] };
    expect(limitsOf({ blockIO: { weight: 500 } }, host)).toEqual(["io.bfq.weight=500"]);
  });

  it.each<[string, string, Resources, CgroupHost]>([
    ["bad-value", "cpu.shares", { cpu: { shares: 262145 } }, V1_HOST],
    ["bad-value", "cpu.shares", { cpu: { shares: 1 } }, V1_HOST],
    ["bad-value", "memory.swappiness", { memory: { swappiness: 101 } }, V1_HOST],
    ["bad-value", "memory.swap", { memory: { swap: 5 } }, V2_HOST],
    ["bad-value", "memory.swap", { memory: { limit: 10, swap: 5 } }, V2_HOST],
    ["bad-value", "pageSize", { hugepageLimits: [{ pageSize: "../2MB", limit: 1 }] }, V1_HOST],
    ["bad-value", "unified", { unified: { "../memory.max": "1" } }, V2_HOST],
    ["bad-value", "unified", { unified: { memory: "1" } }, V2_HOST],
    ["bad-value", "unified", { unified: { "memory..max": "1" } }, V2_HOST],
    ["unsupported", "memory.high", { unified: { "memory.high": "1" } }, V1_HOST],
    ["missing-controller", "memory.high", { unified: { "memory.high": "1" } }, HYBRID_HOST],
    ["missing-controller", "misc", { unified: { "misc.max": "1" } }, V2_HOST],
    ["missing-controller", "rdma", { rdma: { a: { hcaHandles: 1 } } }, HYBRID_HOST],
    [
      "missing-controller",
      "hugetlb",
      { hugepageLimits: [{ pageSize: "2MB", limit: 1 }] },
      { ...V2_HOST, unifiedControllers: [] },
    ],
    ["missing-controller", "blockIO.weight", { blockIO: { weight: 5 } }, { ...V2_HOST, ioWeightFiles: [] }],
  ])("refuses with %s, naming %s: %j", (code, name, resources, host) => {
    const plan = () => planCgroup(aRequest({ resources }), host);
    expect(plan).toThrowError(expect.objectContaining({ code }));
    expect(plan).toThrowError(name);
  });

  it("sets a limit on the v2 side of a hybrid host when its controller is only there", () => {
    const resources: Resources = {
      hugepageLimits: [{ pageSize: "2MB", limit: 4194304 }],
      unified: { "hugetlb.1GB.max": "0" },
    };
    const { writes } = planCgroup(aRequest({ resources }), HYBRID_HOST).setup;
    const root = "/sys/fs/cgroup/unified";
    expect(writes.filter(({ path }) => path.startsWith(root))).toEqual([
      { path: `${root}/cgroup.subtree_control`, value: "+hugetlb", tolerate: 15 },
      { path: `${root}/ns/cgroup.subtree_control`, value: "+hugetlb", tolerate: 15 },
      { path: `${root}/ns/web/hugetlb.2MB.max`, value: "4194304", tolerate: 0 },
      { path: `${root}/ns/web/hugetlb.2MB.rsvd.max`, value: "4194304", tolerate: 1 },
      { path: `${root}/ns/web/hugetlb.1GB.max`, value: "0", tolerate: 0 },
    ]);
  });

  it("says what it ignores", () => {
    const memory = { kernel: 100, kernelTCP: 200, swappiness: 5 };
    expect(planCgroup(aRequest({ resources: { memory } }), V1_HOST).warnings).toEqual([
      expect.stringContaining("memory.kernel is"),
      expect.stringContaining("memory.kernelTCP is"),
    ]);
    expect(planCgroup(aRequest({ resources: { memory } }), V2_HOST).warnings).toHaveLength(3);
  });
});

describe("convertShares()", () => {
  it.each([
    [undefined, undefined],
    [0, undefined],
    [1, 1],
    [2, 1],
    [3, 2],
    [512, 59],
    [1024, 100],
    [262144, 10000],
    [300000n, 10000],
  ])("%s is weight %s", (shares, weight) => expect(convertShares(shares)).toBe(weight));
});

describe("convertSwap()", () => {
  it.each([
    [undefined, undefined, undefined],
    [100, undefined, undefined],
    [100, -1, "max"],
    [-1, undefined, "max"],
    [-1, 500, "500"],
    [100, 100, "0"],
    [2n ** 62n, 2n ** 62n + 1n, "1"],
  ])("limit %s with memory+swap %s is %s", (limit, swap, expected) => {
    expect(convertSwap(limit, swap)).toBe(expected);
  });
});
