import { statfsSync } from "node:fs";

import { errnoText } from "./errno.ts";
import { ExecutorError } from "./errors.ts";
import type { RunInit } from "./init-process.ts";
import { closePlanFiles, openPlanFiles, type PlanFiles, readOutput } from "./plan-files.ts";
import { describeStep, parseReport, type Report } from "./report.ts";

/** How to open the only door to gantry-init. */
export interface ExecutorPaths {
  /** The gantry-init executable, absolute. */
  readonly gantryInit: string;
  /** An existing directory of ours; the plan and the report lie in it without a name. */
  readonly scratchDir: string;
}

/** The same, and how to wait for its end. */
export interface Executor extends ExecutorPaths {
  readonly runInit: RunInit;
}

/** What a carried-out plan has left. `process` is absent for a plan without a `clone`. */
export interface PlanResult {
  readonly process?: { readonly pid: number; readonly startTime: bigint };
  readonly warnings: readonly string[];
}

/**
 * Carry out a plan whose process is left to a detached monitor or to the caller's subreaper, or that has none.
 * Settles when gantry-init has ended, that is, after `ready`.
 *
 * @param keepFds descriptors 3 … 3+keepFds-1 of this process reach gantry-init under the same numbers
 * @throws {ExecutorError}
 */
export async function runPlan(executor: Executor, plan: Uint8Array, keepFds: number): Promise<PlanResult> {
  const { gantryInit, scratchDir, runInit } = executor;
  const files = openPlanFiles(scratchDir, plan);
  try {
    const { status, signal } = await runInit(gantryInit, runArguments(keepFds), planFds(files, keepFds));
    return resultOf(parseReport(readOutput(files).toString("latin1")), status, signal, () =>
      isFull(scratchDir),
    );
  } finally {
    closePlanFiles(files);
  }
}

/** `run PLAN_FD REPORT_FD`: the two files follow the kept descriptors. */
export function runArguments(keepFds: number): string[] {
  return ["run", String(3 + keepFds), String(4 + keepFds)];
}

/** The descriptors of gantry-init from 3 on. */
export function planFds(files: PlanFiles, keepFds: number): number[] {
  return [...Array.from({ length: keepFds }, (_, index) => 3 + index), files.input, files.output];
}

/**
 * @param hasNoSpace asked when there is no report: perhaps it could not be written
 * @throws {ExecutorError} for a report that is not one of success
 */
export function resultOf(
  report: Report,
  status: number | null,
  signal: string | null,
  hasNoSpace: () => boolean = () => false,
): PlanResult {
  if (report.failed !== undefined) {
    const { op, step, errno, path } = report.failed;
    const message =
      op === "exec" ? describeLookup(step, path, errno) : `${op}: ${describeStep(report.failed)}`;
    throw new ExecutorError("step-failed", message, report.failed);
  }
  if (!report.isReady && (status !== 0 || report.pid !== undefined)) {
    const end = signal === null ? `exit status ${status}` : `signal ${signal}`;
    const reason = hasNoSpace() ? ": no space left on device for its report" : "";
    throw new ExecutorError(
      "no-report",
      `gantry-init ended with ${end} before the process was ready${reason}`,
    );
  }
  if (report.pid === undefined || report.startTime === undefined) return { warnings: report.warnings };
  return { process: { pid: report.pid, startTime: report.startTime }, warnings: report.warnings };
}

/** Whether the file system of a directory takes no more bytes. */
export function isFull(directory: string): boolean {
  return statfsSync(directory).bavail === 0;
}

/** The texts of Go's os/exec, from which dockerd and podman derive the exit codes 126 and 127. */
function describeLookup(step: string, path: string, errno: number): string {
  const text = errnoText(errno);
  // The file was there: its interpreter is not, or it is no program.
  if (step === "execve") return `exec ${path}: ${text}`;
  const name = JSON.stringify(path);
  if (!path.includes("/") && text === "no such file or directory") {
    return `exec: ${name}: executable file not found in $PATH`;
  }
  if (text === "no such file or directory" || text === "not a directory") {
    return `exec: ${name}: stat ${path}: ${text}`;
  }
  return `exec: ${name}: ${text}`;
}
