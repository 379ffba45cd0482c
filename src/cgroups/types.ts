import type { Resources } from "../spec/types.ts";

/** `v1`: only version 1 hierarchies; `hybrid`: those and an extra version 2 one; `v2`: one unified hierarchy. */
export type CgroupMode = "v1" | "hybrid" | "v2";

/**
 * A container's cgroup: one absolute directory for each controller. Keys are version 1 controllers and
 * `name=systemd`; `""` is the unified hierarchy. Controllers mounted together share a directory. Kept in state.json.
 */
export interface CgroupPaths {
  readonly mode: CgroupMode;
  readonly paths: Readonly<Record<string, string>>;
  /** The unit that the cgroup belongs to, when systemd made it. */
  readonly unit?: CgroupUnit;
}

/** A unit of systemd's, and the bus on which it is reached. */
export interface CgroupUnit {
  readonly name: string;
  readonly bus: string;
}

/** A mounted hierarchy and the runtime's own place in it. */
export interface CgroupMount {
  readonly mountPoint: string;
  /** v1 controllers, or `name=…`; empty for v2. */
  readonly controllers: readonly string[];
  /** The runtime's own cgroup below the mount point, starting with "/". */
  readonly ownPath: string;
}

/** What planning must know about the machine; see `readCgroupHost`. */
export interface CgroupHost {
  readonly mode: CgroupMode;
  /** v1 hierarchies in mount order, then the unified one when there is one. */
  readonly mounts: readonly CgroupMount[];
  /** Controllers of the unified hierarchy's root (`cgroup.controllers`). */
  readonly unifiedControllers: readonly string[];
  /** `io.weight`, `io.bfq.weight`: which of them child cgroups have. Only read when a weight is asked for on v2. */
  readonly ioWeightFiles: readonly string[];
  /** Mount points in which an unprivileged runtime may not create a cgroup; empty for root. */
  readonly unwritable: readonly string[];
}

/** What a container wants of its cgroup. */
export interface CgroupRequest {
  readonly id: string;
  /** `linux.cgroupsPath`: absolute from the mount point, relative from the runtime's own cgroup. */
  readonly cgroupsPath: string | undefined;
  readonly resources: Resources | undefined;
  /** The runtime's effective user is not root. */
  readonly isRootless: boolean;
  /** The container has (or joins) a user namespace: device rules of v1 are left out, a v2 filter may fail. */
  readonly hasUserNamespace: boolean;
}

/** One write(2) into an existing file. `tolerate` is a sum of `TOLERATE` bits. */
export interface CgroupWrite {
  readonly path: string;
  readonly value: string;
  readonly tolerate: number;
}

/** Errors a write may end with and still count as done; the bits of docs/plan-format.md, `write-file`. */
export const TOLERATE = { none: 0, missing: 1, denied: 2, invalid: 4, busy: 8 } as const;

/** How a process gets into a cgroup. */
export interface CgroupJoin {
  /** v1 `tasks` files the process writes itself into. */
  readonly joins: readonly { readonly path: string; readonly tolerate: boolean }[];
  /** v2 directory for CLONE_INTO_CGROUP; also the unified hierarchy of a hybrid host. */
  readonly cloneInto?: string;
}

/** What is to be done so that a container gets its cgroup, in this order; absolute host paths. */
export interface CgroupSetup extends CgroupJoin {
  /** Directories to create, with their parents. */
  readonly dirs: readonly string[];
  /** v1 cpuset files to fill from the parent when blank, in order. */
  readonly fills: readonly { readonly path: string; readonly from: string }[];
  /** Controllers to enable (v2), then limits, in the order they must be written. */
  readonly writes: readonly CgroupWrite[];
  /** Written when the container's process is in its cgroup. */
  readonly lateWrites?: readonly CgroupWrite[];
  /** v2 device filter: 8-byte eBPF instructions. */
  readonly deviceProgram?: {
    readonly cgroupDir: string;
    readonly program: Uint8Array;
    readonly tolerate: boolean;
  };
  /** v1 `memory.oom_control` or v2 `memory.events`. */
  readonly oomFile?: string;
}

/** A mounted hierarchy and the container's place in it, as `cgroup` mounts of a spec need to know it. */
export interface CgroupHierarchy {
  readonly mountPoint: string;
  /** v1 controllers (or ["name=systemd"]); empty for v2. */
  readonly controllers: readonly string[];
  /** The container's own cgroup below the mount point, starting with "/". */
  readonly path: string;
}

/** The result of `planCgroup`. */
export interface CgroupPlan {
  readonly cgroup: CgroupPaths;
  readonly setup: CgroupSetup;
  /** On v1 and hybrid hosts the v1 hierarchies, on v2 the unified one. */
  readonly hierarchies: readonly CgroupHierarchy[];
  /** For the log: what the spec asked for and this host ignores by convention. */
  readonly warnings: readonly string[];
}

/** Who else has a part in an update. */
export interface UpdateOptions {
  /** Called before everything that is changed, and put back; what it throws, the step throws. */
  readonly beforeStep?: (what: string) => void;
  /** Called when every limit is set; when it throws they are put back. */
  readonly commit?: () => void;
}

