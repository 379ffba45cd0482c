import { closeSync, constants, openSync, writeSync } from "node:fs";
import { errnoOf } from "../core/errors.ts";
import { readTextIfExists } from "../host/files.ts";
import { CgroupError } from "./errors.ts";
import { type CgroupWrite, TOLERATE } from "./types.ts";

const TOLERATED: Readonly<Record<string, number>> = {
  ENOENT: TOLERATE.missing,
  ENODEV: TOLERATE.missing, // the cgroup was removed while the file was open
  EPERM: TOLERATE.denied,
  EACCES: TOLERATE.denied,
  EROFS: TOLERATE.denied,
  EINVAL: TOLERATE.invalid,
  EOPNOTSUPP: TOLERATE.invalid,
  ENOTSUP: TOLERATE.invalid,
  EBUSY: TOLERATE.busy,
};

/**
 * Carry out one write as the native part does: into an existing file, in one system call.
 * @returns false when it failed in a way that `tolerate` allows
 * @throws {CgroupError} code "write-failed", with the controller, the file and the errno
 */
export function writeCgroupFile({ path, value, tolerate }: CgroupWrite): boolean {
  try {
    const fd = openSync(path, constants.O_WRONLY);
    try {
      writeSync(fd, value);
    } finally {
      closeSync(fd);
    }
    return true;
  } catch (error) {
    const errno = errnoOf(error) ?? "";
    if (((TOLERATED[errno] ?? 0) & tolerate) !== 0) return false;
    throw new CgroupError("write-failed", explainWriteFailure({ path, value }, errno), { cause: error });
  }
}

/**
 * Why a write into a cgroup file failed, for people: names the controller and the file, and what usually is behind it.
 * Reads the current usage when a memory limit is too low for it. Also for a failed `write-file` step of the native part.
 */
export function explainWriteFailure(
  write: { readonly path: string; readonly value: string },
  errno: string,
): string {
  const file = write.path.slice(write.path.lastIndexOf("/") + 1);
  const dir = write.path.slice(0, write.path.lastIndexOf("/"));
  const controller = file.slice(0, Math.max(file.indexOf("."), 0)) || "cgroup";
  const base = `cannot set ${controller} limit: write ${JSON.stringify(write.value)} to ${write.path}: ${errno}`;
  if (errno === "ENOENT")
    return `${base} (this kernel or cgroup has no ${file}: is the controller enabled here?)`;
  if (errno === "EBUSY" && file === "memory.limit_in_bytes") {
    const usage = readTextIfExists(`${dir}/memory.usage_in_bytes`)?.trim();
    const peak = readTextIfExists(`${dir}/memory.max_usage_in_bytes`)?.trim();
    return `${base} (current usage: ${usage}, peak usage: ${peak})`;
  }
  return base;
}

/** A cgroup file's text; undefined when it or its controller is missing or not supported here. */
export function readCgroupFile(dir: string | undefined, file: string): string | undefined {
  if (dir === undefined) return undefined;
  try {
    return readTextIfExists(`${dir}/${file}`);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EOPNOTSUPP" || errno === "ENOTSUP" || errno === "EINVAL" || errno === "EIO")
      return undefined;
    throw error;
  }
}

/** A file with one number; "max" and a missing one are told apart by the caller. Negative numbers are kept. */
export function readNumber(dir: string | undefined, file: string): bigint | "max" | undefined {
  const text = readCgroupFile(dir, file)?.trim();
  if (text === "max") return "max";
  return text !== undefined && /^-?\d+$/.test(text) ? BigInt(text) : undefined;
}

/** Lines of "key value"; others are left out. */
export function readPairs(dir: string | undefined, file: string): Record<string, bigint> {
  return parsePairs(readCgroupFile(dir, file) ?? "");
}

/** Parse lines of "key value" with whole numbers; others are left out. */
export function parsePairs(text: string): Record<string, bigint> {
  const pairs: Record<string, bigint> = {};
  for (const line of text.split("\n")) {
    const match = /^(\S+) (\d+)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) pairs[match[1]] = BigInt(match[2]);
  }
  return pairs;
}
