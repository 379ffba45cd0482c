import { lstatSync } from "node:fs";

import type { HostPath } from "../core/brand.ts";
import { writeFileAtomic } from "../host/files.ts";
import { RuntimeError } from "./errors.ts";

/**
 * Write `--pid-file`. Consumers read the whole file as a number: no newline. Readers see a whole file or none, so it comes by
 * rename, which would replace a device or a fifo as well: those are refused.
 *
 * @throws {RuntimeError} code "bad-pid-file"; {HostError}
 */
export function writePidFile(path: HostPath, pid: number): void {
  if (isSpecial(path)) {
    throw new RuntimeError("bad-pid-file", `Cannot write ${path}: it is not a regular file`);
  }
  writeFileAtomic(path, String(pid), 0o644);
}

function isSpecial(path: HostPath): boolean {
  try {
    const found = lstatSync(path);
    return !found.isFile() && !found.isSymbolicLink() && !found.isDirectory();
  } catch {
    return false; // not there, or not to be reached: writing it says why
  }
}
