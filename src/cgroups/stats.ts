import { readdirSync } from "node:fs";
import { readCgroupFile, readNumber } from "./files.ts";
import { parseRdma } from "./stat-text.ts";
import type { CgroupPaths, CgroupStats, HugetlbStats } from "./types.ts";
import { readV1Blkio, readV1Cpu, readV1Cpuset, readV1Hugetlb, readV1Memory } from "./v1/stats.ts";
import { readV2Cpu, readV2Hugetlb, readV2Io, readV2Memory } from "./v2/stats.ts";

/**
 * Read everything a cgroup counts. Controllers that a hybrid host has on the unified side only are read there. The reads are
 * synchronous and few (about forty on v1, twenty on v2); none waits for a disk.
 */
export function readStats({ mode, paths }: CgroupPaths): CgroupStats {
  const unified = paths[""];
  if (mode === "v2") {
    return {
      mode,
      cpu: readV2Cpu(unified),
      memory: readV2Memory(unified),
      pids: readPids(unified),
      blkio: readV2Io(unified),
      hugetlb: readHugetlb(unified, ".current", readV2Hugetlb),
      rdma: readRdma(unified),
    };
  }
  const { memory, pids, cpuset, blkio, hugetlb, rdma } = paths;
  return {
    mode,
    cpu: readV1Cpu(paths["cpuacct"], paths["cpu"]),
    memory: readV1Memory(memory),
    pids: readPids(pids ?? unified),
    blkio: blkio === undefined ? readV2Io(unified) : readV1Blkio(blkio),
    hugetlb:
      hugetlb === undefined
        ? readHugetlb(unified, ".current", readV2Hugetlb)
        : readHugetlb(hugetlb, ".usage_in_bytes", readV1Hugetlb),
    rdma: readRdma(rdma ?? unified),
    ...(cpuset !== undefined && { cpuset: readV1Cpuset(cpuset) }),
  };
}

function readPids(dir: string | undefined): CgroupStats["pids"] {
  const limit = readNumber(dir, "pids.max");
  return { current: toCount(readNumber(dir, "pids.current")), limit: limit === "max" ? 0n : (limit ?? 0n) };
}

function readRdma(dir: string | undefined): CgroupStats["rdma"] {
  return {
    current: parseRdma(readCgroupFile(dir, "rdma.current") ?? ""),
    limit: parseRdma(readCgroupFile(dir, "rdma.max") ?? ""),
  };
}

/** The page sizes are in the file names: `hugetlb.2MB.current`. */
function readHugetlb(
  dir: string | undefined,
  suffix: string,
  readSize: (dir: string, pageSize: string) => HugetlbStats,
): HugetlbStats[] {
  if (dir === undefined) return [];
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch {
    return []; // the cgroup is gone: there is nothing to count
  }
  return names
    .filter((name) => name.startsWith("hugetlb.") && name.endsWith(suffix) && !name.includes(".rsvd."))
    .map((name) => name.slice("hugetlb.".length, -suffix.length))
    .sort()
    .map((pageSize) => readSize(dir, pageSize));
}

function toCount(value: bigint | "max" | undefined): bigint {
  return value === "max" || value === undefined ? 0n : value;
}
