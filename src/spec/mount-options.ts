/**
 * Mount options by name. Values: mount(2) MS_*, mount_setattr(2) MOUNT_ATTR_*. The names are those of
 * the OCI runtime specification, "Linux mount options", and of runc.
 */

export const MS_RDONLY = 0x1n;
export const MS_NOSUID = 0x2n;
export const MS_NODEV = 0x4n;
export const MS_NOEXEC = 0x8n;
export const MS_SYNCHRONOUS = 0x10n;
export const MS_REMOUNT = 0x20n;
export const MS_MANDLOCK = 0x40n;
export const MS_DIRSYNC = 0x80n;
export const MS_NOSYMFOLLOW = 0x100n;
export const MS_NOATIME = 0x400n;
export const MS_NODIRATIME = 0x800n;
export const MS_BIND = 0x1000n;
export const MS_REC = 0x4000n;
export const MS_SILENT = 0x8000n;
export const MS_UNBINDABLE = 0x20000n;
export const MS_PRIVATE = 0x40000n;
export const MS_SLAVE = 0x80000n;
export const MS_SHARED = 0x100000n;
export const MS_RELATIME = 0x200000n;
export const MS_I_VERSION = 0x800000n;
export const MS_STRICTATIME = 0x1000000n;
export const MS_LAZYTIME = 0x2000000n;

/** Options that set a flag (`set`) or clear it again (`clear`). */
export const FLAG_OPTIONS: Readonly<Record<string, { readonly set?: bigint; readonly clear?: bigint }>> = {
  defaults: {},
  bind: { set: MS_BIND },
  rbind: { set: MS_BIND | MS_REC },
  ro: { set: MS_RDONLY },
  rw: { clear: MS_RDONLY },
  nosuid: { set: MS_NOSUID },
  suid: { clear: MS_NOSUID },
  nodev: { set: MS_NODEV },
  dev: { clear: MS_NODEV },
  noexec: { set: MS_NOEXEC },
  exec: { clear: MS_NOEXEC },
  sync: { set: MS_SYNCHRONOUS },
  async: { clear: MS_SYNCHRONOUS },
  dirsync: { set: MS_DIRSYNC },
  remount: { set: MS_REMOUNT },
  mand: { set: MS_MANDLOCK },
  nomand: { clear: MS_MANDLOCK },
  noatime: { set: MS_NOATIME },
  atime: { clear: MS_NOATIME },
  nodiratime: { set: MS_NODIRATIME },
  diratime: { clear: MS_NODIRATIME },
  relatime: { set: MS_RELATIME },
  norelatime: { clear: MS_RELATIME },
  strictatime: { set: MS_STRICTATIME },
  nostrictatime: { clear: MS_STRICTATIME },
  iversion: { set: MS_I_VERSION },
  noiversion: { clear: MS_I_VERSION },
  lazytime: { set: MS_LAZYTIME },
  nolazytime: { clear: MS_LAZYTIME },
  silent: { set: MS_SILENT },
  loud: { clear: MS_SILENT },
  nosymfollow: { set: MS_NOSYMFOLLOW },
  symfollow: { clear: MS_NOSYMFOLLOW },
};

/** Propagation types: each is a mount(2) call of its own. Also the values of `linux.rootfsPropagation`. */
export const PROPAGATION_OPTIONS: Readonly<Record<string, bigint>> = {
  private: MS_PRIVATE,
  rprivate: MS_PRIVATE | MS_REC,
  shared: MS_SHARED,
  rshared: MS_SHARED | MS_REC,
  slave: MS_SLAVE,
  rslave: MS_SLAVE | MS_REC,
  unbindable: MS_UNBINDABLE,
  runbindable: MS_UNBINDABLE | MS_REC,
};

const ATTR_RDONLY = 0x1n;
const ATTR_NOSUID = 0x2n;
const ATTR_NODEV = 0x4n;
const ATTR_NOEXEC = 0x8n;
const ATTR_RELATIME = 0x0n;
const ATTR_NOATIME = 0x10n;
const ATTR_STRICTATIME = 0x20n;
/** The access time is one value of a field, so setting any of them clears the whole field: mount_setattr(2). */
const ATTR_ATIME_MASK = 0x70n;
const ATTR_NODIRATIME = 0x80n;
const ATTR_NOSYMFOLLOW = 0x200000n;

/** Recursive attributes, for mount_setattr(2) with AT_RECURSIVE. */
export const RECURSIVE_OPTIONS: Readonly<Record<string, { readonly set: bigint; readonly clear: bigint }>> = {
  rro: { set: ATTR_RDONLY, clear: 0n },
  rrw: { set: 0n, clear: ATTR_RDONLY },
  rnosuid: { set: ATTR_NOSUID, clear: 0n },
  rsuid: { set: 0n, clear: ATTR_NOSUID },
  rnodev: { set: ATTR_NODEV, clear: 0n },
  rdev: { set: 0n, clear: ATTR_NODEV },
  rnoexec: { set: ATTR_NOEXEC, clear: 0n },
  rexec: { set: 0n, clear: ATTR_NOEXEC },
  rnodiratime: { set: ATTR_NODIRATIME, clear: 0n },
  rdiratime: { set: 0n, clear: ATTR_NODIRATIME },
  rrelatime: { set: ATTR_RELATIME, clear: ATTR_ATIME_MASK },
  rnorelatime: { set: 0n, clear: ATTR_ATIME_MASK },
  rnoatime: { set: ATTR_NOATIME, clear: ATTR_ATIME_MASK },
  ratime: { set: 0n, clear: ATTR_ATIME_MASK },
  rstrictatime: { set: ATTR_STRICTATIME, clear: ATTR_ATIME_MASK },
  rnostrictatime: { set: 0n, clear: ATTR_ATIME_MASK },
  rnosymfollow: { set: ATTR_NOSYMFOLLOW, clear: 0n },
  rsymfollow: { set: 0n, clear: ATTR_NOSYMFOLLOW },
};

/** A runtime extension: a tmpfs that starts with what the directory below it holds. */
export const TMPCOPYUP_OPTION = "tmpcopyup";

/** Show other owners than the source has; with `ridmap` in the whole tree. */
export const IDMAP_OPTIONS: readonly string[] = ["idmap", "ridmap"];
