import type { BlockIoResources, CpuResources, Int64, MemoryResources, Resources } from "../../spec/types.ts";
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

/** Version 2: which controller writes which files, in runc's order of controllers. */
export const V2_LIMITS: readonly LimitGroup[] = [
  { controller: "pids", compile: compilePids },
  { controller: "memory", compile: ({ memory }) => compileMemory(memory ?? {}) },
  { controller: "io", compile: ({ blockIO }, context) => compileIo(blockIO ?? {}, context) },
  { controller: "cpu", compile: ({ cpu }, context) => compileCpu(cpu ?? {}, context) },
  {
    controller: "cpuset",
    compile: ({ cpu }) => [...write("cpuset.cpus", cpu?.cpus), ...write("cpuset.mems", cpu?.mems)],
  },
  { controller: "hugetlb", compile: compileHugetlb },
  { controller: "rdma", compile: compileRdma },
];

function compileMemory(memory: MemoryResources): FileWrite[] {
  const swap = convertSwap(memory.limit, memory.swap);
  return [
    // A kernel without swap accounting cannot give what "max" and "0" take away.
    ...write("memory.swap.max", swap, swap === "max" || swap === "0" ? TOLERATE.missing : TOLERATE.none),
    ...write("memory.max", maxIfNegative(unlessZero(memory.limit))),
    ...write("memory.low", maxIfNegative(unlessZero(memory.reservation))),
  ];
}

/**
 * The spec limits memory and swap together, as v1 does; v2 limits swap alone.
 * @returns the value of `memory.swap.max`, or undefined to leave it
 */
export function convertSwap(limit: Int64 | undefined, swap: Int64 | undefined): string | undefined {
  const memory = BigInt(limit ?? 0);
  const both = BigInt(swap ?? 0);
  if (both === 0n) return memory === -1n ? "max" : undefined;
  if (both === -1n) return "max";
  if (memory === -1n) return String(both);
  if (memory === 0n) {
    throw new CgroupError("bad-value", "memory.swap: unable to set swap limit without memory limit");
  }
  if (memory < 0n || both < memory) {
    throw new CgroupError(
      "bad-value",
      `memory.swap: ${both} (memory+swap) is less than memory.limit ${memory}`,
    );
  }
  return String(both - memory);
}

function maxIfNegative(value: Int64 | undefined): string | undefined {
  if (value === undefined) return undefined;
  return BigInt(value) < 0n ? "max" : String(value);
}

const DEFAULT_PERIOD_US = 100_000;

function compileCpu(cpu: CpuResources, { purpose, currentQuota }: LimitContext): FileWrite[] {
  const isIdle = cpu.idle !== undefined && BigInt(cpu.idle) === 1n;
  // An idle group has a fixed weight: writing one is an error.
  const weight = isIdle ? undefined : convertShares(cpu.shares);
  const quota = maxIfNegative(unlessZero(cpu.quota));
  const period = unlessZero(cpu.period);
  const burst = write("cpu.max.burst", cpu.burst);
  let max: string | undefined;
  if (period !== undefined) max = `${quota ?? currentQuota} ${period}`;
  // On a used cgroup a quota alone keeps the period in force.
  else if (quota !== undefined) max = purpose === "update" ? quota : `${quota} ${DEFAULT_PERIOD_US}`;
  return [
    ...write("cpu.idle", cpu.idle),
    ...write("cpu.weight", weight),
    // A smaller burst goes before a smaller quota, a larger one after a larger quota.
    ...(purpose === "update" && max !== undefined
      ? burst.map((early) => ({ ...early, tolerate: TOLERATE.invalid }))
      : []),
    ...write("cpu.max", max),
    ...burst,
  ];
}

/**
 * v1 shares (2 … 262144, 1024 by default) as v2 weight (1 … 10000, 100 by default), by the formula that keeps the defaults
 * together, which runc (1.3.2) and crun use.
 *
 * @returns undefined for shares that are not given
 */
export function convertShares(shares: Int64 | undefined): number | undefined {
  const given = unlessZero(shares);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (value <= 2) return 1;
  if (value >= 262144) return 10000;
  const l = Math.log2(value);
  return Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34));
}

