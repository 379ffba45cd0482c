import type { Int64, Resources } from "../spec/types.ts";
import { CgroupError } from "./errors.ts";
import { TOLERATE } from "./types.ts";

/** A write into a file of a cgroup directory that is not known yet. */
export interface FileWrite {
  readonly file: string;
  readonly value: string;
  readonly tolerate: number;
}

/** What decides between several right ways to write the same limits. */
export interface LimitContext {
  /** A new cgroup has the kernel's defaults; on a used one the order of writes depends on what is there. */
  readonly purpose: "create" | "update";
  /** v1 update: raise memory+swap before memory, or lower it after. */
  readonly isSwapFirst: boolean;
  /** `io.weight`, `io.bfq.weight`: which of them exist. */
  readonly ioWeightFiles: readonly string[];
  /** v2 update: the quota in force ("max" or microseconds), for a period that comes without one. */
  readonly currentQuota: string;
}

/** The context of a new cgroup. */
export const CREATE: LimitContext = {
  purpose: "create",
  isSwapFirst: false,
  ioWeightFiles: [],
  currentQuota: "max",
};

/** What one controller does with resources; an empty list when they ask nothing of it. */
export interface LimitGroup {
  readonly controller: string;
  compile(resources: Resources, context: LimitContext): FileWrite[];
}

/** One write as a list; nothing for a value that is not set. */
export function write(
  file: string,
  value: Int64 | string | undefined,
  tolerate: number = TOLERATE.none,
): FileWrite[] {
  return value === undefined || value === "" ? [] : [{ file, value: String(value), tolerate }];
}

/** In Go, where these fields come from, 0 is "not given". */
export function unlessZero(value: Int64 | undefined): Int64 | undefined {
  return value === undefined || BigInt(value) === 0n ? undefined : value;
}

/** A huge page size as the kernel names files, e.g. "2MB": it becomes part of a file name. */
export function checkPageSize(pageSize: string): string {
  if (!/^[1-9][0-9]*[KMG]B$/.test(pageSize)) {
    throw new CgroupError(
      "bad-value",
      `hugepageLimits: pageSize ${JSON.stringify(pageSize)} is not like "2MB"`,
    );
  }
  return pageSize;
}

/** Lines of `rdma.max`. */
export function compileRdma(resources: Resources): FileWrite[] {
  return Object.entries(resources.rdma ?? {}).flatMap(([device, { hcaHandles, hcaObjects }]) => {
    const limits = [
      ...(hcaHandles === undefined ? [] : [`hca_handle=${hcaHandles}`]),
      ...(hcaObjects === undefined ? [] : [`hca_object=${hcaObjects}`]),
    ];
    return limits.length === 0 ? [] : write("rdma.max", [device, ...limits].join(" "));
  });
}

/** `pids.max` is the same in both versions. 0 becomes 1, the smallest limit, as runc does. */
export function compilePids(resources: Resources): FileWrite[] {
  const limit = resources.pids?.limit;
  if (limit === undefined) return [];
  const count = BigInt(limit);
  return write("pids.max", count < 0n ? "max" : count === 0n ? 1 : count);
}
