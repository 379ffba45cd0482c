import { spawn } from "node:child_process";
import { type FSWatcher, unlinkSync, watch } from "node:fs";
import { constants } from "node:os";

import { closePlanFiles, openPlanFiles, readOutput } from "./plan-files.ts";
import { parseReport } from "./report.ts";
import {
  type ExecutorPaths,
  type PlanResult,
  resultOf,
  runArguments,
  spawnFailed,
  stdioFor,
} from "./run-plan.ts";

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
  // inotify needs a name: Bun resolves /proc/self/fd/N before it watches.
  const reportPath = `${paths.scratchDir}/.report-${process.pid}`;
  const files = openPlanFiles(paths.scratchDir, plan, reportPath);
  const watcher = watch(reportPath);
  const child = spawn(paths.gantryInit, runArguments(keepFds), {
    stdio: stdioFor(files, keepFds),
    // gantry-init reads no environment, and nothing of ours may reach a container.
    env: {},
    detached: true,
  });
  const exited = new Promise<number>((resolve) => {
    child.once("exit", (status, signal) => resolve(status ?? 128 + signalNumber(signal)));
    child.once("error", () => resolve(255));
  });
  const ready = new Promise<PlanResult>((resolve, reject) => {
    const look = (end?: { readonly status: number | null; readonly signal: string | null }): void => {
      try {
        const report = parseReport(readOutput(files).toString("latin1"));
        if (report.isReady) resolve(resultOf(report, 0, null));
        else if (end !== undefined) resolve(resultOf(report, end.status ?? 255, end.signal));
      } catch (error) {
        reject(error);
      }
    };
    watcher.on("change", () => look());
    // Whatever the watch has missed is in the file when the child has ended.
    child.once("exit", (status, signal) => look({ status, signal }));
    child.once("error", (cause) => reject(spawnFailed(paths.gantryInit, cause)));
  }).finally(() => release(watcher, reportPath, () => closePlanFiles(files)));
  return { ready, exited, forward: (signal) => void child.kill(signal) };
}

function release(watcher: FSWatcher, reportPath: string, closeFiles: () => void): void {
  watcher.close();
  unlinkSync(reportPath);
  closeFiles();
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal];
}
