import { ClientError } from "../../client/errors.ts";
import { removeKnown, removeTree } from "../../host/files.ts";
import { membersDir } from "../address.ts";
import { ShimError } from "../errors.ts";
import { removeMember } from "../members.ts";
import type { CallEntry } from "../relay/journal.ts";
import type { Container } from "./container.ts";
import { unlessGone } from "./io.ts";
import { within } from "./queue.ts";
import { removeExecRecord, writeLastExit } from "./records.ts";
import { getContainer, type ShimContext } from "./shim-context.ts";
import type { ExitInfo, TaskProcess } from "./task-process.ts";

const SIGKILL = 9;
/** How long output may take to be passed on; what is left then is given up, as in runc's shim. */
const DRAIN_TIMEOUT_MS = 10_000;
/** A killed init that does not end is stuck in the kernel. */
const KILL_TIMEOUT_MS = 10_000;

/** The answer to Delete. */
export interface Deleted extends ExitInfo {
  readonly pid: number;
}

/** Delete: remove an ended (or never started) process and everything made for it. */
export async function deleteProcess(
  shim: ShimContext,
  request: { readonly id: string; readonly execId: string },
  entry: CallEntry,
): Promise<Deleted> {
  // A Create whose caller lost patience goes on; its container is there when it has ended.
  await shim.creating.get(request.id)?.catch(() => {});
  const container = getContainer(shim, request.id);
  const process = container.getProcess(request.execId);
  return process.queue.run(async () => {
    // The one before us in the queue may have been a Delete too.
    getContainer(shim, request.id).getProcess(request.execId);
    if (process.status === "running") {
      const what = container.pause === "no" ? "running" : "paused";
      throw new ShimError("wrong-status", `cannot delete a ${what} process`);
    }
    if (process === container.init && process.exit === undefined) await killCreated(container);
    // The exit event goes first, and before init's the exits of execs.
    if (process.exit !== undefined) await process.announced.done;
    const deleted = { pid: process.pid, ...(process.exit ?? { exitStatus: 0, exitedAtNs: 0n }) };
    entry.begin({
      method: "Delete",
      id: container.id,
      execId: process.execId,
      ...deleted,
      exitedAtNs: deleted.exitedAtNs.toString(),
    });
    if (process === container.init) await deleteContainer(shim, container, deleted);
    else await deleteExec(container, process);
    shim.faults.point("Delete", "acted");
    return deleted;
  });
}

/** Remove a container that has ended, and say so. Can be repeated when it did not come to its end. */
export async function deleteContainer(
  shim: ShimContext,
  container: Container,
  ended: Deleted,
): Promise<void> {
  const { id, bundle, init } = container;
  await letGo(init);
  await drain(shim, init);
  if (ended.exitedAtNs !== 0n) writeLastExit(bundle, ended);
  try {
    await container.runtime.delete({ id, bundle, force: false });
  } catch (error) {
    if (!(error instanceof ClientError && error.code === "does-not-exist")) throw error;
  }
  dropContainer(shim, container);
  publishDelete(shim, container.record.containerdNamespace, id, ended);
}

/** Say that a task is gone. */
export function publishDelete(
  shim: ShimContext,
  containerdNamespace: string,
  id: string,
  ended: Deleted,
): void {
  shim.events.publish(containerdNamespace, { kind: "delete", id, ...ended });
  shim.faults.point("Delete", "published");
}

/** Take a container off the server's list: the runtime has none of it any more. */
export function dropContainer(shim: ShimContext, container: Container): void {
  container.isDeleted = true;
  for (const process of [container.init, ...container.execs.values()]) forget(process);
  shim.containers.delete(container.id);
  removeMember(membersDir(shim.socket), container.id);
}

/** An init that was never started: it ends as any other, so that its exit is known and announced. */
async function killCreated(container: Container): Promise<void> {
  const { id, bundle, init } = container;
  try {
    await container.runtime.kill({ id, bundle, signal: SIGKILL, all: false });
  } catch (error) {
    // Dead or unknown already: the runtime's delete deals with what is left.
    if (!(error instanceof ClientError)) throw error;
    if (error.code === "does-not-exist") return;
  }
  await within(init.announced.done, KILL_TIMEOUT_MS);
}

/** Remove an exec that has ended or never began. Can be repeated when it did not come to its end. */
export async function deleteExec(container: Container, process: TaskProcess): Promise<void> {
  // A grandchild may hold the output for as long as it likes; what is in the pipe is still passed on.
  await unlessGone(async () => process.followed?.link?.release());
  await drain(undefined, process);
  forget(process);
  // Not worth a process of its own: the directory is the monitor's, and that has ended.
  if (!removeKnown(process.processDir, ["announced", "exit.json", "pid"])) removeTree(process.processDir);
  removeExecRecord(container.bundle, process.execId);
  container.execs.delete(process.execId);
}

/** Nobody may wait for ever for a process that never ran. */
function forget(process: TaskProcess): void {
  process.followed?.stop();
  process.announced.set(process.exit ?? { exitStatus: 0, exitedAtNs: 0n });
}

/** Who asks for the deletion has read what he wants to. */
async function letGo(process: TaskProcess): Promise<void> {
  try {
    await process.followed?.link?.letGo();
  } catch (error) {
    // It has ended by now; or it is older than the word, and keeps nothing.
    if (!(error instanceof ClientError && ["monitor-gone", "monitor-refused"].includes(error.code)))
      throw error;
  }
}

async function drain(shim: ShimContext | undefined, process: TaskProcess): Promise<void> {
  if (process.followed === undefined || process.exit === undefined) return;
  if (await within(process.followed.drained, DRAIN_TIMEOUT_MS)) return;
  shim?.logger.log("warn", `output is still being passed on after ${DRAIN_TIMEOUT_MS} ms`);
}
