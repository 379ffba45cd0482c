import { existsSync } from "node:fs";
import { removeUnattended } from "../../client/came-off.ts";
import { assertNever } from "../../core/assert-never.ts";
import { containerd, google } from "../../gen/task.js";
import { encodeFailure, encodeResponse } from "../../ttrpc/message.ts";
import { ShimError } from "../errors.ts";
import type { BegunCall } from "../relay/journal.ts";
import { toTtrpcError } from "../status.ts";
import type { Container } from "./container.ts";
import { publishCreate } from "./create.ts";
import { type Deleted, deleteContainer, deleteExec, publishDelete } from "./delete.ts";
import { isBeingAnnounced } from "./exits.ts";
import { readRootfsMounts } from "./records.ts";
import { exitFields } from "./service.ts";
import type { ShimContext } from "./shim-context.ts";
import { publishStart } from "./start.ts";
import type { TaskProcess } from "./task-process.ts";

const SIGKILL = 9;

type DeleteIntent = Extract<BegunCall["intent"], { readonly method: "Delete" }>;

/**
 * Decide about the calls on a container that an earlier server had begun and not answered. What took effect is announced
 * (perhaps once more) and gets its answer, which the repeated request will be given; what did not is forgotten, so that the
 * repeated request is run as if it were new.
 *
 * @returns what is left to be done once the container's processes are watched
 */
export function settleCalls(
  shim: ShimContext,
  container: Container,
  calls: readonly BegunCall[],
): (() => Promise<void>)[] {
  const later: (() => Promise<void>)[] = [];
  for (const call of calls) {
    const { intent } = call;
    if (intent.method === "Delete") {
      later.push(() => finishDelete(shim, container, call, intent));
      continue;
    }
    const answer = settleCall(shim, container, call, intent);
    if (answer === undefined) shim.journal.forget(call.name);
    else shim.journal.settle(call.name, answer);
  }
  return later;
}

/** @returns the frame of the answer; undefined when the request is to be run again */
function settleCall(
  shim: ShimContext,
  container: Container,
  { streamId }: BegunCall,
  intent: Exclude<BegunCall["intent"], DeleteIntent>,
): Uint8Array | undefined {
  const { v2 } = containerd.task;
  const empty = google.protobuf.Empty.encode({}).finish();
  const { id, record } = container;
  switch (intent.method) {
    case "Create":
      if (!isBeingAnnounced(container.init)) {
        publishCreate(shim, container, readRootfsMounts(container.bundle));
      }
      return encodeResponse(streamId, v2.CreateTaskResponse.encode({ pid: container.init.pid }).finish());
    case "Exec":
      if (!container.execs.has(intent.execId)) return undefined;
      shim.events.publish(record.containerdNamespace, { kind: "exec-added", id, execId: intent.execId });
      return encodeResponse(streamId, empty);
    case "Start": {
      const process = processOf(container, intent.execId);
      if (process === undefined) return undefined;
      if (!process.isStarted) {
        if (process !== container.init) removeLeftover(process);
        return undefined;
      }
      if (!isBeingAnnounced(process)) publishStart(shim, container, process);
      return encodeResponse(streamId, v2.StartResponse.encode({ pid: process.pid }).finish());
    }
    case "Kill": {
      // Twice is harmless for this one; another signal may mean something each time.
      if (intent.signal === SIGKILL) {
        const hasEnded = processOf(container, intent.execId)?.exit !== undefined;
        return hasEnded ? encodeResponse(streamId, empty) : undefined;
      }
      const message = `signal ${intent.signal}: the server died while it was sent`;
      return encodeFailure(streamId, toTtrpcError(new ShimError("not-known", message)));
    }
    case "Pause":
    case "Resume": {
      const isPaused = container.pause === "paused";
      if (isPaused !== (intent.method === "Pause")) return undefined;
      shim.events.publish(record.containerdNamespace, { kind: isPaused ? "paused" : "resumed", id });
      return encodeResponse(streamId, empty);
    }
    default:
      return assertNever(intent, "intent");
  }
}

async function finishDelete(
  shim: ShimContext,
  container: Container,
  { name, streamId }: BegunCall,
  intent: DeleteIntent,
): Promise<void> {
  const process = processOf(container, intent.execId);
  const deleted = deletedOf(intent);
  if (process === container.init) await deleteContainer(shim, container, deleted);
  else if (process !== undefined) await deleteExec(container, process);
  shim.journal.settle(name, encodeResponse(streamId, encodeDeleted(deleted)));
}

/** Decide about a call on a container that is not there: it was about to be made, or has been removed. */
export function settleDeleted(shim: ShimContext, call: BegunCall): void {
  const { intent } = call;
  if (intent.method !== "Delete" || intent.execId !== "") {
    shim.journal.forget(call.name);
    return;
  }
  const deleted = deletedOf(intent);
  publishDelete(shim, shim.containerdNamespace, intent.id, deleted);
  shim.journal.settle(call.name, encodeResponse(call.streamId, encodeDeleted(deleted)));
}

function processOf(container: Container, execId: string): TaskProcess | undefined {
  return execId === "" ? container.init : container.execs.get(execId);
}

function deletedOf({ pid, exitStatus, exitedAtNs }: DeleteIntent): Deleted {
  return { pid, exitStatus, exitedAtNs: BigInt(exitedAtNs) };
}

function encodeDeleted(deleted: Deleted): Uint8Array {
  return containerd.task.v2.DeleteResponse.encode({ pid: deleted.pid, ...exitFields(deleted) }).finish();
}

/** An exec whose start did not come to a process. */
function removeLeftover(process: TaskProcess): void {
  if (existsSync(process.processDir)) removeUnattended(process.processDir);
}
