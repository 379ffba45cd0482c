import { spawnSync } from "node:child_process";

import { ExecutorError } from "./errors.ts";
import { closePlanFiles, openPlanFiles, readOutput } from "./plan-files.ts";
import { type ExecutorPaths, spawnFailed } from "./run-plan.ts";

const LONGEST_ERROR_BYTES = 64 * 1024;

/**
 * Turn a seccomp profile in wire form (docs/plan-format.md, "Seccomp profile") into a BPF program.
 *
 * @returns 8-byte `sock_filter`s
 * @throws {ExecutorError} code "seccomp-failed" with the compiler's own line
 */
export function compileSeccompProfile(paths: ExecutorPaths, profile: Uint8Array): Uint8Array {
  const files = openPlanFiles(paths.scratchDir, profile);
  try {
    const child = spawnSync(paths.gantryInit, ["seccomp", "3", "4"], {
      stdio: ["ignore", "ignore", "pipe", files.input, files.output],
      env: {},
      maxBuffer: LONGEST_ERROR_BYTES,
    });
    if (child.error !== undefined) throw spawnFailed(paths.gantryInit, child.error);
    if (child.status !== 0) {
      const reason =
        child.stderr.toString().trim() || `gantry-init ended with ${child.signal ?? child.status}`;
      throw new ExecutorError("seccomp-failed", `cannot compile the seccomp profile: ${reason}`);
    }
    return readOutput(files);
  } finally {
    closePlanFiles(files);
  }
}
