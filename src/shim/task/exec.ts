import { messageOf } from "../../core/errors.ts";
import { parseExecId } from "../../core/ids.ts";
import type { containerd } from "../../gen/task.js";
import { parseStdio } from "../../stdio/parse.ts";
import { ShimError } from "../errors.ts";
import type { CallEntry } from "../relay/journal.ts";
import { type ExecRecord, writeExecRecord } from "./records.ts";
import { getContainer, type ShimContext } from "./shim-context.ts";

/** Exec: register another process. Nothing is started and no stream opened before Start. */
export async function addExec(
  shim: ShimContext,
  request: containerd.task.v2.ExecProcessRequest,
  entry: CallEntry,
): Promise<void> {
  const container = getContainer(shim, request.id);
  const execId = parseExecId(request.execId);
  if (container.execs.has(execId)) {
    throw new ShimError("already-exists", `process ${execId} of container ${container.id}: already exists`);
  }
  if (container.init.status === "stopped" || container.pause !== "no") {
    const status = container.init.status === "stopped" ? "stopped" : container.pause;
    throw new ShimError("wrong-status", `cannot exec in a ${status} container`);
  }
  const record: ExecRecord = {
    execId,
    stdin: request.stdin,
    stdout: request.stdout,
    stderr: request.stderr,
    hasTerminal: request.terminal,
  };
  parseStdio(record, { processId: execId, containerdNamespace: container.record.containerdNamespace });
  // Taken before the only await, so that of two requests with one id one is refused.
  const process = container.addExec(record);
  try {
    const spec = await withTerminal(request.spec?.value ?? new Uint8Array(0), request.terminal);
    entry.begin({ method: "Exec", id: container.id, execId });
    writeExecRecord(container.bundle, record, spec);
    shim.faults.point("Exec", "acted");
  } catch (error) {
    container.execs.delete(process.execId);
    throw error;
  }
  shim.events.publish(container.record.containerdNamespace, { kind: "exec-added", id: container.id, execId });
  shim.faults.point("Exec", "published");
}

/**
 * The process spec with the request's word on the terminal, which overrides its own. The bytes stay as they are when they
 * agree: a 64-bit rlimit would not survive JSON.parse.
 *
 * @throws {ShimError} code "bad-request"
 */
export async function withTerminal(value: Uint8Array, hasTerminal: boolean): Promise<string | Uint8Array> {
  const text = Buffer.from(value).toString("utf8");
  let spec: unknown;
  try {
    spec = JSON.parse(text);
  } catch (error) {
    throw new ShimError("bad-request", `process spec: ${messageOf(error)}`, { cause: error });
  }
  if (typeof spec !== "object" || spec === null || Array.isArray(spec)) {
    throw new ShimError("bad-request", "process spec: not an object");
  }
  const { terminal } = spec as { readonly terminal?: unknown };
  if ((terminal ?? false) === hasTerminal) return value;
  const { parseJson, stringifyJson } = await import("../../spec/json.ts");
  const lossless = parseJson(text, "process spec") as Readonly<Record<string, unknown>>;
  return stringifyJson({ ...lossless, terminal: hasTerminal });
}
