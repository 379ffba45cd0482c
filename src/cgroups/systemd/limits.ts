import type { Variant } from "../../host/dbus/wire.ts";
import type { CpuResources, Int64, Resources } from "../../spec/types.ts";
import { CgroupError } from "../errors.ts";
import { unlessZero } from "../limit-group.ts";
import type { CgroupMode } from "../types.ts";
import { convertShares, convertSwap } from "../v2/limits.ts";

/** A property of a unit as systemd's D-Bus calls take it. */
export type UnitProperty = readonly [name: string, value: Variant];

/** systemd's "infinity" of every limit, CGROUP_LIMIT_MAX and USEC_INFINITY. */
const INFINITY = 2n ** 64n - 1n;
/** Versions that brought a property in; older ones refuse the whole call for it. */
const SINCE = { cpuQuotaPeriod: 242n, cpuset: 244n, cpuIdle: 252n, oomPolicy: 253n } as const;

/**
 * Limits as properties of a unit. Only what systemd has a word for: the files of the cgroup are written as well, with the exact
 * values. What they are for is that systemd does not undo them when it writes those files again.
 *
 * @param version systemd's, e.g. 252
 * @throws {CgroupError} code "bad-value"
 */
export function compileLimitProperties(
  resources: Resources,
  mode: CgroupMode,
  version: number,
): UnitProperty[] {
  const cpu = resources.cpu ?? {};
  const limits = mode === "v2" ? compileV2(resources, version) : compileV1(resources);
  return [
    ...limits,
    ...compileQuota(cpu.quota, cpu.period, version),
    ...compileTasksMax(resources.pids?.limit),
    ...(mode === "v2" ? compileCpuset(cpu, version) : []),
    // Last: what `unified` says goes over what the fields say, as in the files.
    ...(mode === "v2" ? compileUnified(resources.unified ?? {}, version) : []),
  ];
}

function compileV1({ memory, cpu, blockIO }: Resources): UnitProperty[] {
  return [
    ...uint64("MemoryLimit", infinite(unlessZero(memory?.limit))),
    ...uint64("CPUShares", unlessZero(cpu?.shares)),
    ...uint64("BlockIOWeight", unlessZero(blockIO?.weight)),
  ];
}

function compileV2({ memory, cpu }: Resources, version: number): UnitProperty[] {
  const swap = convertSwap(memory?.limit, memory?.swap);
  const isIdle = cpu?.idle !== undefined && BigInt(cpu.idle) === 1n;
  return [
    ...uint64("MemoryMax", infinite(unlessZero(memory?.limit))),
    ...uint64("MemoryLow", infinite(unlessZero(memory?.reservation))),
    ...uint64("MemorySwapMax", swap === undefined ? undefined : parseMax(swap)),
    ...(isIdle
      ? uint64("CPUWeight", isSince("cpuIdle", version) ? 0n : undefined)
      : uint64("CPUWeight", convertShares(cpu?.shares))),
  ];
}

/** systemd keeps a share of a second, in steps of ten milliseconds: rounded up, so that it is never less than asked for. */
function compileQuota(quota: Int64 | undefined, period: Int64 | undefined, version: number): UnitProperty[] {
  const quotaUs = BigInt(quota ?? 0);
  const periodUs = BigInt(period ?? 0);
  if (quotaUs === 0n && periodUs === 0n) return [];
  let perSecond = INFINITY;
  if (quotaUs > 0n) {
    perSecond = (quotaUs * 1_000_000n) / (periodUs === 0n ? 100_000n : periodUs);
    if (perSecond % 10_000n !== 0n) perSecond = (perSecond / 10_000n + 1n) * 10_000n;
  }
  return [
    ...uint64(
      "CPUQuotaPeriodUSec",
      periodUs === 0n || !isSince("cpuQuotaPeriod", version) ? undefined : periodUs,
    ),
    ...uint64("CPUQuotaPerSecUSec", perSecond),
  ];
}

function compileTasksMax(limit: Int64 | undefined): UnitProperty[] {
  if (limit === undefined) return [];
  const count = BigInt(limit);
  return uint64("TasksMax", count < 0n ? INFINITY : count === 0n ? 1n : count);
}

