import type { ContainerId } from "../core/brand.ts";
import type { ContainerRecord } from "../state/record.ts";
import type { RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";
import { inspectContainer } from "./inspect.ts";
import { sendSignal } from "./send-signal.ts";

const SIGKILL = 9;

/**
 * Send a signal to init, or to every process of the container. No lock: the kernel decides who is signalled, by start time.
 *
 * @param options.isAll every process of the cgroup; a container that has stopped is no error then
 * @throws {RuntimeError} code "not-running"; {StateError} code "missing"; {CgroupError}
 */
export async function killContainer(
  context: RuntimeContext,
  id: ContainerId,
  signal: number,
  options: { readonly isAll: boolean },
): Promise<void> {
  const { record, stateDir, cgroup, init } = await inspectContainer(context, id);
  // The other runtime says itself when there is nobody to kill.
  if (record.delegate !== undefined)
    return killDelegated(context, id, { record, stateDir }, signal, options.isAll);
  // The death of an init without a pid namespace of its own ends nobody else: they can be killed when it has gone, too.
  const isForEach = options.isAll || (signal === SIGKILL && !record.hasPrivatePidNamespace);
  const isEmpty = async (): Promise<boolean> =>
    !(await cgroup.exists()) || (await cgroup.pids()).length === 0;
  if (init === undefined && !options.isAll && (!isForEach || (await isEmpty()))) throw notRunning();
  // Where we could make no cgroup (rootless), init is all we know of.
  if (isForEach && (await cgroup.exists())) return cgroup.kill(signal);
  if (init === undefined) return;
  if (!(await sendSignal(context, init, signal, stateDir))) throw notRunning();
  // A frozen process of version 1 dies only when it is thawed; on version 2 it dies at once, but its cgroup stays
  // frozen, and a container with a frozen cgroup counts as paused.
  if (signal === SIGKILL && (await cgroup.isFrozen())) await cgroup.thaw();
}

async function killDelegated(
  context: RuntimeContext,
  id: ContainerId,
  container: { readonly record: ContainerRecord; readonly stateDir: string },
  signal: number,
  isAll: boolean,
): Promise<void> {
  const { runDelegate } = await import("./delegate/delegated.ts");
  try {
    await runDelegate(context, container, ["kill", ...(isAll ? ["--all"] : []), id, String(signal)]);
  } catch (error) {
    const { init } = await inspectContainer(context, id);
    if (init !== undefined) throw error;
    if (!isAll) throw notRunning();
  }
}

function notRunning(): RuntimeError {
  return new RuntimeError("not-running", "container not running");
}
