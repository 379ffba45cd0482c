import { readSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { errnoOf } from "../core/errors.ts";
import { ShimError } from "./errors.ts";

// As the Go shim: what containerd sends is a few hundred bytes.
const MAX_INPUT_BYTES = 10 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;

/**
 * Read standard input to its end, without the event loop: `start` has nothing else to do. A terminal is not read.
 * @throws {ShimError} code "bad-arguments" when it is endless
 */
export function readInput(fd: number): Uint8Array {
  if (isatty(fd)) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  for (let size = 0; size <= MAX_INPUT_BYTES; ) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const count = readSome(fd, chunk);
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
    size += count;
  }
  throw new ShimError("bad-arguments", `standard input is longer than ${MAX_INPUT_BYTES} bytes`);
}

function readSome(fd: number, chunk: Uint8Array): number {
  for (;;) {
    try {
      return readSync(fd, chunk);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === "EOF") return 0;
      if (errno !== "EAGAIN" && errno !== "EINTR") throw error;
      pauseBriefly();
    }
  }
}

/** Write everything; an answer that is cut off is none. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if (errnoOf(error) !== "EAGAIN" && errnoOf(error) !== "EINTR") throw error;
      pauseBriefly();
    }
  }
}

/** A descriptor that somebody made non-blocking: there is no event loop to wait in. */
function pauseBriefly(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}
