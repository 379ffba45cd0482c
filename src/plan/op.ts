/**
 * The operations of a plan, exactly those of docs/plan-format.md. A field here has the name, meaning and unit it has
 * there; the tables below give each kind its number.
 */

import type { NumberRange } from "../spec/ranges.ts";

export type StageName = "settings" | "host" | "clone" | "parent" | "child" | "hooks" | "enter" | "exec";

/** The stages by their number: the index is what the wire form holds. */
export const STAGES = [
  "settings",
  "host",
  "clone",
  "parent",
  "child",
  "hooks",
  "enter",
  "exec",
] as const satisfies readonly StageName[];

export type MonitorMode = "none" | "detached" | "foreground";
export type StdioKind = "inherit" | "null" | "fifo" | "file" | "logger";
export type PivotMethod = "pivot-root" | "move-root" | "chroot";

/** One range of an id map. */
export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

/** A namespace to join: the CLONE_NEW* bit and the path of a namespace file. */
export interface NamespaceJoin {
  readonly type: number;
  readonly path: string;
}

/** `clock` as in clock_gettime(2): 1 monotonic, 7 boottime. */
export interface ClockOffset {
  readonly clock: number;
  readonly secs: bigint;
  readonly nanos: number;
}

/** The directory that has to be at a path; any when both are 0. */
interface Expected {
  readonly device: bigint;
  readonly inode: bigint;
}