function compileIo(blockIo: BlockIoResources, context: LimitContext): FileWrite[] {
  const { weight, weightDevice } = blockIo;
  return [
    ...(weight ? [compileIoWeight("", weight, context)] : []),
    ...(weightDevice ?? []).flatMap((device) =>
      device.weight ? [compileIoWeight(`${device.major}:${device.minor} `, device.weight, context)] : [],
    ),
    ...compileIoMax("rbps", blockIo.throttleReadBpsDevice),
    ...compileIoMax("wbps", blockIo.throttleWriteBpsDevice),
    ...compileIoMax("riops", blockIo.throttleReadIOPSDevice),
    ...compileIoMax("wiops", blockIo.throttleWriteIOPSDevice),
  ];
}

/** BFQ takes the spec's weight (10 … 1000) as it is; `io.weight` counts from 1 to 10000. */
function compileIoWeight(device: string, weight: number, { ioWeightFiles }: LimitContext): FileWrite {
  if (ioWeightFiles.includes("io.bfq.weight")) {
    return { file: "io.bfq.weight", value: `${device}${weight}`, tolerate: TOLERATE.none };
  }
  if (ioWeightFiles.includes("io.weight")) {
    const converted = 1 + Math.floor(((weight - 10) * 9999) / 990);
    return { file: "io.weight", value: `${device}${converted}`, tolerate: TOLERATE.none };
  }
  throw new CgroupError(
    "missing-controller",
    "cannot set io limit blockIO.weight: this kernel has neither io.bfq.weight nor io.weight",
  );
}

function compileIoMax(key: string, devices: BlockIoResources["throttleReadBpsDevice"]): FileWrite[] {
  return (devices ?? []).flatMap(({ major, minor, rate }) =>
    write("io.max", `${major}:${minor} ${key}=${BigInt(rate) === 0n ? "max" : rate}`),
  );
}

function compileHugetlb({ hugepageLimits }: Resources): FileWrite[] {
  return (hugepageLimits ?? []).flatMap(({ pageSize, limit }) => [
    ...write(`hugetlb.${checkPageSize(pageSize)}.max`, limit),
    // Reservations are counted since kernel 5.7.
    ...write(`hugetlb.${pageSize}.rsvd.max`, limit, TOLERATE.missing),
  ]);
}

/**
 * The `unified` map: file → value, written line by line after everything else.
 * @returns the controller (the part before the first dot; "cgroup" for the core's files) with each write
 */
export function compileUnified(resources: Resources): (readonly [controller: string, FileWrite])[] {
  return Object.entries(resources.unified ?? {}).flatMap(([file, value]) => {
    // It becomes a file name, and comes from whoever writes pods.
    const controller = /^([a-z0-9_]+)\.[A-Za-z0-9_.]+$/.exec(file)?.[1];
    if (controller === undefined || file.includes("..")) {
      throw new CgroupError("bad-value", `unified: ${JSON.stringify(file)} is not the name of a cgroup file`);
    }
    return value
      .split("\n")
      .filter((line) => line !== "")
      .flatMap((line) => write(file, line).map((fileWrite) => [controller, fileWrite] as const));
  });
}

/** What the spec may ask for and version 2 does not have; runc ignores it too. For the log. */
export function describeV2Ignored(resources: Resources): string[] {
  const { memory, cpu, blockIO, network } = resources;
  return [
    ...(unlessZero(memory?.kernel) === undefined ? [] : ["memory.kernel"]),
    ...(unlessZero(memory?.kernelTCP) === undefined ? [] : ["memory.kernelTCP"]),
    ...(memory?.swappiness === undefined ? [] : ["memory.swappiness"]),
    ...(memory?.disableOOMKiller ? ["memory.disableOOMKiller"] : []),
    ...(unlessZero(cpu?.realtimeRuntime) === undefined ? [] : ["cpu.realtimeRuntime"]),
    ...(unlessZero(cpu?.realtimePeriod) === undefined ? [] : ["cpu.realtimePeriod"]),
    ...(blockIO?.leafWeight ? ["blockIO.leafWeight"] : []),
    ...(network?.classID ? ["network.classID"] : []),
    ...(network?.priorities?.length ? ["network.priorities"] : []),
  ].map((field) => `linux.resources.${field} is ignored: cgroup version 2 has nothing like it`);
}
