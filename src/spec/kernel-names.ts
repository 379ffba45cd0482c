/** Names of the specification for constants of the kernel that concern one process, and the constants. */

/** sched(7), SCHED_*: `process.scheduler.policy`. */
export const SCHEDULER_POLICIES: Readonly<Record<string, number>> = {
  SCHED_OTHER: 0,
  SCHED_FIFO: 1,
  SCHED_RR: 2,
  SCHED_BATCH: 3,
  SCHED_ISO: 4,
  SCHED_IDLE: 5,
  SCHED_DEADLINE: 6,
};

/** linux/sched.h, SCHED_FLAG_*: `process.scheduler.flags`. */
export const SCHEDULER_FLAGS: Readonly<Record<string, bigint>> = {
  SCHED_FLAG_RESET_ON_FORK: 0x01n,
  SCHED_FLAG_RECLAIM: 0x02n,
  SCHED_FLAG_DL_OVERRUN: 0x04n,
  SCHED_FLAG_KEEP_POLICY: 0x08n,
  SCHED_FLAG_KEEP_PARAMS: 0x10n,
  SCHED_FLAG_UTIL_CLAMP_MIN: 0x20n,
  SCHED_FLAG_UTIL_CLAMP_MAX: 0x40n,
};

/** ioprio_set(2): `process.ioPriority.class`. */
export const IO_PRIORITY_CLASSES: Readonly<Record<string, number>> = {
  IOPRIO_CLASS_RT: 1,
  IOPRIO_CLASS_BE: 2,
  IOPRIO_CLASS_IDLE: 3,
};

/** personality(2), PER_*: `linux.personality.domain`. */
export const PERSONALITY_DOMAINS: Readonly<Record<string, number>> = { LINUX: 0, LINUX32: 8 };

/** set_mempolicy(2): `linux.memoryPolicy.mode`. */
export const MEMORY_POLICY_MODES: Readonly<Record<string, number>> = {
  MPOL_DEFAULT: 0,
  MPOL_PREFERRED: 1,
  MPOL_BIND: 2,
  MPOL_INTERLEAVE: 3,
  MPOL_LOCAL: 4,
  MPOL_PREFERRED_MANY: 5,
  MPOL_WEIGHTED_INTERLEAVE: 6,
};

/** set_mempolicy(2): `linux.memoryPolicy.flags`, which the kernel takes or'ed to the mode. */
export const MEMORY_POLICY_FLAGS: Readonly<Record<string, number>> = {
  MPOL_F_NUMA_BALANCING: 1 << 13,
  MPOL_F_RELATIVE_NODES: 1 << 14,
  MPOL_F_STATIC_NODES: 1 << 15,
};

/** The highest CPU of a list: what the native part has room for. */
export const MAX_CPU = 65535;

/** The highest memory node of a list: the kernel takes one page of bits, set_mempolicy(2). */
export const MAX_MEMORY_NODE = 4095;