export type Op =
  | {
      readonly kind: "monitor";
      readonly mode: MonitorMode;
      readonly dir: string;
      readonly isInit: boolean;
      readonly oomFile: string;
    }
  | { readonly kind: "stdio"; readonly fd: 0 | 1 | 2; readonly target: StdioKind; readonly path: string }
  | {
      readonly kind: "terminal";
      readonly rows: number;
      readonly cols: number;
      readonly consoleSocket: string;
    }
  | {
      readonly kind: "logger";
      readonly path: string;
      readonly argv: readonly string[];
      readonly env: readonly string[];
      readonly needsByte: boolean;
    }
  | { readonly kind: "keep-fds"; readonly count: number }
  | { readonly kind: "exec-fifo"; readonly path: string }
  | { readonly kind: "pidfd-socket"; readonly path: string }
  | { readonly kind: "initial-cpus"; readonly cpus: readonly NumberRange[] }
  | { readonly kind: "seccomp-listener"; readonly path: string; readonly parts: readonly string[] }
  | { readonly kind: "stage"; readonly stage: StageName }
  | { readonly kind: "mkdir"; readonly path: string; readonly mode: number }
  | { readonly kind: "write-file"; readonly path: string; readonly value: string; readonly tolerate: number }
  | { readonly kind: "fill-file"; readonly path: string; readonly from: string }
  | {
      readonly kind: "device-program";
      readonly cgroupDir: string;
      readonly program: Uint8Array;
      readonly tolerate: boolean;
    }
  | { readonly kind: "cgroup-join"; readonly path: string; readonly tolerate: boolean }
  | {
      readonly kind: "host-mount";
      readonly root: string;
      readonly target: string;
      readonly source: string;
      readonly fstype: string;
      readonly flags: bigint;
      readonly data: string;
      readonly cwd: string;
      readonly loop: number;
      /** An id map for the mount or, of an overlay, for its lower directories; both are empty without. */
      readonly uids: readonly IdRange[];
      readonly gids: readonly IdRange[];
      readonly lowers: readonly string[];
    }
  | { readonly kind: "host-umount"; readonly path: string }
  | {
      readonly kind: "mount-id-map";
      readonly path: string;
      readonly uids: readonly IdRange[];
      readonly gids: readonly IdRange[];
    }
  | {
      readonly kind: "host-unbind";
      readonly path: string;
      readonly id: number;
      /** 0: not known. */
      readonly uniqueId: bigint;
    }
  | { readonly kind: "target-root" }
  | { readonly kind: "signal"; readonly pid: number; readonly startTime: bigint; readonly signal: number }
  | { readonly kind: "remove-dir"; readonly path: string }
  | {
      readonly kind: "clone";
      readonly flags: bigint;
      readonly cgroupDir: string;
      readonly joins: readonly NamespaceJoin[];
      readonly offsets: readonly ClockOffset[];
    }
  | { readonly kind: "join-target"; readonly pid: number; readonly startTime: bigint; readonly mask: bigint }
  | {
      readonly kind: "id-map";
      readonly which: "uid" | "gid";
      readonly denySetgroups: boolean;
      readonly map: readonly IdRange[];
    }
  | { readonly kind: "rlimit"; readonly resource: number; readonly soft: bigint; readonly hard: bigint }
  | { readonly kind: "oom-score-adj"; readonly value: number; readonly tolerate: boolean }
  | { readonly kind: "net-device"; readonly name: string; readonly newName: string }
  | { readonly kind: "cpu-affinity"; readonly cpus: readonly NumberRange[]; readonly tolerate: boolean }
  /** Without a mount namespace. `records`: the directory where the mount's id is noted. */
  | ({ readonly kind: "host-rootfs"; readonly path: string; readonly records: string } & Expected)
  | ({ readonly kind: "rootfs"; readonly path: string; readonly propagation: bigint } & Expected)
  | {
      readonly kind: "mount";
      readonly source: string;
      readonly target: string;
      readonly fstype: string;
      readonly flags: bigint;
      readonly cleared: bigint;
      readonly propagation: readonly bigint[];
      readonly data: string;
      readonly attrSet: bigint;
      readonly attrClear: bigint;
      readonly options: number;
    }
  | { readonly kind: "make-dir"; readonly target: string; readonly mode: number }
  | { readonly kind: "symlink"; readonly target: string; readonly text: string; readonly replace: boolean }
  | {
      readonly kind: "device";
      readonly target: string;
      readonly type: "c" | "b" | "p";
      readonly major: number;
      readonly minor: number;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
      readonly bind: boolean;
    }
  | { readonly kind: "remount"; readonly target: string; readonly flags: bigint }
  | { readonly kind: "console" }
  | { readonly kind: "pivot"; readonly method: PivotMethod; readonly propagation: bigint }
  | { readonly kind: "mask"; readonly paths: readonly string[] }
  | { readonly kind: "readonly-paths"; readonly paths: readonly string[] }
  | { readonly kind: "sysctl"; readonly name: string; readonly value: string }
  | { readonly kind: "hostname"; readonly name: string }
  | { readonly kind: "domainname"; readonly name: string }
  | {
      readonly kind: "hook";
      /** What a failure calls it: `createRuntime hook #0`. */
      readonly name: string;
      readonly path: string;
      readonly argv: readonly string[];
      readonly env: readonly string[];
      readonly cwd: string;
      readonly timeoutMs: number;
      readonly stdinBefore: string;
      readonly stdinAfter: string;
      readonly hasPid: boolean;
      readonly tolerate: boolean;
    }
  | { readonly kind: "loopback-up" }
  | { readonly kind: "keyring"; readonly name: string; readonly addPerm: number }
  | { readonly kind: "no-new-privs" }
  | {
      readonly kind: "scheduler";
      readonly policy: number;
      readonly flags: bigint;
      readonly nice: number;
      readonly priority: number;
      readonly runtime: bigint;
      readonly deadline: bigint;
      readonly period: bigint;
    }
  | { readonly kind: "io-priority"; readonly class: number; readonly level: number }
  | { readonly kind: "personality"; readonly domain: number }
  | { readonly kind: "memory-policy"; readonly mode: number; readonly nodes: readonly NumberRange[] }
  | { readonly kind: "seccomp"; readonly flags: number; readonly program: Uint8Array }
  | {
      readonly kind: "identity";
      readonly uid: number;
      readonly gid: number;
      readonly groups: readonly number[];
      readonly setGroups: boolean;
      readonly umask: number;
      readonly chownStdio: boolean;
    }
  | {
      readonly kind: "capabilities";
      readonly bounding: bigint;
      readonly effective: bigint;
      readonly permitted: bigint;
      readonly inheritable: bigint;
      readonly ambient: bigint;
    }
  | { readonly kind: "cwd"; readonly path: string; readonly create: boolean }
  | { readonly kind: "apparmor"; readonly profile: string }
  | { readonly kind: "selinux"; readonly label: string; readonly which: "exec" | "keycreate" }
  | { readonly kind: "fault"; readonly errno: number; readonly action: "fail" | "kill" | "hang" }
  /** The process that waits for the end of the plan; `lock` is the container's lock directory, or empty. */
  | { readonly kind: "caller"; readonly pid: number; readonly lock: string }
  /**
   * Another runtime makes the process. Its arguments are `before`, then --pid-file and, with a terminal, --console-socket, which the
   * monitor knows best, then `after`.
   */
  | {
      readonly kind: "delegate";
      readonly path: string;
      readonly before: readonly string[];
      readonly after: readonly string[];
      readonly env: readonly string[];
      readonly cwd: string;
    }
  | {
      readonly kind: "criu";
      readonly path: string;
      readonly env: readonly string[];
      /** `encodeCriuRequest`. */
      readonly request: Uint8Array;
      readonly firstFd: number;
      readonly files: readonly { readonly path: string; readonly isWrite: boolean }[];
      readonly root: string;
      readonly cgroupDir: string;
    }
  | {
      readonly kind: "mount-points";
      readonly root: string;
      readonly dirs: readonly string[];
      readonly files: readonly string[];
    }
  | {
      readonly kind: "exec";
      readonly argv: readonly string[];
      readonly env: readonly string[];
      readonly setHome: boolean;
    };

