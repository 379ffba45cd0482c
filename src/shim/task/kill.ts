import { ClientError } from "../../client/errors.ts";
import { errnoOf } from "../../core/errors.ts";
import { isSameProcess } from "../../host/proc.ts";
import { ShimError } from "../errors.ts";
import type { CallEntry } from "../relay/journal.ts";
import { getContainer, type ShimContext } from "./shim-context.ts";
import type { TaskProcess } from "./task-process.ts";

/** Kill: send a signal and do not wait for what comes of it. `all` means every process of the container. */
export async function killProcess(
  shim: ShimContext,
  request: { readonly id: string; readonly execId: string; readonly signal: number; readonly all: boolean },
  entry: CallEntry,
): Promise<void> {
  const container = getContainer(shim, request.id);
  const process = container.getProcess(request.execId);
  const { execId, signal } = request;
  entry.begin({ method: "Kill", id: container.id, execId, signal });
  if (process !== container.init) {
    killExec(process, signal);
    shim.faults.point("Kill", "acted");
    return;
  }
  const { id, bundle } = container;
  if (process.exit !== undefined) throw finished(process);
  try {
    await container.runtime.kill({ id, bundle, signal, all: request.all });
    shim.faults.point("Kill", "acted");
  } catch (error) {
    // "Gone" is what clients do something about; how the runtime words it is not their business.
    if (error instanceof ClientError && error.kind === "not-found") throw finished(process, error);
    throw error;
  }
}

function killExec(process: TaskProcess, signal: number): void {
  const { identity } = process;
  if (process.exit !== undefined) throw finished(process);
  if (identity === undefined) {
    throw new ShimError("no-process", `process ${process.execId} has not been started`);
  }
  // As runc's shim: by pid. Its monitor reaps it only after exit.json was written, and the start time is compared.
  if (!isSameProcess(identity.pid, identity.startTime)) throw finished(process);
  try {
    globalThis.process.kill(identity.pid, signal);
  } catch (error) {
    if (errnoOf(error) === "ESRCH") throw finished(process, error);
    if (errnoOf(error) === "EINVAL") {
      throw new ShimError("bad-request", `signal ${signal} does not exist`, { cause: error });
    }
    throw error;
  }
}

function finished(process: TaskProcess, cause?: unknown): ShimError {
  return new ShimError("finished", `process ${process.execId || process.pid} already finished: not found`, {
    cause,
  });
}
