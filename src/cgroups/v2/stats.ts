import { readCgroupFile, readNumber, readPairs } from "../files.ts";
import { parseIoStat, parsePressure } from "../stat-text.ts";
import type {
  BlkioEntry,
  BlkioStats,
  CpuStats,
  HugetlbStats,
  IoEntry,
  MemoryEntry,
  MemoryStats,
  Pressure,
} from "../types.ts";

/** "max" as a number; runc and containerd report an absent limit so. */
const UNLIMITED = 2n ** 64n - 1n;

export function readV2Cpu(dir: string | undefined): CpuStats {
  const stat = readPairs(dir, "cpu.stat");
  const us = (key: string): bigint => (stat[key] ?? 0n) * 1000n;
  return {
    totalNs: us("usage_usec"),
    userNs: us("user_usec"),
    kernelNs: us("system_usec"),
    perCpuNs: [],
    perCpuUserNs: [],
    perCpuKernelNs: [],
    periods: stat["nr_periods"] ?? 0n,
    throttledPeriods: stat["nr_throttled"] ?? 0n,
    throttledNs: us("throttled_usec"),
    bursts: stat["nr_bursts"] ?? 0n,
    burstNs: us("burst_usec"),
    ...readPressure(dir, "cpu.pressure"),
  };
}

export function readV2Memory(dir: string | undefined): MemoryStats {
  const stat = readPairs(dir, "memory.stat");
  const events = readPairs(dir, "memory.events");
  const usage = readEntry(dir, "memory");
  const swapOnly = readEntry(dir, "memory.swap");
  return {
    usage,
    swap: {
      limit: addLimits(usage.limit, swapOnly.limit),
      usage: usage.usage + swapOnly.usage,
      max: usage.max,
      failCount: 0n,
    },
    swapOnly,
    kernel: { limit: 0n, usage: 0n, max: 0n, failCount: 0n },
    kernelTcp: { limit: 0n, usage: 0n, max: 0n, failCount: 0n },
    cacheBytes: stat["file"] ?? 0n,
    stat,
    events,
    oom: { killDisabled: 0n, underOom: 0n, killCount: events["oom_kill"] ?? 0n },
    ...readPressure(dir, "memory.pressure"),
  };
}

function readEntry(dir: string | undefined, prefix: string): MemoryEntry {
  return {
    limit: readLimit(dir, `${prefix}.max`),
    usage: readCount(dir, `${prefix}.current`),
    max: readCount(dir, `${prefix}.peak`), // memory.peak since kernel 5.19, swap.peak since 6.5
    failCount: 0n,
  };
}

function addLimits(memory: bigint, swap: bigint): bigint {
  return memory === UNLIMITED || swap === UNLIMITED ? UNLIMITED : memory + swap;
}

/** The entries as they are, and as the two v1 lists that runc's `events` shows for them. */
export function readV2Io(dir: string | undefined): BlkioStats {
  const io = parseIoStat(readCgroupFile(dir, "io.stat") ?? "");
  return {
    ioServiceBytes: io.flatMap((entry) => toEntries(entry, entry.rbytes, entry.wbytes)),
    ioServiced: io.flatMap((entry) => toEntries(entry, entry.rios, entry.wios)),
    ioQueued: [],
    ioServiceTime: [],
    ioWaitTime: [],
    ioMerged: [],
    ioTime: [],
    sectors: [],
    io,
    ...readPressure(dir, "io.pressure"),
  };
}

function toEntries({ major, minor }: IoEntry, read: bigint, written: bigint): BlkioEntry[] {
  return [
    { major, minor, op: "Read", value: read },
    { major, minor, op: "Write", value: written },
  ];
}

export function readV2Hugetlb(dir: string, pageSize: string): HugetlbStats {
  // Reservations, where the kernel counts them (5.7), are what a limit acts on.
  const reserved = `hugetlb.${pageSize}.rsvd`;
  const prefix = readNumber(dir, `${reserved}.current`) === undefined ? `hugetlb.${pageSize}` : reserved;
  return {
    pageSize,
    usage: readCount(dir, `${prefix}.current`),
    max: 0n, // v2 keeps no peak
    limit: readLimit(dir, `${prefix}.max`),
    failCount: readPairs(dir, `hugetlb.${pageSize}.events`)["max"] ?? 0n,
  };
}

function readPressure(dir: string | undefined, file: string): { readonly pressure?: Pressure } {
  const pressure = parsePressure(readCgroupFile(dir, file) ?? "");
  return pressure ? { pressure } : {};
}

function readCount(dir: string | undefined, file: string): bigint {
  const value = readNumber(dir, file);
  return value === undefined || value === "max" ? 0n : value;
}

function readLimit(dir: string | undefined, file: string): bigint {
  const value = readNumber(dir, file);
  return value === "max" ? UNLIMITED : (value ?? 0n);
}
