import { withTrace } from "../../client/trace.ts";
import { containerd, google } from "../../gen/task.js";
import {
  type CallContext,
  type Decoder,
  type Encoder,
  type Service,
  type UnaryHandler,
  unary,
} from "../../ttrpc/service.ts";
import { timestampOf } from "../../ttrpc/well-known.ts";
import { ShimError } from "../errors.ts";
import type { CallEntry } from "../relay/journal.ts";
import { toTtrpcError } from "../status.ts";
import { createTask } from "./create.ts";
import { deleteProcess } from "./delete.ts";
import { addExec } from "./exec.ts";
import { forgetRemoved } from "./forget-removed.ts";
import { closeIo, resizePty } from "./io.ts";
import { killProcess } from "./kill.ts";
import { pauseTask, resumeTask } from "./pause.ts";
import { listPids } from "./pids.ts";
import { getContainer, type ShimContext } from "./shim-context.ts";
import { startProcess } from "./start.ts";
import { readState } from "./state.ts";
import { readStats } from "./stats.ts";
import type { ExitInfo } from "./task-process.ts";
import { updateTask } from "./update.ts";
import { waitProcess } from "./wait.ts";

const NAMESPACE_KEY = "containerd-namespace-ttrpc";
/** containerd's tracing plugin sends it. */
const TRACE_KEY = "traceparent";

/**
 * The task service under its two names. The messages of version 2 and 3 are the same, and so are the answers: what sets
 * version 3 apart is what `start` promises with it.
 */
export function taskServices(shim: ShimContext): Service[] {
  const methods = taskMethods(shim);
  return [
    { name: "containerd.task.v2.Task", methods },
    { name: "containerd.task.v3.Task", methods },
  ];
}

function taskMethods(shim: ShimContext): Readonly<Record<string, UnaryHandler>> {
  const { v2 } = containerd.task;
  const { Empty } = google.protobuf;
  return {
    State: method(shim, v2.StateRequest, v2.StateResponse, (request) => readState(shim, request)),
    Create: method(shim, v2.CreateTaskRequest, v2.CreateTaskResponse, (request, call, entry) =>
      createTask(shim, request, namespaceOf(call) ?? shim.containerdNamespace, entry),
    ),
    Start: method(shim, v2.StartRequest, v2.StartResponse, (request, _, entry) =>
      startProcess(shim, request, entry),
    ),
    Delete: method(shim, v2.DeleteRequest, v2.DeleteResponse, async (request, _, entry) => {
      const deleted = await deleteProcess(shim, request, entry);
      return { pid: deleted.pid, ...exitFields(deleted) };
    }),
    Pids: method(shim, v2.PidsRequest, v2.PidsResponse, ({ id }) => listPids(shim, id)),
    Pause: method(shim, v2.PauseRequest, Empty, ({ id }, _, entry) => done(pauseTask(shim, id, entry))),
    Resume: method(shim, v2.ResumeRequest, Empty, ({ id }, _, entry) => done(resumeTask(shim, id, entry))),
    Checkpoint: method(shim, v2.CheckpointTaskRequest, Empty, async ({ id }) => {
      getContainer(shim, id);
      throw new ShimError("unsupported", "checkpoint: not implemented");
    }),
    Kill: method(shim, v2.KillRequest, Empty, (request, _, entry) => done(killProcess(shim, request, entry))),
    Exec: method(shim, v2.ExecProcessRequest, Empty, (request, _, entry) =>
      done(addExec(shim, request, entry)),
    ),
    ResizePty: method(shim, v2.ResizePtyRequest, Empty, (request) => done(resizePty(shim, request))),
    CloseIO: method(shim, v2.CloseIORequest, Empty, (request) => done(closeIo(shim, request))),
    Update: method(shim, v2.UpdateTaskRequest, Empty, ({ id, resources }) =>
      done(updateTask(shim, id, resources?.value ?? new Uint8Array(0))),
    ),
    Wait: method(shim, v2.WaitRequest, v2.WaitResponse, async (request, call, entry) =>
      exitFields(await waitProcess(shim, request, call.signal, entry)),
    ),
    Stats: method(shim, v2.StatsRequest, v2.StatsResponse, async ({ id }) => ({
      stats: await readStats(shim, id),
    })),
    Connect: method(shim, v2.ConnectRequest, v2.ConnectResponse, async ({ id }) => ({
      // The stub's: this process may be another one tomorrow.
      shimPid: shim.holderPid(),
      taskPid: shim.containers.get(id)?.init.pid ?? 0,
    })),
    Shutdown: method(shim, v2.ShutdownRequest, Empty, async () => {
      await forgetRemoved(shim);
      // The pod goes on while it has a container, whichever of them the request names.
      shim.requestShutdown();
      return {};
    }),
  };
}

/** A handler whose every error has its status, and whose calls can be read in the log. */
export function method<Req, Res>(
  shim: ShimContext,
  request: Decoder<Req>,
  response: Encoder<Res>,
  answer: (request: Req, call: CallContext, entry: CallEntry) => Promise<Res>,
): UnaryHandler {
  const { logger, isDebug, ready, faults, counters } = shim;
  return unary(request, response, async (message, call) => {
    const entry = shim.entryFor(call);
    const ended = counters.begin(call.method);
    const startedAt = performance.now();
    const traceparent = call.metadata.get(TRACE_KEY)?.[0];
    const about = () =>
      describeCall(message as { readonly id?: string; readonly execId?: string }, traceparent);
    if (isDebug)
      logger.log("debug", `${call.method} request`, { ...about(), request: JSON.stringify(message) });
    try {
      faults.point(call.method, "received");
      await ready;
      const result = await withTrace(traceparent, () => answer(message, call, entry));
      ended();
      if (isDebug) {
        const ms = Math.round(performance.now() - startedAt);
        logger.log("debug", `${call.method} answered`, { ...about(), ms });
      }
      return result;
    } catch (error) {
      const status = toTtrpcError(error);
      ended(status.code);
      const isOurs = status.code === "UNKNOWN" || status.code === "INTERNAL";
      logger.log(isOurs ? "error" : "debug", `${call.method} failed: ${status.message}`, {
        ...about(),
        code: status.code,
      });
      throw status;
    }
  });
}

/** What a line about a call says besides its method. */
function describeCall(
  { id, execId }: { readonly id?: string; readonly execId?: string },
  traceparent: string | undefined,
): Readonly<Record<string, string>> {
  return { ...(id && { id }), ...(execId && { exec: execId }), ...(traceparent && { traceparent }) };
}

/** The containerd namespace that a call says it is about. */
export function namespaceOf(call: CallContext): string | undefined {
  return call.metadata.get(NAMESPACE_KEY)?.[0];
}

/** The fields of an answer that say how a process ended. */
export function exitFields(exit: ExitInfo) {
  // Zero stands for "never ran"; containerd reads an absent time.
  return {
    exitStatus: exit.exitStatus,
    ...(exit.exitedAtNs !== 0n && { exitedAt: timestampOf(exit.exitedAtNs) }),
  };
}

async function done(work: Promise<void>): Promise<Record<string, never>> {
  await work;
  return {};
}
