import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { errnoOf, messageOf } from "../core/errors.ts";
import { HostError } from "./errors.ts";

/** The two questions most of `host/` asks; a fake of it needs a map. */
export interface HostFiles {
  /** The whole file as UTF-8, or undefined when there is none. Other errors are thrown. */
  readText(path: string): string | undefined;
  exists(path: string): boolean;
}

/** The machine's own files. Reads are synchronous: they are for /proc, /sys and tmpfs, which never wait for a disk. */
export const hostFiles: HostFiles = { readText: readTextIfExists, exists: existsSync };

/**
 * Read a small file.
 * @returns its text, or undefined for ENOENT, ENOTDIR, ENODEV (a removed cgroup) and ESRCH (a process that is gone)
 */
export function readTextIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR" || errno === "ENODEV" || errno === "ESRCH")
      return undefined;
    throw error;
  }
}

/**
 * Replace a file in one step: readers see the old content or the new, never a part. The temporary file is made in the
 * same directory and removed when anything fails. No fsync: what it is used for lives on tmpfs.
 *
 * @param mode permission bits, exactly: the umask does not apply
 * @throws {HostError} code "write-failed"
 */
export function writeFileAtomic(path: string, data: string | Uint8Array, mode: number): void {
  // The pid and a monotonic clock make the name ours; O_EXCL makes sure.
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.${process.hrtime.bigint()}`);
  try {
    const fd = openSync(temporary, "wx", mode);
    try {
      try {
        fchmodSync(fd, mode);
        writeFileSync(fd, data);
      } finally {
        closeSync(fd);
      }
      renameSync(temporary, path);
    } catch (error) {
      unlinkSync(temporary);
      throw error;
    }
  } catch (cause) {
    throw new HostError("write-failed", `Cannot write ${path}: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Make a file in as few system calls as there can be. A process that is killed in the middle leaves it without its end, so that
 * its reader must be able to tell.
 *
 * @param mode permission bits, less those of the umask
 */
export function writeNewFile(path: string, data: Uint8Array, mode: number): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, mode);
  try {
    for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
  } finally {
    closeSync(fd);
  }
}

/** Unlink a file that need not be there. */
export function unlinkIfExists(path: string): void {
  ignoreMissing(() => unlinkSync(path));
}

/**
 * Remove a directory of our own, in which nobody else can make or exchange anything, and these files in it.
 *
 * @returns whether it is gone; not when it has more in it
 */
export function removeKnown(directory: string, names: readonly string[]): boolean {
  for (const name of names) unlinkIfExists(join(directory, name));
  try {
    ignoreMissing(() => rmdirSync(directory));
    return true;
  } catch (error) {
    if (errnoOf(error) === "ENOTEMPTY") return false;
    throw error;
  }
}

/**
 * Remove a directory and everything in it. Symbolic links are removed, not followed; every directory is opened
 * relative to the one above it, so that exchanging one for a link leads nowhere. A mount point at or below `path` stops it.
 * Already gone is fine; a path that is not a directory is unlinked.
 *
 * @throws {HostError} code "mount-inside"
 */
export function removeTree(path: string): void {
  const parentFd = openDirectory(dirname(path), 0); // the state root itself may be reached through a link
  if (parentFd === undefined) return;
  try {
    removeEntry(parentFd, basename(path), path, readMountId(parentFd));
  } finally {
    closeSync(parentFd);
  }
}

function removeEntry(parentFd: number, name: string, shownPath: string, mountId: string): void {
  const path = `/proc/self/fd/${parentFd}/${name}`;
  const fd = openDirectory(path);
  if (fd === undefined) {
    ignoreMissing(() => unlinkSync(path));
    return;
  }
  try {
    if (readMountId(fd) !== mountId) {
      throw new HostError("mount-inside", `cannot remove "${shownPath}": it is a mount point`);
    }
    // Through the descriptor, not through `path`: that name may be another directory by now.
    for (const entry of readdirSync(`/proc/self/fd/${fd}`, { withFileTypes: true })) {
      if (entry.isDirectory()) removeEntry(fd, entry.name, join(shownPath, entry.name), mountId);
      else ignoreMissing(() => unlinkSync(`/proc/self/fd/${fd}/${entry.name}`));
    }
  } finally {
    closeSync(fd);
  }
  ignoreMissing(() => rmdirSync(path));
}

/** @returns a descriptor, or undefined when there is no directory of that name (also: a link, a file) */
function openDirectory(path: string, nofollow: number = constants.O_NOFOLLOW): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY | nofollow);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR" || errno === "ELOOP") return undefined;
    throw error;
  }
}

// A bind mount of the same filesystem has the same st_dev; only the mount id tells. See proc(5), fdinfo.
function readMountId(fd: number): string {
  const line = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"));
  if (line?.[1] === undefined) {
    throw new HostError("unreadable-proc", `/proc/self/fdinfo/${fd} has no "mnt_id"`);
  }
  return line[1];
}

function ignoreMissing(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}