/** The cgroup of one container, whatever the host's version. Made by `openCgroup`, which touches nothing. */
export interface CgroupManager {
  readonly paths: CgroupPaths;
  /** True when at least one of its directories exists. */
  exists(): Promise<boolean>;
  /**
   * Apply new limits; what `resources` does not name stays. Devices are never touched. A step that fails puts back
   * what was changed before it.
   * @throws {CgroupError} naming controller and file; what a callback throws; either says how the limits are now
   */
  update(resources: Resources, options?: UpdateOptions): Promise<void>;
  /** Current figures; a missing file or controller counts as zero or absent. */
  stats(): Promise<CgroupStats>;
  /** Freeze every process and wait until they are. @throws {CgroupError} code "freeze-timeout", thawed again */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** One file read; a missing cgroup is not frozen. */
  isFrozen(): Promise<boolean>;
  /** Process ids in the cgroup and below, ascending; empty when it is gone. */
  pids(): Promise<number[]>;
  /** Send a signal to every process in it and below; frozen ones die of SIGKILL as well. */
  kill(signal: number): Promise<void>;
  /** How often the kernel's OOM killer struck here; 0 when unknown. */
  oomKillCount(): Promise<number>;
  /** Remove the cgroup and its children; already gone is fine. @throws {CgroupError} code "remove-failed" */
  remove(): Promise<void>;
}

/** All counters are exact; a limit that is not set is 2^64-1 (v2) or what the kernel prints (v1). */
export interface CgroupStats {
  readonly mode: CgroupMode;
  readonly cpu: CpuStats;
  readonly memory: MemoryStats;
  /** `limit` 0: unlimited. */
  readonly pids: { readonly current: bigint; readonly limit: bigint };
  readonly blkio: BlkioStats;
  readonly hugetlb: readonly HugetlbStats[];
  readonly rdma: { readonly current: readonly RdmaStats[]; readonly limit: readonly RdmaStats[] };
  /** v1 only. */
  readonly cpuset?: CpusetStats;
}

export interface CpuStats {
  readonly totalNs: bigint;
  readonly userNs: bigint;
  readonly kernelNs: bigint;
  /** v1 only; empty otherwise. */
  readonly perCpuNs: readonly bigint[];
  readonly perCpuUserNs: readonly bigint[];
  readonly perCpuKernelNs: readonly bigint[];
  readonly periods: bigint;
  readonly throttledPeriods: bigint;
  readonly throttledNs: bigint;
  readonly bursts: bigint;
  readonly burstNs: bigint;
  readonly pressure?: Pressure;
}

export interface MemoryEntry {
  readonly limit: bigint;
  readonly usage: bigint;
  readonly max: bigint;
  readonly failCount: bigint;
}

export interface MemoryStats {
  readonly usage: MemoryEntry;
  /** Memory and swap together, as runc reports it on both versions. */
  readonly swap: MemoryEntry;
  /** Swap alone (v2 only, otherwise 0). */
  readonly swapOnly: MemoryEntry;
  readonly kernel: MemoryEntry;
  readonly kernelTcp: MemoryEntry;
  readonly cacheBytes: bigint;
  /** Every line of `memory.stat`. */
  readonly stat: Readonly<Record<string, bigint>>;
  /** Every line of v2 `memory.events` (low, high, max, oom, oom_kill, oom_group_kill); empty on v1. */
  readonly events: Readonly<Record<string, bigint>>;
  readonly oom: { readonly killDisabled: bigint; readonly underOom: bigint; readonly killCount: bigint };
  readonly pressure?: Pressure;
}

/** One line of a v1 blkio file, or one figure of v2 `io.stat`. `op` is "Read", "Write", … or "". */
export interface BlkioEntry {
  readonly major: bigint;
  readonly minor: bigint;
  readonly op: string;
  readonly value: bigint;
}

/** One device of v2 `io.stat`. */
export interface IoEntry {
  readonly major: bigint;
  readonly minor: bigint;
  readonly rbytes: bigint;
  readonly wbytes: bigint;
  readonly rios: bigint;
  readonly wios: bigint;
}

/** runc's eight v1 lists (on v2 the first two are made from `io.stat`), and the v2 entries as they are. */
export interface BlkioStats {
  readonly ioServiceBytes: readonly BlkioEntry[];
  readonly ioServiced: readonly BlkioEntry[];
  readonly ioQueued: readonly BlkioEntry[];
  readonly ioServiceTime: readonly BlkioEntry[];
  readonly ioWaitTime: readonly BlkioEntry[];
  readonly ioMerged: readonly BlkioEntry[];
  readonly ioTime: readonly BlkioEntry[];
  readonly sectors: readonly BlkioEntry[];
  readonly io: readonly IoEntry[];
  readonly pressure?: Pressure;
}

/** One page size, e.g. "2MB". `limit` only on v2. */
export interface HugetlbStats {
  readonly pageSize: string;
  readonly usage: bigint;
  readonly max: bigint;
  readonly limit: bigint;
  readonly failCount: bigint;
}

/** One device; 2^32-1 is unlimited. */
export interface RdmaStats {
  readonly device: string;
  readonly hcaHandles: number;
  readonly hcaObjects: number;
}

/** The cpuset files; `cpus` and `mems` as expanded lists. */
export interface CpusetStats {
  readonly cpus: readonly number[];
  readonly mems: readonly number[];
  readonly cpuExclusive: bigint;
  readonly memHardwall: bigint;
  readonly memExclusive: bigint;
  readonly memoryMigrate: bigint;
  readonly memorySpreadPage: bigint;
  readonly memorySpreadSlab: bigint;
  readonly memoryPressure: bigint;
  readonly schedLoadBalance: bigint;
  readonly schedRelaxDomainLevel: bigint;
}

/** Pressure stall information; shares in percent, `totalUs` in microseconds. */
export interface Pressure {
  readonly some: PressureLine;
  readonly full: PressureLine;
}

export interface PressureLine {
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  readonly totalUs: bigint;
}
