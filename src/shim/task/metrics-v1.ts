import type { BlkioEntry, CgroupStats, MemoryEntry } from "../../cgroups/types.ts";
import { io } from "../../gen/metrics.js";
import { toLong } from "./long.ts";

type Properties = io.containerd.cgroups.v1.Metrics.$Properties;
type MemoryProperties = io.containerd.cgroups.v1.MemoryStat.$Properties;

/** The counters that `memory.stat` has twice: as they are, and with "total_" for the cgroup and all below it. */
const MEMORY_KEYS = {
  cache: ["cache", "totalCache"],
  rss: ["rss", "totalRss"],
  rss_huge: ["rssHuge", "totalRssHuge"],
  mapped_file: ["mappedFile", "totalMappedFile"],
  dirty: ["dirty", "totalDirty"],
  writeback: ["writeback", "totalWriteback"],
  pgpgin: ["pgPgIn", "totalPgPgIn"],
  pgpgout: ["pgPgOut", "totalPgPgOut"],
  pgfault: ["pgFault", "totalPgFault"],
  pgmajfault: ["pgMajFault", "totalPgMajFault"],
  inactive_anon: ["inactiveAnon", "totalInactiveAnon"],
  active_anon: ["activeAnon", "totalActiveAnon"],
  inactive_file: ["inactiveFile", "totalInactiveFile"],
  active_file: ["activeFile", "totalActiveFile"],
  unevictable: ["unevictable", "totalUnevictable"],
} as const satisfies Record<string, readonly [keyof MemoryProperties, keyof MemoryProperties]>;

/** Encode io.containerd.cgroups.v1.Metrics: for hosts whose controllers are version 1, hybrid ones included. */
export function encodeMetricsV1(stats: CgroupStats): Uint8Array {
  const { cpu, memory, pids, blkio } = stats;
  const metrics: Properties = {
    hugetlb: stats.hugetlb.map((size) => ({
      usage: toLong(size.usage),
      max: toLong(size.max),
      failcnt: toLong(size.failCount),
      pagesize: size.pageSize,
    })),
    pids: { current: toLong(pids.current), limit: toLong(pids.limit) },
    cpu: {
      usage: {
        total: toLong(cpu.totalNs),
        kernel: toLong(cpu.kernelNs),
        user: toLong(cpu.userNs),
        perCpu: cpu.perCpuNs.map(toLong),
      },
      throttling: {
        periods: toLong(cpu.periods),
        throttledPeriods: toLong(cpu.throttledPeriods),
        throttledTime: toLong(cpu.throttledNs),
      },
    },
    memory: encodeMemory(stats),
    blkio: {
      ioServiceBytesRecursive: blkio.ioServiceBytes.map(encodeBlkio),
      ioServicedRecursive: blkio.ioServiced.map(encodeBlkio),
      ioQueuedRecursive: blkio.ioQueued.map(encodeBlkio),
      ioServiceTimeRecursive: blkio.ioServiceTime.map(encodeBlkio),
      ioWaitTimeRecursive: blkio.ioWaitTime.map(encodeBlkio),
      ioMergedRecursive: blkio.ioMerged.map(encodeBlkio),
      ioTimeRecursive: blkio.ioTime.map(encodeBlkio),
      sectorsRecursive: blkio.sectors.map(encodeBlkio),
    },
    rdma: { current: [...stats.rdma.current], limit: [...stats.rdma.limit] },
    memoryOomControl: {
      oomKillDisable: toLong(memory.oom.killDisabled),
      underOom: toLong(memory.oom.underOom),
      oomKill: toLong(memory.oom.killCount),
    },
  };
  return io.containerd.cgroups.v1.Metrics.encode(metrics).finish();
}

function encodeMemory({ memory }: CgroupStats): MemoryProperties {
  const { stat } = memory;
  const result: MemoryProperties = {
    hierarchicalMemoryLimit: toLong(stat["hierarchical_memory_limit"] ?? 0n),
    hierarchicalSwapLimit: toLong(stat["hierarchical_memsw_limit"] ?? 0n),
    usage: encodeEntry(memory.usage),
    swap: encodeEntry(memory.swap),
    kernel: encodeEntry(memory.kernel),
    kernelTcp: encodeEntry(memory.kernelTcp),
  };
  for (const [key, [own, total]] of Object.entries(MEMORY_KEYS)) {
    result[own] = toLong(stat[key] ?? 0n);
    result[total] = toLong(stat[`total_${key}`] ?? 0n);
  }
  return result;
}

function encodeEntry(entry: MemoryEntry) {
  return {
    limit: toLong(entry.limit),
    usage: toLong(entry.usage),
    max: toLong(entry.max),
    failcnt: toLong(entry.failCount),
  };
}

function encodeBlkio(entry: BlkioEntry) {
  return {
    op: entry.op,
    major: toLong(entry.major),
    minor: toLong(entry.minor),
    value: toLong(entry.value),
  };
}
