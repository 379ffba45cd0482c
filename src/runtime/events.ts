import type { BlkioEntry, CgroupStats, MemoryEntry, Pressure, PressureLine } from "../cgroups/types.ts";
import type { ContainerId } from "../core/brand.ts";
import type { RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";
import { inspectContainer } from "./inspect.ts";

/** One line of `events`. */
export interface ContainerEvent {
  readonly type: "stats" | "oom";
  readonly id: string;
  readonly data?: unknown;
}

/** Current figures in runc's form. @throws {RuntimeError} code "not-running"; {StateError} code "missing" */
export async function readStatsEvent(context: RuntimeContext, id: ContainerId): Promise<ContainerEvent> {
  const { status, cgroup } = await inspectContainer(context, id);
  if (status === "stopped") throw new RuntimeError("not-running", `container with id ${id} is not running`);
  return { type: "stats", id, data: statsDocument(await cgroup.stats()) };
}

/**
 * Statistics every `intervalMs`, and an "oom" event whenever the kernel's OOM killer struck in between, until the
 * container stops.
 *
 * @throws {RuntimeError} code "not-running" when it is not running at the beginning
 */
export async function* watchEvents(
  context: RuntimeContext,
  id: ContainerId,
  intervalMs: number,
): AsyncGenerator<ContainerEvent> {
  const { status, cgroup } = await inspectContainer(context, id);
  if (status === "stopped") throw new RuntimeError("not-running", `container with id ${id} is not running`);
  let seenKills = await cgroup.oomKillCount();
  let nextStatsAt = Date.now() + intervalMs;
  for (;;) {
    // The kill counter is one small file: looked at more often than the statistics.
    await new Promise((resolve) => setTimeout(resolve, Math.min(OOM_LOOK_MS, intervalMs)));
    const kills = await cgroup.oomKillCount();
    if (kills > seenKills) yield { type: "oom", id };
    seenKills = kills;
    if (!(await isRunning(context, id))) return;
    if (Date.now() < nextStatsAt) continue;
    nextStatsAt = Date.now() + intervalMs;
    yield { type: "stats", id, data: statsDocument(await cgroup.stats()) };
  }
}

const OOM_LOOK_MS = 200;

async function isRunning(context: RuntimeContext, id: ContainerId): Promise<boolean> {
  try {
    return (await inspectContainer(context, id)).status !== "stopped";
  } catch {
    return false; // deleted meanwhile
  }
}

/** The `data` of a stats event: runc's field names; times in nanoseconds; what is zero is mostly left out, as there. */
export function statsDocument(stats: CgroupStats): Readonly<Record<string, unknown>> {
  const { cpu, memory, pids, blkio } = stats;
  return {
    cpu: {
      usage: {
        ...nonZero({ total: cpu.totalNs }),
        ...nonEmpty({
          percpu: cpu.perCpuNs,
          percpu_kernel: cpu.perCpuKernelNs,
          percpu_user: cpu.perCpuUserNs,
        }),
        kernel: cpu.kernelNs,
        user: cpu.userNs,
      },
      throttling: nonZero({
        periods: cpu.periods,
        throttledPeriods: cpu.throttledPeriods,
        throttledTime: cpu.throttledNs,
      }),
      ...pressure(cpu.pressure),
    },
    cpuset: stats.cpuset === undefined ? {} : cpusetDocument(stats.cpuset),
    memory: {
      ...nonZero({ cache: memory.cacheBytes }),
      usage: memoryEntry(memory.usage),
      swap: memoryEntry(memory.swap),
      kernel: memoryEntry(memory.kernel),
      kernelTCP: memoryEntry(memory.kernelTcp),
      raw: memory.stat,
      ...pressure(memory.pressure),
    },
    pids: nonZero({ current: pids.current, limit: pids.limit }),
    blkio: {
      ...nonEmpty({
        ioServiceBytesRecursive: blkio.ioServiceBytes.map(blkioEntry),
        ioServicedRecursive: blkio.ioServiced.map(blkioEntry),
        ioQueueRecursive: blkio.ioQueued.map(blkioEntry),
        ioServiceTimeRecursive: blkio.ioServiceTime.map(blkioEntry),
        ioWaitTimeRecursive: blkio.ioWaitTime.map(blkioEntry),
        ioMergedRecursive: blkio.ioMerged.map(blkioEntry),
        ioTimeRecursive: blkio.ioTime.map(blkioEntry),
        sectorsRecursive: blkio.sectors.map(blkioEntry),
      }),
      ...pressure(blkio.pressure),
    },
    hugetlb: Object.fromEntries(
      stats.hugetlb.map(({ pageSize, usage, max, failCount }) => [
        pageSize,
        { ...nonZero({ usage, max }), failcnt: failCount },
      ]),
    ),
    intel_rdt: {},
    network_interfaces: null,
  };
}

function cpusetDocument(cpuset: NonNullable<CgroupStats["cpuset"]>): Readonly<Record<string, unknown>> {
  return {
    ...nonEmpty({ cpus: cpuset.cpus }),
    cpu_exclusive: cpuset.cpuExclusive,
    ...nonEmpty({ mems: cpuset.mems }),
    mem_hardwall: cpuset.memHardwall,
    mem_exclusive: cpuset.memExclusive,
    memory_migrate: cpuset.memoryMigrate,
    memory_spread_page: cpuset.memorySpreadPage,
    memory_spread_slab: cpuset.memorySpreadSlab,
    memory_pressure: cpuset.memoryPressure,
    sched_load_balance: cpuset.schedLoadBalance,
    sched_relax_domain_level: cpuset.schedRelaxDomainLevel,
  };
}

function memoryEntry(entry: MemoryEntry): Readonly<Record<string, unknown>> {
  return { limit: entry.limit, ...nonZero({ usage: entry.usage, max: entry.max }), failcnt: entry.failCount };
}

function blkioEntry(entry: BlkioEntry): Readonly<Record<string, unknown>> {
  const { major, minor, op, value } = entry;
  return { ...nonZero({ major, minor }), ...(op === "" ? {} : { op }), ...nonZero({ value }) };
}

function pressure(value: Pressure | undefined): Readonly<Record<string, unknown>> {
  return value === undefined
    ? {}
    : { psi: { some: pressureLine(value.some), full: pressureLine(value.full) } };
}

function pressureLine(line: PressureLine): Readonly<Record<string, unknown>> {
  return { avg10: line.avg10, avg60: line.avg60, avg300: line.avg300, total: line.totalUs };
}

function nonZero(fields: Readonly<Record<string, bigint>>): Readonly<Record<string, bigint>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== 0n));
}

function nonEmpty(lists: Readonly<Record<string, readonly unknown[]>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
}
