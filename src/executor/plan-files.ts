import { closeSync, constants, openSync, readSync, statfsSync, unlinkSync, writeSync } from "node:fs";

import { errnoOf, messageOf } from "../core/errors.ts";
import { HostError } from "../host/errors.ts";

/** Two nameless files that gantry-init gets as descriptors: one holds the input, the other receives the answer. */
export interface PlanFiles {
  readonly input: number;
  readonly output: number;
}

// open(2), Linux: __O_TMPFILE | O_DIRECTORY; Node has no name for it.
const O_TMPFILE = 0o20200000;

/** What the answer may need; reports are some lines. */
const REPORT_BYTES = 64 * 1024;

/**
 * Make both files in `directory` and write `input`, so that a reader of the descriptor starts at its first byte.
 * The owner closes both with `closePlanFiles`. A directory without room is no obstacle, so that containers can still be
 * killed and deleted when the state root's file system is full.
 *
 * @throws {HostError} code "write-failed"
 */
export function openPlanFiles(directory: string, input: Uint8Array): PlanFiles {
  const needed = input.length + REPORT_BYTES;
  const roomy = [directory, "/dev/shm"].find((place) => hasRoom(place, needed)) ?? directory;
  try {
    return writePlanFiles(roomy, input);
  } catch (cause) {
    throw new HostError("write-failed", `Cannot write the plan in ${roomy}: ${messageOf(cause)}`, { cause });
  }
}

function hasRoom(directory: string, bytes: number): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize >= bytes;
  } catch {
    return false; // Not there; whether the first one is, its opening will tell.
  }
}

function writePlanFiles(directory: string, input: Uint8Array): PlanFiles {
  const inputFd = openNameless(directory);
  try {
    // A write at a position leaves the descriptor's own offset, which the child shares, at 0.
    let written = 0;
    while (written < input.length) {
      written += writeSync(inputFd, input, written, input.length - written, written);
    }
    return { input: inputFd, output: openNameless(directory) };
  } catch (error) {
    closeSync(inputFd);
    throw error;
  }
}

export function closePlanFiles(files: PlanFiles): void {
  closeSync(files.input);
  closeSync(files.output);
}

/** Everything the child has written so far; reading does not move the offset it writes at. */
export function readOutput(files: PlanFiles): Buffer {
  const chunks: Buffer[] = [];
  for (let position = 0; ; ) {
    const chunk = Buffer.allocUnsafe(4096);
    const length = readSync(files.output, chunk, 0, chunk.length, position);
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, length));
    position += length;
  }
}

function openNameless(directory: string): number {
  try {
    return openSync(directory, constants.O_RDWR | O_TMPFILE, 0o600);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== "EOPNOTSUPP" && errno !== "ENOTSUP" && errno !== "EISDIR" && errno !== "EINVAL")
      throw error;
  }
  // A file system without O_TMPFILE (overlayfs before 6.3).
  const path = `${directory}/.nameless-${process.pid}`;
  const fd = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  return fd;
}
