import type { BlockIoResources, CpuResources, MemoryResources, Resources } from "../../spec/types.ts";
import { CgroupError } from "../errors.ts";
import {
  checkPageSize,
  compilePids,
  compileRdma,
  type FileWrite,
  type LimitContext,
  type LimitGroup,
  unlessZero,
  write,
} from "../limit-group.ts";
import { TOLERATE } from "../types.ts";

/** Version 1: which controller writes which files, in runc's order of controllers. */
export const V1_LIMITS: readonly LimitGroup[] = [
  { controller: "cpuset", compile: ({ cpu }) => compileCpuset(cpu ?? {}) },
  { controller: "memory", compile: ({ memory }, context) => compileMemory(memory ?? {}, context) },
  { controller: "cpu", compile: ({ cpu }, context) => compileCpu(cpu ?? {}, context) },
  { controller: "pids", compile: compilePids },
  { controller: "blkio", compile: ({ blockIO }) => compileBlkio(blockIO ?? {}) },
  { controller: "hugetlb", compile: compileHugetlb },
  { controller: "net_cls", compile: ({ network }) => write("net_cls.classid", unlessZero(network?.classID)) },
  { controller: "net_prio", compile: compileNetPrio },
  { controller: "rdma", compile: compileRdma },
];

function compileCpuset({ cpus, mems }: CpuResources): FileWrite[] {
  return [...write("cpuset.cpus", cpus), ...write("cpuset.mems", mems)];
}

function compileMemory(memory: MemoryResources, { isSwapFirst }: LimitContext): FileWrite[] {
  const limit = unlessZero(memory.limit);
  const swap = unlessZero(memory.swap);
  const limitWrites = write("memory.limit_in_bytes", limit);
  const swapWrites =
    swap === undefined && limit !== undefined && BigInt(limit) === -1n
      ? // Unlimited memory below a limit on both together would be neither; a kernel without swap accounting has no file.
        write("memory.memsw.limit_in_bytes", -1, TOLERATE.missing)
      : write("memory.memsw.limit_in_bytes", swap);
  // The kernel keeps memory ≤ memory+swap at every moment, so it matters which moves first.
  const both = isSwapFirst ? [...swapWrites, ...limitWrites] : [...limitWrites, ...swapWrites];
  return [
    ...both,
    ...write("memory.soft_limit_in_bytes", unlessZero(memory.reservation)),
    ...write("memory.oom_control", memory.disableOOMKiller ? 1 : undefined),
    ...compileSwappiness(memory),
  ];
}

function compileSwappiness({ swappiness }: MemoryResources): FileWrite[] {
  if (swappiness === undefined || BigInt(swappiness) === -1n) return [];
  if (BigInt(swappiness) < 0n || BigInt(swappiness) > 100n) {
    throw new CgroupError("bad-value", `memory.swappiness: ${swappiness} is not between 0 and 100`);
  }
  return write("memory.swappiness", swappiness);
}

/** What the kernel clamps `cpu.shares` to without a word. */
const MIN_SHARES = 2n;
const MAX_SHARES = 262144n;

function compileCpu(cpu: CpuResources, { purpose }: LimitContext): FileWrite[] {
  const shares = unlessZero(cpu.shares);
  if (shares !== undefined && BigInt(shares) > MAX_SHARES) {
    throw new CgroupError("bad-value", `cpu.shares: the maximum allowed cpu-shares is ${MAX_SHARES}`);
  }
  if (shares !== undefined && BigInt(shares) < MIN_SHARES) {
    throw new CgroupError("bad-value", `cpu.shares: the minimum allowed cpu-shares is ${MIN_SHARES}`);
  }
  return [
    ...compilePair("cpu.rt_period_us", cpu.realtimePeriod, "cpu.rt_runtime_us", cpu.realtimeRuntime, purpose),
    ...write("cpu.shares", shares),
    ...compileBandwidth(cpu, purpose),
    ...write("cpu.idle", cpu.idle),
  ];
}

