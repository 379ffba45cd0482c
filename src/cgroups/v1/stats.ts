import { readCgroupFile, readNumber, readPairs } from "../files.ts";
import { parseBlkio, parseCpuList } from "../stat-text.ts";
import type {
  BlkioEntry,
  BlkioStats,
  CpuStats,
  CpusetStats,
  HugetlbStats,
  MemoryEntry,
  MemoryStats,
} from "../types.ts";

/** Nanoseconds of a clock tick: USER_HZ is 100 on every processor we ship for. */
const TICK_NS = 10_000_000n;

/** `cpuacct` tells what was used, `cpu` how it was throttled. */
export function readV1Cpu(cpuacct: string | undefined, cpu: string | undefined): CpuStats {
  const ticks = readPairs(cpuacct, "cpuacct.stat");
  const throttling = readPairs(cpu, "cpu.stat");
  const perCpu = parseUsageAll(readCgroupFile(cpuacct, "cpuacct.usage_all") ?? "");
  return {
    totalNs: readCount(cpuacct, "cpuacct.usage"),
    userNs: (ticks["user"] ?? 0n) * TICK_NS,
    kernelNs: (ticks["system"] ?? 0n) * TICK_NS,
    perCpuNs: (readCgroupFile(cpuacct, "cpuacct.usage_percpu") ?? "")
      .split(/\s+/)
      .filter(Boolean)
      .map(BigInt),
    perCpuUserNs: perCpu.map(({ user }) => user),
    perCpuKernelNs: perCpu.map(({ system }) => system),
    periods: throttling["nr_periods"] ?? 0n,
    throttledPeriods: throttling["nr_throttled"] ?? 0n,
    throttledNs: throttling["throttled_time"] ?? 0n,
    bursts: throttling["nr_bursts"] ?? 0n,
    burstNs: throttling["burst_time"] ?? 0n,
  };
}

/** `cpu user system`, then a line for each processor. */
function parseUsageAll(text: string): { user: bigint; system: bigint }[] {
  return text.split("\n").flatMap((line) => {
    const [, user, system] = /^\d+ (\d+) (\d+)$/.exec(line) ?? [];
    return user === undefined || system === undefined ? [] : [{ user: BigInt(user), system: BigInt(system) }];
  });
}

export function readV1Memory(dir: string | undefined): MemoryStats {
  const stat = readPairs(dir, "memory.stat");
  const oom = readPairs(dir, "memory.oom_control");
  return {
    usage: readEntry(dir, "memory"),
    swap: readEntry(dir, "memory.memsw"),
    swapOnly: { limit: 0n, usage: 0n, max: 0n, failCount: 0n },
    kernel: readEntry(dir, "memory.kmem"),
    kernelTcp: readEntry(dir, "memory.kmem.tcp"),
    cacheBytes: stat["cache"] ?? 0n,
    stat,
    events: {},
    oom: {
      killDisabled: oom["oom_kill_disable"] ?? 0n,
      underOom: oom["under_oom"] ?? 0n,
      killCount: oom["oom_kill"] ?? 0n,
    },
  };
}

function readEntry(dir: string | undefined, prefix: string): MemoryEntry {
  return {
    limit: readCount(dir, `${prefix}.limit_in_bytes`),
    usage: readCount(dir, `${prefix}.usage_in_bytes`),
    max: readCount(dir, `${prefix}.max_usage_in_bytes`),
    failCount: readCount(dir, `${prefix}.failcnt`),
  };
}

/**
 * Which files count I/O depends on the scheduler: BFQ's, CFQ's (before kernel 5.0) or the throttling layer's. The first set
 * that exists counts, as in runc; a set that exists may count nothing when another scheduler runs the disk.
 */
const BLKIO_SETS: readonly { readonly prefix: string; readonly suffix: string }[] = [
  { prefix: "blkio.bfq.", suffix: "_recursive" },
  { prefix: "blkio.bfq.", suffix: "" },
  { prefix: "blkio.", suffix: "_recursive" },
  { prefix: "blkio.throttle.", suffix: "_recursive" },
  { prefix: "blkio.throttle.", suffix: "" },
];

export function readV1Blkio(dir: string): BlkioStats {
  const sets = BLKIO_SETS.map(
    ({ prefix, suffix }) =>
      (name: string) =>
        readCgroupFile(dir, `${prefix}${name}${suffix}`),
  );
  const existing = sets.filter((read) => read("io_serviced") !== undefined);
  // BFQ's files are there but empty while another scheduler has the disks: the throttling layer then knows more.
  const read =
    existing.find((candidate) => parseBlkio(candidate("io_serviced") ?? "").length > 0) ?? existing[0];
  const entries = (name: string): BlkioEntry[] => parseBlkio(read?.(name) ?? "");
  return {
    ioServiceBytes: entries("io_service_bytes"),
    ioServiced: entries("io_serviced"),
    ioQueued: entries("io_queued"),
    ioServiceTime: entries("io_service_time"),
    ioWaitTime: entries("io_wait_time"),
    ioMerged: entries("io_merged"),
    ioTime: entries("time"),
    sectors: entries("sectors"),
    io: [],
  };
}

export function readV1Hugetlb(dir: string, pageSize: string): HugetlbStats {
  // Reservations, where the kernel counts them (5.7), are what a limit acts on.
  const reserved = `hugetlb.${pageSize}.rsvd`;
  const prefix =
    readNumber(dir, `${reserved}.usage_in_bytes`) === undefined ? `hugetlb.${pageSize}` : reserved;
  return {
    pageSize,
    usage: readCount(dir, `${prefix}.usage_in_bytes`),
    max: readCount(dir, `${prefix}.max_usage_in_bytes`),
    limit: readCount(dir, `${prefix}.limit_in_bytes`),
    failCount: readCount(dir, `${prefix}.failcnt`),
  };
}

export function readV1Cpuset(dir: string): CpusetStats {
  return {
    cpus: parseCpuList(readCgroupFile(dir, "cpuset.cpus") ?? ""),
    mems: parseCpuList(readCgroupFile(dir, "cpuset.mems") ?? ""),
    cpuExclusive: readCount(dir, "cpuset.cpu_exclusive"),
    memHardwall: readCount(dir, "cpuset.mem_hardwall"),
    memExclusive: readCount(dir, "cpuset.mem_exclusive"),
    memoryMigrate: readCount(dir, "cpuset.memory_migrate"),
    memorySpreadPage: readCount(dir, "cpuset.memory_spread_page"),
    memorySpreadSlab: readCount(dir, "cpuset.memory_spread_slab"),
    memoryPressure: readCount(dir, "cpuset.memory_pressure"),
    schedLoadBalance: readCount(dir, "cpuset.sched_load_balance"),
    schedRelaxDomainLevel: readCount(dir, "cpuset.sched_relax_domain_level"),
  };
}

function readCount(dir: string | undefined, file: string): bigint {
  const value = readNumber(dir, file);
  return value === undefined || value === "max" ? 0n : value;
}
