import { spawn } from "node:child_process";
import { constants } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import { spawnFailed } from "./init-process.ts";
import { closePlanFiles, openPlanFiles, type PlanFiles, readOutput } from "./plan-files.ts";
import { parseReport } from "./report.ts";
import { type ExecutorPaths, isFull, type PlanResult, planFds, resultOf, runArguments } from "./run-plan.ts";

const LONGEST_WAIT_MS = 50;

/** A process whose monitor is our child and stays as long as it runs. */
export interface ForegroundRun {
  /** Settles when the process is ready, or rejects with an `ExecutorError` that says why it never will be. */
  readonly ready: Promise<PlanResult>;
  /** The process's exit code, or 128 + the number of the signal that killed it. Never rejects. */
  readonly exited: Promise<number>;
  /** Pass a signal on: gantry-init gives it to the process. A process that has ended is no error. */
  forward(signal: NodeJS.Signals): void;
}

/**
 * Carry out a plan with monitor mode "foreground": gantry-init stays our child until the process ends, and ends with
 * its status. It runs in a session of its own, so that a key pressed on our terminal reaches the process once, through
 * `forward`, and not a second time from the terminal.
 *
 * @param keepFds as in `runPlan`
 */
export function runForeground(paths: ExecutorPaths, plan: Uint8Array, keepFds: number): ForegroundRun {
  const files = openPlanFiles(paths.scratchDir, plan);
  const child = spawn(paths.gantryInit, runArguments(keepFds), {
    stdio: ["inherit", "inherit", "inherit", ...planFds(files, keepFds)],
    // gantry-init reads no environment, and nothing of ours may reach a container.
    env: {},
    detached: true,
  });
  let end: PlanEnd | undefined;
  const exited = new Promise<number>((resolve) => {
    child.once("exit", (status, signal) => {
      end = { status, signal };
      resolve(status ?? 128 + signalNumber(signal));
    });
    child.once("error", () => resolve(255));
  });
  const failed = new Promise<never>((_, reject) => {
    child.once("error", (cause) => reject(spawnFailed(paths.gantryInit, cause)));
  });
  const ready = Promise.race([
    failed,
    untilReady(
      files,
      () => end,
      () => isFull(paths.scratchDir),
    ),
  ]).finally(() => closePlanFiles(files));
  return { ready, exited, forward: (signal) => void child.kill(signal) };
}

/** How gantry-init ended. */
interface PlanEnd {
  readonly status: number | null;
  readonly signal: string | null;
}

/**
 * Look at the report again and again, ever more rarely. Nothing that would wake us up is reliable in Bun: a pipe loses what a
 * short-lived child wrote, and a watch some of the changes that follow each other quickly.
 */
async function untilReady(
  files: PlanFiles,
  end: () => PlanEnd | undefined,
  hasNoSpace: () => boolean,
): Promise<PlanResult> {
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 1.2, LONGEST_WAIT_MS)) {
    const ended = end(); // before the report is read: what it wrote last must not be missed
    const report = parseReport(readOutput(files).toString("latin1"));
    if (report.isReady) return resultOf(report, 0, null);
    if (ended !== undefined) return resultOf(report, ended.status ?? 255, ended.signal, hasNoSpace);
    await sleep(waitMs);
  }
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal];
}
