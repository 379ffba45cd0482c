import type { CgroupStats, Pressure } from "../../cgroups/types.ts";
import { io } from "../../gen/metrics.js";
import { toLong } from "./long.ts";

type Properties = io.containerd.cgroups.v2.Metrics.$Properties;
type MemoryProperties = io.containerd.cgroups.v2.MemoryStat.$Properties;

/** Lines of `memory.stat` and the fields they go to. */
const MEMORY_KEYS = {
  anon: "anon",
  file: "file",
  kernel_stack: "kernelStack",
  slab: "slab",
  sock: "sock",
  shmem: "shmem",
  file_mapped: "fileMapped",
  file_dirty: "fileDirty",
  file_writeback: "fileWriteback",
  anon_thp: "anonThp",
  inactive_anon: "inactiveAnon",
  active_anon: "activeAnon",
  inactive_file: "inactiveFile",
  active_file: "activeFile",
  unevictable: "unevictable",
  slab_reclaimable: "slabReclaimable",
  slab_unreclaimable: "slabUnreclaimable",
  pgfault: "pgfault",
  pgmajfault: "pgmajfault",
  workingset_refault: "workingsetRefault",
  workingset_activate: "workingsetActivate",
  workingset_nodereclaim: "workingsetNodereclaim",
  pgrefill: "pgrefill",
  pgscan: "pgscan",
  pgsteal: "pgsteal",
  pgactivate: "pgactivate",
  pgdeactivate: "pgdeactivate",
  pglazyfree: "pglazyfree",
  pglazyfreed: "pglazyfreed",
  thp_fault_alloc: "thpFaultAlloc",
  thp_collapse_alloc: "thpCollapseAlloc",
} as const satisfies Record<string, keyof MemoryProperties>;

const NS_PER_US = 1000n;

/** Encode io.containerd.cgroups.v2.Metrics: for hosts with the unified hierarchy alone. */
export function encodeMetricsV2(stats: CgroupStats): Uint8Array {
  const { cpu, memory, pids, blkio } = stats;
  const { events } = memory;
  const metrics: Properties = {
    pids: { current: toLong(pids.current), limit: toLong(pids.limit) },
    cpu: {
      usageUsec: toLong(cpu.totalNs / NS_PER_US),
      userUsec: toLong(cpu.userNs / NS_PER_US),
      systemUsec: toLong(cpu.kernelNs / NS_PER_US),
      nrPeriods: toLong(cpu.periods),
      nrThrottled: toLong(cpu.throttledPeriods),
      throttledUsec: toLong(cpu.throttledNs / NS_PER_US),
      nrBursts: toLong(cpu.bursts),
      burstUsec: toLong(cpu.burstNs / NS_PER_US),
      ...encodePressure(cpu.pressure),
    },
    memory: encodeMemory(stats),
    rdma: { current: [...stats.rdma.current], limit: [...stats.rdma.limit] },
    io: {
      usage: blkio.io.map((entry) => ({
        major: toLong(entry.major),
        minor: toLong(entry.minor),
        rbytes: toLong(entry.rbytes),
        wbytes: toLong(entry.wbytes),
        rios: toLong(entry.rios),
        wios: toLong(entry.wios),
      })),
      ...encodePressure(blkio.pressure),
    },
    hugetlb: stats.hugetlb.map((size) => ({
      current: toLong(size.usage),
      max: toLong(size.limit),
      pagesize: size.pageSize,
      failcnt: toLong(size.failCount),
    })),
    memoryEvents: {
      low: toLong(events["low"] ?? 0n),
      high: toLong(events["high"] ?? 0n),
      max: toLong(events["max"] ?? 0n),
      oom: toLong(events["oom"] ?? 0n),
      oomKill: toLong(events["oom_kill"] ?? 0n),
      oomGroupKill: toLong(events["oom_group_kill"] ?? 0n),
    },
  };
  return io.containerd.cgroups.v2.Metrics.encode(metrics).finish();
}

function encodeMemory({ memory }: CgroupStats): MemoryProperties {
  const result: MemoryProperties = {
    usage: toLong(memory.usage.usage),
    usageLimit: toLong(memory.usage.limit),
    maxUsage: toLong(memory.usage.max),
    swapUsage: toLong(memory.swapOnly.usage),
    swapLimit: toLong(memory.swapOnly.limit),
    swapMaxUsage: toLong(memory.swapOnly.max),
    ...encodePressure(memory.pressure),
  };
  for (const [key, field] of Object.entries(MEMORY_KEYS)) result[field] = toLong(memory.stat[key] ?? 0n);
  return result;
}

function encodePressure(pressure: Pressure | undefined) {
  if (pressure === undefined) return {};
  const { some, full } = pressure;
  return {
    psi: {
      some: { ...some, total: toLong(some.totalUs) },
      full: { ...full, total: toLong(full.totalUs) },
    },
  };
}
