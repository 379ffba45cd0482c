import type { CgroupManager } from "../cgroups/types.ts";
import type { ContainerId } from "../core/brand.ts";
import { messageOf } from "../core/errors.ts";
import type { Resources } from "../spec/types.ts";
import { withLock } from "../state/lock.ts";
import type { RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";
import { inspectContainer, LOCK_OPTIONS } from "./inspect.ts";

/**
 * Change the limits of a container; what `resources` does not name stays, and devices always do. The new values are
 * remembered only when the kernel took them.
 *
 * @throws {RuntimeError} code "not-running"; {CgroupError}
 */
export async function updateContainer(
  context: RuntimeContext,
  id: ContainerId,
  resources: Resources,
): Promise<void> {
  await withLock(context.store.stateDir(id), LOCK_OPTIONS, async () => {
    const { status, cgroup, record } = await inspectContainer(context, id);
    if (status === "stopped") throw new RuntimeError("not-running", "container not running");
    const { devices: _, ...limits } = resources;
    try {
      await cgroup.update(limits);
    } catch (error) {
      if (record.cgroup.unit !== undefined) await putBack(context, cgroup, record.resources);
      throw error;
    }
    context.store.write(id, { ...record, resources: mergeResources(record.resources, limits) });
  });
}

/** The files are as they were; systemd was told of the new limits before one of them was refused. */
async function putBack(context: RuntimeContext, cgroup: CgroupManager, before: Resources): Promise<void> {
  const { devices: _, ...limits } = before;
  try {
    await cgroup.update(limits);
  } catch (error) {
    context.log.log("warn", `cannot put the limits back: ${messageOf(error)}`);
  }
}

/** The limits as they are after an update: what it names replaces what was there, field by field. */
export function mergeResources(before: Resources, changes: Resources): Resources {
  return {
    ...before,
    ...changes,
    ...(changes.memory === undefined ? {} : { memory: { ...before.memory, ...changes.memory } }),
    ...(changes.cpu === undefined ? {} : { cpu: { ...before.cpu, ...changes.cpu } }),
    ...(changes.blockIO === undefined ? {} : { blockIO: { ...before.blockIO, ...changes.blockIO } }),
    ...(changes.unified === undefined ? {} : { unified: { ...before.unified, ...changes.unified } }),
  };
}
