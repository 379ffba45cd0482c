import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { errnoOf, messageOf } from "../core/errors.ts";
import { InstallError } from "./errors.ts";

/** Hex digest of a file, or undefined when there is none. @param known digests by inode: names of one file are read once */
export function digestOf(path: string, known = new Map<string, string>()): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    const digest =
      known.get(`${dev}:${ino}`) ?? createHash("sha256").update(readFileSync(path)).digest("hex");
    known.set(`${dev}:${ino}`, digest);
    return digest;
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

export function digestOfText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** A file that waits beside its place; nothing has changed yet. */
export interface Staged {
  /** Put it in its place, in one step. */
  commit(): void;
  /** Without effect after `commit`. */
  discard(): void;
}

/**
 * Write a file beside its place and to the disk. Mode and owner are those of the file it will replace.
 *
 * @param fill writes to the path that it gets
 * @throws {InstallError} code "write-failed"; nothing is left behind
 */
export function stage(path: string, mode: number, fill: (temporary: string) => void): Staged {
  const temporary = join(dirname(path), `.${basename(path)}.gantry-new`);
  const before = statSync(path, { throwIfNoEntry: false });
  try {
    rmSync(temporary, { force: true }); // of an installer that was killed; ours is the only one that runs
    fill(temporary);
    chmodSync(temporary, before === undefined ? mode : before.mode & 0o7777);
    if (before !== undefined) chownSync(temporary, before.uid, before.gid);
    const fd = openSync(temporary, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    quietly(() => rmSync(temporary, { force: true }));
    throw writeFailed(path, error);
  }
  return {
    commit: () => {
      try {
        renameSync(temporary, path);
      } catch (error) {
        throw writeFailed(path, error);
      }
      // Two links to one file are not renamed onto each other.
      rmSync(temporary, { force: true });
    },
    discard: () => quietly(() => rmSync(temporary, { force: true })),
  };
}

export function stageText(path: string, text: string | Uint8Array, mode: number): Staged {
  return stage(path, mode, (temporary) => writeFileSync(temporary, text));
}

/** A program, as a copy of `source`. @param twin a file with the same content that was staged or copied before: linked to */
export function stageCopy(path: string, source: string, twin: string | undefined): Staged {
  return stage(path, 0o755, (temporary) => {
    if (twin !== undefined && linkQuietly(twin, temporary)) return;
    copyFileSync(source, temporary);
  });
}

/** Where `stage` keeps a file until it is committed. */
export function stagedPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.gantry-new`);
}

/** A directory and its parents, as far as they do not exist; outermost first. */
export function missingDirs(path: string): string[] {
  const missing: string[] = [];
  for (let dir = path; statSync(dir, { throwIfNoEntry: false }) === undefined; dir = dirname(dir))
    missing.unshift(dir);
  return missing;
}

/** Make a directory, and its parents for everybody. @returns those that were made, outermost first @throws {InstallError} code "write-failed" */
export function makeDir(path: string, mode = 0o755): string[] {
  const missing = missingDirs(path);
  try {
    for (const dir of missing) mkdirSync(dir, { mode: dir === path ? mode : 0o755 });
  } catch (error) {
    throw writeFailed(path, error);
  }
  return missing;
}

/** Remove a directory if nothing is in it. */
export function removeEmptyDir(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "EEXIST", "EBUSY"].includes(errnoOf(error) ?? ""))
      throw writeFailed(path, error);
  }
}

/** Remove a file; absent is fine. @throws {InstallError} code "write-failed" */
export function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw writeFailed(path, error);
  }
}

function linkQuietly(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false; // another file system, or one without links: a copy does as well
  }
}

function quietly(remove: () => void): void {
  try {
    remove();
  } catch {
    // What is left has a name that the next installer removes.
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the quota is used up",
  EROFS: "the file system is read-only; choose another directory (--bin-dir for the programs)",
  EACCES: "permission denied: run as root",
  EPERM: "permission denied: run as root, and the file must not be immutable",
};

/** What a failed write means to whoever runs the installer. */
export function writeFailed(path: string, error: unknown): InstallError {
  const reason = REASONS[errnoOf(error) ?? ""] ?? messageOf(error);
  return new InstallError("write-failed", `cannot write ${path}: ${reason}`, { cause: error });
}