function compileBandwidth(cpu: CpuResources, purpose: LimitContext["purpose"]): FileWrite[] {
  const isBandwidthSet = unlessZero(cpu.quota) !== undefined || unlessZero(cpu.period) !== undefined;
  const burst = write("cpu.cfs_burst_us", cpu.burst, TOLERATE.missing);
  // A burst may not exceed the quota: a smaller one goes before a smaller quota, a larger one after a larger quota.
  const early = purpose === "update" && isBandwidthSet ? burst.map(tolerateInvalid) : [];
  return [
    ...early,
    ...compilePair("cpu.cfs_period_us", cpu.period, "cpu.cfs_quota_us", cpu.quota, purpose),
    ...burst,
  ];
}

/**
 * A period and the part of it that may be used. On a used cgroup the new period can be invalid beside the old part: then it is
 * written again after the part. See sched_bwc, "Management".
 */
function compilePair(
  periodFile: string,
  period: CpuResources["period"],
  partFile: string,
  part: CpuResources["quota"],
  purpose: LimitContext["purpose"],
): FileWrite[] {
  const periodWrites = write(periodFile, unlessZero(period));
  const partWrites = write(partFile, unlessZero(part));
  if (purpose === "create" || periodWrites.length === 0 || partWrites.length === 0) {
    return [...periodWrites, ...partWrites];
  }
  return [...periodWrites.map(tolerateInvalid), ...partWrites, ...periodWrites];
}

function tolerateInvalid(fileWrite: FileWrite): FileWrite {
  return { ...fileWrite, tolerate: fileWrite.tolerate | TOLERATE.invalid };
}

// CFQ and with it `blkio.weight` went with kernel 5.0; we need 5.7 for other reasons, so BFQ's file is the only one.
function compileBlkio(blockIo: BlockIoResources): FileWrite[] {
  return [
    ...write("blkio.bfq.weight", unlessZero(blockIo.weight)),
    ...write("blkio.leaf_weight", unlessZero(blockIo.leafWeight)),
    ...(blockIo.weightDevice ?? []).flatMap(({ major, minor, weight, leafWeight }) => [
      ...(weight ? write("blkio.bfq.weight_device", `${major}:${minor} ${weight}`) : []),
      ...(leafWeight ? write("blkio.leaf_weight_device", `${major}:${minor} ${leafWeight}`) : []),
    ]),
    ...compileThrottle("read_bps", blockIo.throttleReadBpsDevice),
    ...compileThrottle("write_bps", blockIo.throttleWriteBpsDevice),
    ...compileThrottle("read_iops", blockIo.throttleReadIOPSDevice),
    ...compileThrottle("write_iops", blockIo.throttleWriteIOPSDevice),
  ];
}

function compileThrottle(kind: string, devices: BlockIoResources["throttleReadBpsDevice"]): FileWrite[] {
  return (devices ?? []).flatMap(({ major, minor, rate }) =>
    write(`blkio.throttle.${kind}_device`, `${major}:${minor} ${rate}`),
  );
}

function compileHugetlb({ hugepageLimits }: Resources): FileWrite[] {
  return (hugepageLimits ?? []).flatMap(({ pageSize, limit }) => [
    ...write(`hugetlb.${checkPageSize(pageSize)}.limit_in_bytes`, limit),
    // Reservations are counted since kernel 5.7.
    ...write(`hugetlb.${pageSize}.rsvd.limit_in_bytes`, limit, TOLERATE.missing),
  ]);
}

function compileNetPrio({ network }: Resources): FileWrite[] {
  return (network?.priorities ?? []).flatMap(({ name, priority }) =>
    write("net_prio.ifpriomap", `${name} ${priority}`),
  );
}

/** What the spec may ask for and this runtime (like runc) does not do on version 1. For the log. */
export function describeV1Ignored({ memory }: Resources): string[] {
  return [
    ...(unlessZero(memory?.kernel) === undefined ? [] : ["memory.kernel"]),
    ...(unlessZero(memory?.kernelTCP) === undefined ? [] : ["memory.kernelTCP"]),
  ].map((field) => `linux.resources.${field} is ignored: the kernel has given up this limit`);
}