function compileCpuset({ cpus, mems }: CpuResources, version: number): UnitProperty[] {
  if (!isSince("cpuset", version)) return [];
  return [
    ...(cpus ? [bytes("AllowedCPUs", parseRanges(cpus, "cpu.cpus"))] : []),
    ...(mems ? [bytes("AllowedMemoryNodes", parseRanges(mems, "cpu.mems"))] : []),
  ];
}

/** Numbers and ranges ("0-2,7") as a set of bits, the lowest first. @throws {CgroupError} code "bad-value" */
export function parseRanges(text: string, field: string): number[] {
  const set: number[] = [];
  for (const part of text.split(",").map((range) => range.trim())) {
    if (part === "") continue;
    const [first, last = first] = part.split("-").map(Number);
    if (
      !/^\d+(-\d+)?$/.test(part) ||
      first === undefined ||
      last === undefined ||
      last < first ||
      last > 65535
    ) {
      throw new CgroupError(
        "bad-value",
        `${field}: ${JSON.stringify(text)} is no list of numbers and ranges`,
      );
    }
    for (let bit = first; bit <= last; bit++) set[bit >> 3] = (set[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return Array.from(set, (byte) => byte ?? 0);
}

/** The files of `unified` that are properties too. */
function compileUnified(unified: Readonly<Record<string, string>>, version: number): UnitProperty[] {
  return Object.entries(unified).flatMap(([file, value]): UnitProperty[] => {
    const text = value.trim();
    switch (file) {
      case "cpu.idle":
        return text === "1" && isSince("cpuIdle", version) ? uint64("CPUWeight", 0n) : [];
      case "cpu.weight":
        return uint64("CPUWeight", parseCount(file, text));
      case "cpu.max": {
        const [quota = "max", period] = text.split(/\s+/);
        const quotaUs = quota === "max" ? -1n : parseCount(file, quota);
        return compileQuota(quotaUs, period === undefined ? undefined : parseCount(file, period), version);
      }
      case "cpuset.cpus":
        return compileCpuset({ cpus: text }, version);
      case "cpuset.mems":
        return compileCpuset({ mems: text }, version);
      case "memory.high":
        return uint64("MemoryHigh", parseLimit(file, text));
      case "memory.low":
        return uint64("MemoryLow", parseLimit(file, text));
      case "memory.min":
        return uint64("MemoryMin", parseLimit(file, text));
      case "memory.max":
        return uint64("MemoryMax", parseLimit(file, text));
      case "memory.swap.max":
        return uint64("MemorySwapMax", parseLimit(file, text));
      case "pids.max":
        return uint64("TasksMax", parseLimit(file, text));
      default:
        return []; // written to its file, and nothing of systemd's
    }
  });
}

/**
 * What a unit can only be started with: `memory.oom.group` means that all die together, so systemd is told to end the rest.
 */
export function compileOomPolicy(resources: Resources, version: number): UnitProperty[] {
  if (resources.unified?.["memory.oom.group"]?.trim() !== "1" || !isSince("oomPolicy", version)) return [];
  return [["OOMPolicy", { signature: "s", value: "kill" }]];
}

function parseLimit(file: string, text: string): bigint {
  return text === "max" ? INFINITY : parseCount(file, text);
}

function parseCount(file: string, text: string): bigint {
  if (/^\d{1,20}$/.test(text) && BigInt(text) <= INFINITY) return BigInt(text);
  throw new CgroupError(
    "bad-value",
    `unified[${JSON.stringify(file)}]: ${JSON.stringify(text)} is no number`,
  );
}

function parseMax(text: string): bigint {
  return text === "max" ? INFINITY : BigInt(text);
}

function infinite(value: Int64 | undefined): bigint | undefined {
  if (value === undefined) return undefined;
  return BigInt(value) < 0n ? INFINITY : BigInt(value);
}

function isSince(what: keyof typeof SINCE, version: number): boolean {
  return BigInt(version) >= SINCE[what];
}

function uint64(name: string, value: Int64 | undefined): UnitProperty[] {
  return value === undefined ? [] : [[name, { signature: "t", value: BigInt(value) }]];
}

function bytes(name: string, value: readonly number[]): UnitProperty {
  return [name, { signature: "ay", value }];
}