export type OpKind = Op["kind"];

/** The operation of one kind. */
export type OpOf<Kind extends OpKind> = Extract<Op, { readonly kind: Kind }>;

/** The number of each kind in the wire form: docs/plan-format.md, "Operations". */
export const OP_NUMBER = {
  monitor: 1,
  stdio: 2,
  terminal: 3,
  logger: 4,
  "keep-fds": 5,
  "exec-fifo": 6,
  "initial-cpus": 7,
  "seccomp-listener": 8,
  "pidfd-socket": 9,
  stage: 10,
  mkdir: 11,
  "write-file": 12,
  "fill-file": 13,
  "device-program": 14,
  "cgroup-join": 15,
  "host-mount": 16,
  "host-umount": 17,
  signal: 18,
  "remove-dir": 19,
  clone: 20,
  "join-target": 21,
  "id-map": 22,
  rlimit: 23,
  "oom-score-adj": 24,
  "net-device": 25,
  "host-unbind": 26,
  "target-root": 27,
  "mount-id-map": 28,
  "host-rootfs": 29,
  rootfs: 30,
  mount: 31,
  "make-dir": 32,
  symlink: 33,
  device: 34,
  remount: 35,
  console: 36,
  pivot: 37,
  mask: 38,
  "readonly-paths": 39,
  sysctl: 40,
  hostname: 41,
  domainname: 42,
  hook: 43,
  "loopback-up": 44,
  keyring: 45,
  "no-new-privs": 46,
  seccomp: 47,
  identity: 48,
  capabilities: 49,
  cwd: 50,
  apparmor: 51,
  selinux: 52,
  exec: 53,
  "cpu-affinity": 54,
  scheduler: 55,
  "io-priority": 56,
  personality: 57,
  "memory-policy": 58,
  fault: 59,
  criu: 60,
  "mount-points": 61,
  caller: 62,
  delegate: 63,
} as const satisfies Record<OpKind, number>;

/** The stages in which each kind may stand: docs/plan-format.md, "Operations". `stage` itself divides them. */
export const OP_STAGES = {
  monitor: ["settings"],
  stdio: ["settings"],
  terminal: ["settings"],
  logger: ["settings"],
  "keep-fds": ["settings"],
  "exec-fifo": ["settings"],
  "initial-cpus": ["settings"],
  "seccomp-listener": ["settings"],
  "pidfd-socket": ["settings"],
  stage: STAGES,
  mkdir: ["host"],
  "write-file": ["host", "parent"],
  "fill-file": ["host"],
  "device-program": ["host"],
  "cgroup-join": ["host"],
  "host-mount": ["host"],
  "host-umount": ["host"],
  signal: ["host"],
  "remove-dir": ["host"],
  clone: ["clone"],
  "join-target": ["host"],
  "id-map": ["parent"],
  rlimit: ["parent"],
  "oom-score-adj": ["parent"],
  "net-device": ["parent", "hooks"],
  "host-unbind": ["host"],
  "target-root": ["host"],
  "mount-id-map": ["host"],
  "host-rootfs": ["child"],
  rootfs: ["child"],
  mount: ["child"],
  "make-dir": ["child"],
  symlink: ["child"],
  device: ["child"],
  remount: ["enter"],
  console: ["enter"],
  pivot: ["enter"],
  mask: ["enter"],
  "readonly-paths": ["enter"],
  sysctl: ["enter"],
  hostname: ["enter"],
  domainname: ["enter"],
  hook: ["host", "hooks", "enter", "exec"],
  "loopback-up": ["child", "hooks"],
  keyring: ["child"],
  "no-new-privs": ["enter"],
  seccomp: ["enter", "exec"],
  identity: ["enter"],
  capabilities: ["enter"],
  cwd: ["enter"],
  apparmor: ["enter"],
  selinux: ["enter"],
  exec: ["exec"],
  "cpu-affinity": ["child"],
  scheduler: ["enter"],
  "io-priority": ["enter"],
  personality: ["enter"],
  "memory-policy": ["enter"],
  caller: ["settings"],
  criu: ["host", "clone"],
  delegate: ["clone"],
  "mount-points": ["host"],
  fault: ["host", "parent", "child", "hooks", "enter", "exec"],
} as const satisfies Record<OpKind, readonly StageName[]>;

/** What `gantry-init run` carries out, in this order, and what the caller should be told beforehand. */
export interface Plan {
  readonly ops: readonly Op[];
  /** Things of the spec that have no effect, one sentence each; logged, not sent to the native part. */
  readonly warnings: readonly string[];
}
