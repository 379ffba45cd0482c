import { closeSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { errnoOf } from "../core/errors.ts";

/** As much of the end of a log as is searched for the error. */
const MAX_TAIL_BYTES = 64 * 1024;

/** Size of a log, so that only what a command adds is read; 0 when there is none. */
export function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/**
 * The message of the last line with level "error" that was added behind `fromBytes`; that is how runc's shim learns what
 * went wrong. Commands on one bundle may run at the same time, so the line may be another command's.
 *
 * @returns undefined when there is none
 */
export function lastLoggedError(path: string, fromBytes: number): string | undefined {
  const lines = readTail(path, fromBytes).split("\n");
  for (const line of lines.reverse()) {
    const message = errorMessageOf(line);
    if (message !== undefined) return message;
  }
  return undefined;
}

function readTail(path: string, fromBytes: number): string {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return "";
    throw error;
  }
  try {
    const { size } = fstatSync(fd);
    const start = Math.max(fromBytes <= size ? fromBytes : 0, size - MAX_TAIL_BYTES);
    const bytes = Buffer.alloc(size - start);
    const count = readSync(fd, bytes, 0, bytes.length, start);
    return bytes.toString("utf8", 0, count);
  } finally {
    closeSync(fd);
  }
}

function errorMessageOf(line: string): string | undefined {
  if (!line.includes('"error"')) return undefined;
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined; // cut at the front by the limit, or not ours
  }
  if (typeof entry !== "object" || entry === null || !("level" in entry) || !("msg" in entry))
    return undefined;
  return entry.level === "error" && typeof entry.msg === "string" ? entry.msg : undefined;
}
