import { openCgroup } from "../cgroups/open.ts";
import type { ContainerId } from "../core/brand.ts";
import { messageOf } from "../core/errors.ts";
import { parseHostPath } from "../core/ids.ts";
import { readTextIfExists } from "../host/files.ts";
import { compileHooksPlan } from "../plan/hooks.ts";
import { compileUndoPlan } from "../plan/host-mounts.ts";
import { loadSpec } from "../spec/load.ts";
import { stateDocument } from "../spec/state-document.ts";
import type { ValidSpec } from "../spec/types.ts";
import { waitForExecutors } from "../state/lock.ts";
import type { ContainerRecord } from "../state/record.ts";
import { findInit } from "../state/status.ts";
import { carryOut, environmentList, type RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";
import { sendSignal } from "./send-signal.ts";
import { processDirectory } from "./supervision.ts";
import { mountsToUndo } from "./undo-mounts.ts";
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
  await killInit(context, container);
  const cgroup = openCgroup(record.cgroup);
  // Without a pid namespace of its own init's death has ended nobody else; an exec may also just have been born.
  if ((await cgroup.pids()).length > 0) await cgroup.kill(SIGKILL);
  await cgroup.remove();
  const mounts = mountsToUndo(record.mounts);
  if (mounts.length > 0) await carryOut(context, compileUndoPlan(mounts), stateDir, { lockedDir: stateDir });
  const spec = poststopSpec(stateDir);
  context.store.remove(id);
  if (spec !== undefined) await runPoststop(context, spec, record);
}

async function killInit(context: RuntimeContext, { record, stateDir }: DoomedContainer): Promise<void> {
  const init = findInit(stateDir, record);
  if (init === undefined) return;
  if (!(await waitForEnd(init, 0))) {
    await sendSignal(context, init, SIGKILL, stateDir);
    // Frozen tasks of version 1 die only when they are thawed.
    if (record.cgroup.mode !== "v2") await openCgroup(record.cgroup).thaw();
    if (!(await waitForEnd(init, KILL_TIMEOUT_MS))) {
      throw new RuntimeError("still-running", "container init still running");
    }
  }
  await waitForMonitor(processDirectory(stateDir));
}

/** The frozen spec when it has poststop hooks; it is not parsed otherwise, on what is a hot path. */
function poststopSpec(stateDir: string): ValidSpec | undefined {
  if (!(readTextIfExists(`${stateDir}/config.json`) ?? "").includes('"poststop"')) return undefined;
  return loadSpec(parseHostPath(stateDir, "state directory"));
}

async function runPoststop(context: RuntimeContext, spec: ValidSpec, record: ContainerRecord): Promise<void> {
  const hooks = spec.hooks?.poststop ?? [];
  if (hooks.length === 0) return;
  const state = stateDocument(spec, { id: record.id, status: "stopped", bundle: record.bundle });
  try {
    const plan = compileHooksPlan(hooks, state, {
      hookKind: "poststop",
      cwd: process.cwd(),
      env: environmentList(context),
      tolerate: true,
    });
    await carryOut(context, plan, context.store.stateRoot);
  } catch (error) {
    // The container is gone; runtime-spec, "Lifecycle": log a warning and go on.
    context.log.log("warn", `poststop hooks: ${messageOf(error)}`);
  }
}
