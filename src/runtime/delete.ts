import { existsSync } from "node:fs";

import type { ContainerId, ExecId, HostPath } from "../core/brand.ts";
import { messageOf } from "../core/errors.ts";
import { removeTree } from "../host/files.ts";
import { StateError } from "../state/errors.ts";
import { withLock } from "../state/lock.ts";
import { readProcessFile } from "../state/status.ts";
import type { RuntimeContext } from "./context.ts";
import { destroyContainer } from "./destroy.ts";
import { RuntimeError } from "./errors.ts";
import { inspectContainer, LOCK_OPTIONS } from "./inspect.ts";
import { processDirectory } from "./process-directory.ts";
import { waitForEnd } from "./wait-for-end.ts";
import { waitForMonitor } from "./wait-for-monitor.ts";

/**
 * Remove a container. Plain: one that runs is refused, one that was only created is killed. Forced: whatever is there is
 * killed and removed, down to the rest of a create that was itself killed; nothing there is a success.
 *
 * @param options.leftRootfs unmounted at the end, for a caller whose mounts the record (lost, unreadable) does not name
 * @throws {StateError} code "missing" (plain), "corrupt" (plain); {RuntimeError} codes "not-stopped", "still-running"
 */
export async function deleteContainer(
  context: RuntimeContext,
  id: ContainerId,
  options: { readonly isForced: boolean; readonly leftRootfs?: HostPath | undefined },
): Promise<void> {
  const { isForced, leftRootfs } = options;
  if (isForced) context.store.sweep();
  try {
    await withLock(context.store.stateDir(id), LOCK_OPTIONS, () => deleteLocked(context, id, isForced));
  } catch (error) {
    if (!(isForced && error instanceof StateError && error.code === "missing")) throw error;
  }
  if (leftRootfs !== undefined) await (await import("./undo.ts")).unmountLeft(context, leftRootfs);
}

async function deleteLocked(context: RuntimeContext, id: ContainerId, isForced: boolean): Promise<void> {
  const stateDir = context.store.stateDir(id);
  try {
    const { record, status } = await inspectContainer(context, id);
    if (!isForced && status !== "stopped" && status !== "created") {
      throw new RuntimeError("not-stopped", `cannot delete container ${id} that is not stopped: ${status}`);
    }
    await destroyContainer(context, { id, record, stateDir });
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    // Its create was killed before anything was made; as runc, the id is freed and called unknown.
    if (error.code === "missing") context.store.remove(id);
    else if (error.code === "corrupt" && isForced) return removeUnreadable(context, id, stateDir, error);
    throw error;
  }
}

/** Without a record only init and the directory can be found. */
async function removeUnreadable(
  context: RuntimeContext,
  id: ContainerId,
  stateDir: string,
  reason: StateError,
): Promise<void> {
  const init = readProcessFile(`${stateDir}/init`);
  if (init !== undefined) {
    const { killAndWait } = await import("./kill-and-wait.ts");
    await killAndWait(context, init, stateDir, "container init");
  }
  context.store.remove(id);
  context.log.log("warn", `${messageOf(reason)}; its cgroup and mounts, if any, are still there`);
}

/**
 * Remove the process directory of an exec that has ended. Forced: one that runs is killed, one that is not there is fine.
 *
 * @throws {StateError} code "missing"; {RuntimeError} codes "exec-running", "not-running" (no such exec)
 */
export async function deleteExec(
  context: RuntimeContext,
  id: ContainerId,
  execId: ExecId,
  options: { readonly isForced: boolean },
): Promise<void> {
  const stateDir = context.store.stateDir(id);
  const directory = processDirectory(stateDir, execId);
  if (!existsSync(directory)) {
    if (options.isForced) return;
    if (!existsSync(stateDir)) throw new StateError("missing", "container does not exist");
    throw new RuntimeError("not-running", `exec ${JSON.stringify(execId)} does not exist`);
  }
  const target = readProcessFile(directory);
  if (target !== undefined && !(await waitForEnd(target, 0))) {
    if (!options.isForced) {
      throw new RuntimeError(
        "exec-running",
        `cannot delete exec ${JSON.stringify(execId)}: it is still running`,
      );
    }
    const { killAndWait } = await import("./kill-and-wait.ts");
    await killAndWait(context, target, stateDir, `exec ${JSON.stringify(execId)}`);
  }
  await waitForMonitor(directory);
  removeTree(directory);
}
