import type { ContainerId, HostPath } from "../core/brand.ts";
import type { ValidProcess, ValidSpec } from "../spec/types.ts";
import type { PrepareOperation } from "./prepare.ts";

/** Where one of the three standard streams of a process goes. */
export type StdioTarget =
  | { readonly kind: "inherit" }
  | { readonly kind: "null" }
  | { readonly kind: "fifo"; readonly path: HostPath }
  | { readonly kind: "file"; readonly path: HostPath }
  | { readonly kind: "logger" };

/** A logging program that reads stdout and stderr (containerd's `binary://`). */
export interface LoggerProgram {
  readonly path: HostPath;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  /** `binary-v2`: ready only after a byte on fd 5, not at its end of file. */
  readonly needsByte: boolean;
}

/** Who is the parent of the process, and where its streams and records go. */
export interface Supervision {
  readonly monitor: "none" | "detached" | "foreground";
  readonly processDir: HostPath;
  readonly stdin: StdioTarget;
  readonly stdout: StdioTarget;
  readonly stderr: StdioTarget;
  readonly logger?: LoggerProgram;
  /** Unix socket that receives the pty master; only with a terminal. Without it the monitor owns the master. */
  readonly consoleSocket?: HostPath;
  /** Who wants the pidfd of the process. */
  readonly pidfdSocket?: HostPath;
  /** Descriptors 3 … 3+keepFds-1 reach the process. */
  readonly keepFds: number;
}

/** What `cgroups/` wants done so that a container gets its cgroup; absolute host paths. */
export interface CgroupSetup {
  /** Directories to create, parents first. */
  readonly dirs: readonly string[];
  /** v1 cpuset files to fill from the parent when blank, in order. */
  readonly fills: readonly { readonly path: string; readonly from: string }[];
  /** Limits, in the order they must be written. `tolerate` as in docs/plan-format.md, `write-file`. */
  readonly writes: readonly { readonly path: string; readonly value: string; readonly tolerate: number }[];
  /** Limits that are set when the process is there. */
  readonly lateWrites?: CgroupSetup["writes"];
  /** v1 `tasks` files the process writes itself into. */
  readonly joins: readonly { readonly path: string; readonly tolerate: boolean }[];
  /** v2 directory for CLONE_INTO_CGROUP; also the unified hierarchy of a hybrid host. */
  readonly cloneInto?: string;
  /** v2 device filter. */
  readonly deviceProgram?: {
    readonly cgroupDir: string;
    readonly program: Uint8Array;
    /** Go on without the filter when it cannot be attached (user namespaces). */
    readonly tolerate?: boolean;
  };
  /** v1 `memory.oom_control` or v2 `memory.events`. */
  readonly oomFile?: string;
}

/** A mounted v1 or v2 hierarchy, as `cgroup` mounts of a spec need to know it. */
export interface CgroupHierarchy {
  /** Mount point on the host, e.g. /sys/fs/cgroup/memory. */
  readonly mountPoint: string;
  /** v1 controllers (or ["name=systemd"]); empty for v2. */
  readonly controllers: readonly string[];
  /** The container's own cgroup below the mount point, starting with "/". */
  readonly path: string;
}

/** What compiling a plan must know about the host; read by `host/`, so that compiling stays pure. */
export interface HostFacts {
  readonly cgroupMode: "v1" | "hybrid" | "v2";
  /** The hierarchies to show in a `cgroup` mount, with the container's place in each. */
  readonly cgroupHierarchies: readonly CgroupHierarchy[];
  /** /proc/sys/kernel/cap_last_cap */
  readonly capLastCap: number;
  readonly isAppArmorEnabled: boolean;
  readonly isSeLinuxEnabled: boolean;
  readonly hasCgroupNamespace: boolean;
  /** We are in a user namespace ourselves: no device can be made, and not every limit set, whatever the spec says. */
  readonly isInUserNamespace?: boolean;
  /** A resctrl file system is mounted; asked only when the spec has `linux.intelRdt`. */
  readonly hasResctrl?: boolean;
  /** Descriptor limit of the program that called us: what a container without its own limit gets. */
  readonly inheritedNofile?: { readonly soft: bigint; readonly hard: bigint };
  /** We are not root: the kernel wants setgroups(2) denied before we may map a group, and groups cannot be set. */
  readonly isRootless?: boolean;
  /** The network namespace that the spec joins by path is the one we are in: its sysctls are the host's. */
  readonly joinsOwnNetwork?: boolean;
}

/** What tells a directory from another one that takes its place: st_dev and st_ino. */
export interface DirectoryIdentity {
  readonly device: number;
  readonly inode: number;
}

/** A mount of containerd's Create request, to be made on the host below the rootfs. */
export interface RootfsMount {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly options: readonly string[];
}

/** A compiled seccomp profile: the flags of seccomp(2) and 8-byte `sock_filter`s. */
export interface SeccompProgram {
  readonly flags: number;
  readonly program: Uint8Array;
}

/** A process by its pid and the start time (field 22 of /proc/PID/stat) that tells it from a later owner of the pid. */
export interface TargetProcess {
  readonly pid: number;
  readonly startTime: bigint;
}

/** Everything `compileCreatePlan` turns into a plan. */
export interface CreatePlanInput {
  readonly spec: ValidSpec;
  readonly id: ContainerId;
  readonly bundle: HostPath;
  /** `root.path`, absolute and, unless a prepare operation makes it, without symlinks. */
  readonly rootfs: HostPath;
  /** What `rootfs` was when it was looked at; another directory is refused. */
  readonly rootIdentity?: DirectoryIdentity;
  /** Absent: the plan runs straight through to execve. */
  readonly execFifo?: HostPath;
  readonly supervision: Supervision;
  readonly cgroup: CgroupSetup;
  /** Made on the host, below `callerRootfs`, before anything else. */
  readonly rootfsMounts: readonly RootfsMount[];
  readonly callerRootfs: HostPath;
  /** Made on the host after them. */
  readonly prepare: readonly PrepareOperation[];
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
  /** The compiled `linux.seccomp`; absent when the spec has none. */
  readonly seccomp?: SeccompProgram;
  /** The runtime's own environment, `NAME=value`: what prestart and createRuntime hooks without `env` get. */
  readonly hookEnv: readonly string[];
}

/** Everything `compileExecPlan` turns into a plan. */
export interface ExecPlanInput {
  /** The spec the container was created from: its namespaces are joined, its keyring and seccomp used. */
  readonly spec: ValidSpec;
  readonly id: ContainerId;
  readonly process: ValidProcess;
  /** The bundle the container was created from. */
  readonly bundle: HostPath;
  /** The container's init. */
  readonly target: TargetProcess;
  readonly supervision: Supervision;
  readonly cgroup: Pick<CgroupSetup, "joins" | "cloneInto">;
  readonly noNewKeyring: boolean;
  readonly seccomp?: SeccompProgram;
}
