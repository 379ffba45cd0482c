import { ExecutorError } from "./errors.ts";
import { closePlanFiles, openPlanFiles, readOutput } from "./plan-files.ts";
import type { Executor } from "./run-plan.ts";

/**
 * Turn a seccomp profile in wire form (docs/plan-format.md, "Seccomp profile") into a BPF program.
 *
 * @returns 8-byte `sock_filter`s
 * @throws {ExecutorError} code "seccomp-failed" with the compiler's own line
 */
export async function compileSeccompProfile(executor: Executor, profile: Uint8Array): Promise<Uint8Array> {
  const { gantryInit, scratchDir, runInit } = executor;
  const files = openPlanFiles(scratchDir, profile);
  try {
    const { status, signal } = await runInit(gantryInit, ["seccomp", "3", "4"], [files.input, files.output]);
    const answer = readOutput(files);
    if (status === 0) return answer;
    const reason = answer.toString().trim() || `gantry-init ended with ${signal ?? status}`;
    throw new ExecutorError("seccomp-failed", `cannot compile the seccomp profile: ${reason}`);
  } finally {
    closePlanFiles(files);
  }
}
