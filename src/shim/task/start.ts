import type { ClientError } from "../../client/errors.ts";
import { readProcessIdentity } from "../../client/process-files.ts";
import { messageOf } from "../../core/errors.ts";
import { isSameProcess } from "../../host/proc.ts";
import { ShimError } from "../errors.ts";
import type { CallEntry } from "../relay/journal.ts";
import type { Container } from "./container.ts";
import { watchProcess } from "./exits.ts";
import { closeStdin } from "./io.ts";
import { processSpecPath } from "./records.ts";
import { getContainer, type ShimContext } from "./shim-context.ts";
import type { TaskProcess } from "./task-process.ts";

/** Start: let a created init go on, or make an added exec. The start event is queued before this returns. */
export async function startProcess(
  shim: ShimContext,
  request: { readonly id: string; readonly execId: string },
  entry: CallEntry,
): Promise<{ readonly pid: number }> {
  const container = getContainer(shim, request.id);
  const process = container.getProcess(request.execId);
  return process.queue.run(async () => {
    assertCanStart(container, process);
    entry.begin({ method: "Start", id: container.id, execId: process.execId });
    const starting =
      process === container.init ? startInit(shim, container) : startExec(shim, container, process);
    // In the same turn as the check above: an init that dies now waits for this start before its exit is announced.
    process.starting = starting;
    try {
      await starting;
    } finally {
      process.starting = undefined;
    }
    return { pid: process.pid };
  });
}

function assertCanStart(container: Container, process: TaskProcess): void {
  if (process !== container.init && container.init.exit !== undefined) {
    throw new ShimError("no-process", `container ${container.id} has stopped: cannot start another process`);
  }
  if (container.isDeleted || process.status !== "created" || process.announced.isSet) {
    const status = container.isDeleted ? "deleted" : process.status;
    throw new ShimError("wrong-status", `cannot start a process that is ${status}`);
  }
}

async function startInit(shim: ShimContext, container: Container): Promise<void> {
  const { id, bundle, init } = container;
  await container.runtime.start(id, bundle);
  shim.faults.point("Start", "acted");
  init.isStarted = true;
  publishStart(shim, container, init);
}

/** Say that a process runs. */
export function publishStart(shim: ShimContext, container: Container, process: TaskProcess): void {
  const { id, record } = container;
  const { pid, execId } = process;
  shim.events.publish(
    record.containerdNamespace,
    execId === "" ? { kind: "start", id, pid } : { kind: "exec-started", id, execId, pid },
  );
  shim.faults.point("Start", "published");
}

async function startExec(shim: ShimContext, container: Container, process: TaskProcess): Promise<void> {
  const { id, bundle } = container;
  const { execId, stdio } = process;
  try {
    const processFile = processSpecPath(bundle, execId);
    await container.runtime.exec({ id, bundle, execId, processFile, stdio });
    process.identity = readProcessIdentity(process.processDir);
    if (process.identity === undefined) {
      throw new ShimError("corrupt", `the runtime started exec ${execId} without ${process.processDir}/pid`);
    }
  } catch (error) {
    // Whoever waits must not wait for ever; there was no process, so there is no exit event.
    process.announced.set({ exitStatus: 0, exitedAtNs: 0n });
    throw isInitGone(container) ? initGone(container, error) : error;
  }
  shim.faults.point("Start", "acted");
  process.isStarted = true;
  publishStart(shim, container, process);
  await watchProcess(shim, container, process);
  if (process.isStdinClosed) await closeStdin(process);
}

/** Init may be dead before its monitor could say so. */
function isInitGone(container: Container): boolean {
  const { exit, identity } = container.init;
  return exit !== undefined || identity === undefined || !isSameProcess(identity.pid, identity.startTime);
}

function initGone(container: Container, cause: unknown): ShimError | ClientError {
  const message = `container ${container.id} has stopped: ${messageOf(cause)}`;
  return new ShimError("no-process", message, { cause });
}
