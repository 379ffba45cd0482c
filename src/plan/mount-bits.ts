/** Bits of `mount.options`: docs/plan-format.md, "Operations". */
export const MOUNT_REAL_DIRECTORY = 1;
export const MOUNT_TMPCOPYUP = 2;
export const MOUNT_TAKE_MODE = 4;
export const MOUNT_READONLY_LATER = 8;
export const MOUNT_CGROUP_FALLBACK = 16;
export const MOUNT_ID_MAP_RECURSIVE = 32;
/** Bits 16 … 31: which `mount-id-map`, counted from 1; 0 for none. */
export const MOUNT_ID_MAP_SHIFT = 16;

/** Values of `host-mount.loop`. */
export const LOOP_READ_WRITE = 1;
export const LOOP_READ_ONLY = 2;
export const LOOP_DIRECT_IO = 4;

/** mount(2) copies one page of file system options, the last byte of which is a NUL. */
export const MAX_DATA_BYTES = 4095;
