import { messageOf } from "../core/errors.ts";
import { type ForegroundRun, runForeground } from "../executor/foreground.ts";
import { encodeForUs } from "./carry-out.ts";
import type { RuntimeContext } from "./context.ts";
import { type CreateRequest, createContainer, type Launch } from "./create.ts";
import { deleteContainer } from "./delete.ts";
import { type ExecRequest, execInContainer, removeExecDirectory } from "./exec.ts";
import { forwardSignals } from "./forward-signals.ts";
import { launchDetached } from "./launch.ts";
import { startContainer } from "./start.ts";

/** Create and start, and leave the container to itself. A container that could not be started is removed again. */
export async function runDetached(context: RuntimeContext, request: CreateRequest): Promise<void> {
  await createContainer(context, request, launchDetached(context));
  await startOrDelete(context, request);
}

/**
 * Create and start a container and stay until it ends.
 *
 * @param isKept false: the container is deleted when it has ended; what goes wrong with that is a warning
 * @returns its exit code, or 128 + the number of the signal that killed it
 */
export async function runAttached(
  context: RuntimeContext,
  request: CreateRequest,
  isKept: boolean,
): Promise<number> {
  return attached(context, async (launch, exited) => {
    await createContainer(context, request, launch);
    await startOrDelete(context, request);
    const status = await exited();
    if (!isKept) await deleteQuietly(context, request);
    return status;
  });
}

/** Run a process in a container and stay until it ends. @returns as `runAttached` */
export async function execAttached(context: RuntimeContext, request: ExecRequest): Promise<number> {
  return attached(context, async (launch, exited) => {
    const started = await execInContainer(context, request, launch);
    const status = await exited();
    if (request.execId === undefined) removeExecDirectory(started);
    return status;
  });
}

/** Signals are caught before anything is started, so that none is lost and none kills us alone. */
export async function attached(
  context: RuntimeContext,
  body: (launch: Launch, exited: () => Promise<number>) => Promise<number>,
): Promise<number> {
  let settle: (run: ForegroundRun) => void = () => {};
  const launched = new Promise<ForegroundRun>((resolve) => {
    settle = resolve;
  });
  const stopForwarding = forwardSignals((signal) => void launched.then((run) => run.forward(signal)));
  const launch: Launch = async (plan, scratchDir, { keepFds = 0, lockedDir }) => {
    for (const warning of plan.warnings) context.log.log("warn", warning);
    const run = runForeground(
      { gantryInit: context.gantryInit, scratchDir },
      encodeForUs(context, plan, lockedDir),
      keepFds,
    );
    settle(run);
    return run.ready;
  };
  try {
    return await body(launch, async () => (await launched).exited);
  } finally {
    stopForwarding();
  }
}

async function startOrDelete(context: RuntimeContext, request: CreateRequest): Promise<void> {
  try {
    await startContainer(context, request.id);
  } catch (error) {
    await deleteQuietly(context, request);
    throw error;
  }
}

export async function deleteQuietly(context: RuntimeContext, request: CreateRequest): Promise<void> {
  try {
    await deleteContainer(context, request.id, { isForced: true });
  } catch (error) {
    context.log.log("warn", `cannot delete container ${request.id}: ${messageOf(error)}`);
  }
}
