import { constants } from "node:os";

/** What strerror(3) says, in the words container engines match on (they are Go's: lower case). */
const TEXT: Readonly<Record<string, string>> = {
  E2BIG: "argument list too long",
  EACCES: "permission denied",
  EBADF: "bad file descriptor",
  EAGAIN: "resource temporarily unavailable",
  EBUSY: "device or resource busy",
  ECHILD: "no child processes",
  EDQUOT: "disk quota exceeded",
  EEXIST: "file exists",
  EFAULT: "bad address",
  EFBIG: "file too large",
  EINTR: "interrupted system call",
  EINVAL: "invalid argument",
  EIO: "input/output error",
  EISDIR: "is a directory",
  ELOOP: "too many levels of symbolic links",
  EMFILE: "too many open files",
  EMLINK: "too many links",
  ENAMETOOLONG: "file name too long",
  ENFILE: "too many open files in system",
  ENODEV: "no such device",
  ENOENT: "no such file or directory",
  ENOEXEC: "exec format error",
  ENOMEM: "cannot allocate memory",
  ENOSPC: "no space left on device",
  ENOSYS: "function not implemented",
  ENOTBLK: "block device required",
  ENOTDIR: "not a directory",
  ENOTEMPTY: "directory not empty",
  ENOTTY: "inappropriate ioctl for device",
  ENXIO: "no such device or address",
  EOPNOTSUPP: "operation not supported",
  EOVERFLOW: "value too large for defined data type",
  EPERM: "operation not permitted",
  EPIPE: "broken pipe",
  ERANGE: "numerical result out of range",
  EROFS: "read-only file system",
  ESRCH: "no such process",
  ETIMEDOUT: "connection timed out",
  ETXTBSY: "text file busy",
  EUSERS: "too many users",
  EXDEV: "invalid cross-device link",
  ECONNREFUSED: "connection refused",
};

const NAME_BY_NUMBER: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

/** "ENOENT" for 2; "errno 999" for a number this system has no name for. */
export function errnoName(errno: number): string {
  return NAME_BY_NUMBER.get(errno) ?? `errno ${errno}`;
}

/** "no such file or directory" for 2. */
export function errnoText(errno: number): string {
  const name = errnoName(errno);
  return TEXT[name] ?? name;
}
