import { openCgroup } from "../cgroups/open.ts";
import type { ContainerId } from "../core/brand.ts";
import { messageOf } from "../core/errors.ts";
import { readTextIfExists } from "../host/files.ts";
import { waitForExecutors } from "../state/lock.ts";
import type { ContainerRecord } from "../state/record.ts";
import { findInit } from "../state/status.ts";
import type { RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";
import { processDirectory } from "./process-directory.ts";
import { waitForEnd } from "./wait-for-end.ts";
import { waitForMonitor } from "./wait-for-monitor.ts";

/** A container that is to go away; the caller holds its lock. */
export interface DoomedContainer {
  readonly id: ContainerId;
  readonly record: ContainerRecord;
  readonly stateDir: string;
}

const SIGKILL = 9;
const KILL_TIMEOUT_MS = 10_000;

/**
 * Undo everything that was made for a container, in the order of runc's destroy: its processes, its cgroup, the mounts on
 * the host, its directory; then the poststop hooks, whose failure is a warning. What is already gone is fine, so a
 * destroy that was interrupted can be repeated: the directory, which holds the record, goes last.
 *
 * @throws {RuntimeError} code "still-running"; {CgroupError} code "remove-failed"; {ExecutorError}
 */
export async function destroyContainer(context: RuntimeContext, container: DoomedContainer): Promise<void> {
  const { id, record, stateDir } = container;
  await waitForExecutors(stateDir);
  if (record.delegate !== undefined) await deleteDelegated(context, container);
  await killInit(context, container);
  const cgroup = openCgroup(record.cgroup);
  // Without a pid namespace of its own init's death has ended nobody else; an exec may also just have been born.
  if ((await cgroup.pids()).length > 0) await cgroup.kill(SIGKILL);
  await cgroup.remove();
  if (record.undo.length > 0) await (await import("./undo.ts")).undoCreated(context, record, stateDir);
  const runPoststop = await preparePoststop(context, container);
  context.store.remove(id);
  await runPoststop?.();
}

/** First, as long as it can do it in its own way. What it leaves, or does not know, goes as if it were ours. */
async function deleteDelegated(context: RuntimeContext, container: DoomedContainer): Promise<void> {
  const { runDelegate } = await import("./delegate/delegated.ts");
  try {
    await runDelegate(context, container, ["delete", "--force", container.id]);
  } catch (error) {
    context.log.log("warn", `delete of the delegated container: ${messageOf(error)}`);
  }
}

async function killInit(context: RuntimeContext, { record, stateDir }: DoomedContainer): Promise<void> {
  const init = findInit(stateDir, record);
  if (init === undefined) return;
  if (!(await waitForEnd(init, 0))) {
    const { sendSignal } = await import("./send-signal.ts");
    await sendSignal(context, init, SIGKILL, stateDir);
    // Frozen tasks of version 1 die only when they are thawed.
    if (record.cgroup.mode !== "v2") await openCgroup(record.cgroup).thaw();
    if (!(await waitForEnd(init, KILL_TIMEOUT_MS))) {
      throw new RuntimeError("still-running", "container init still running");
    }
  }
  await waitForMonitor(processDirectory(stateDir));
}

/** Poststop hooks are in the frozen spec, which goes with the directory. It is not parsed for nothing, on what is a hot path. */
async function preparePoststop(
  context: RuntimeContext,
  { record, stateDir }: DoomedContainer,
): Promise<(() => Promise<void>) | undefined> {
  // The other runtime has run them.
  if (record.delegate !== undefined) return undefined;
  if (!(readTextIfExists(`${stateDir}/config.json`) ?? "").includes('"poststop"')) return undefined;
  const { loadPoststop } = await import("./hooks.ts");
  return loadPoststop(context, record, stateDir);
}
