import { closeSync, constants, existsSync, openSync, renameSync, unlinkSync, writeSync } from "node:fs";

import type { ContainerId } from "../core/brand.ts";
import { errnoOf, messageOf } from "../core/errors.ts";
import { readTextIfExists } from "../host/files.ts";
import { withLock } from "../state/lock.ts";
import type { ProcessIdentity } from "../state/record.ts";
import type { RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";
import { type Inspected, inspectContainer, LOCK_OPTIONS } from "./inspect.ts";

const SIGKILL = 9;

/**
 * Let init of a created container go on to its program, then run the poststart hooks; when one fails, init is killed.
 *
 * @throws {RuntimeError} codes "has-stopped", "already-running", "not-ready", "hook-failed"; {StateError} code "missing"
 */
export async function startContainer(context: RuntimeContext, id: ContainerId): Promise<void> {
  await withLock(context.store.stateDir(id), LOCK_OPTIONS, async () => {
    const container = await inspectContainer(context, id);
    const init = assertCanStart(container);
    context.faults.step("let init go on");
    if (container.record.delegate !== undefined) return startDelegated(context, container, id);
    release(container.stateDir);
    await runPoststart(context, container, init);
  });
}

function assertCanStart(container: Inspected): ProcessIdentity {
  const { status, init } = container;
  if (status === "creating")
    throw new RuntimeError("not-ready", "cannot start a container that is being created");
  if (init === undefined) throw hasStopped();
  // A start that was killed half way has moved the fifo and may not have written to it: this one finishes the job.
  if (status === "created" || existsSync(startingPath(container.stateDir))) return init;
  if (status === "paused") throw new RuntimeError("paused", "cannot start a paused container");
  throw new RuntimeError("already-running", "cannot start an already running container");
}

/** The other runtime starts it, and runs its hooks. */
async function startDelegated(context: RuntimeContext, container: Inspected, id: ContainerId): Promise<void> {
  const { markStarted, runDelegate } = await import("./delegate/delegated.ts");
  await runDelegate(context, container, ["start", id]);
  markStarted(container.stateDir);
}

/**
 * Write the byte that init waits for. The fifo is moved first: from then on the container counts as running, so that a
 * crash in between cannot make a running container look like a created one, which a plain delete would kill.
 */
function release(stateDir: string): void {
  const waiting = `${stateDir}/exec.fifo`;
  const starting = startingPath(stateDir);
  const isResumed = !existsSync(waiting);
  const fd = openFifo(isResumed ? starting : waiting);
  if (fd === undefined) {
    if (!isResumed) throw hasStopped();
    unlinkSync(starting);
    throw new RuntimeError("already-running", "cannot start an already running container");
  }
  try {
    if (!isResumed) renameSync(waiting, starting);
    writeSync(fd, "\0");
    unlinkSync(starting);
  } finally {
    closeSync(fd);
  }
}

/** @returns undefined when nobody reads the other end: init is dead or has read its byte */
function openFifo(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === "ENXIO" || errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function startingPath(stateDir: string): string {
  return `${stateDir}/exec.fifo.starting`;
}

function hasStopped(): RuntimeError {
  return new RuntimeError("has-stopped", "cannot start a container that has stopped");
}

async function runPoststart(
  context: RuntimeContext,
  container: Inspected,
  init: ProcessIdentity,
): Promise<void> {
  const { record, stateDir } = container;
  // The frozen spec is not parsed for nothing, on what is a hot path.
  if (!(readTextIfExists(`${stateDir}/config.json`) ?? "").includes('"poststart"')) return;
  const { runPoststart: run } = await import("./hooks.ts");
  try {
    await run(context, record, init, stateDir);
  } catch (cause) {
    const { sendSignal } = await import("./send-signal.ts");
    await sendSignal(context, init, SIGKILL, stateDir);
    throw new RuntimeError("hook-failed", `poststart hook failed: ${messageOf(cause)}`, { cause });
  }
}
