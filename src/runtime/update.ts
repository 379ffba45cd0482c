import type { ContainerId } from "../core/brand.ts";
import { stringifyJson } from "../spec/json.ts";
import type { Resources } from "../spec/types.ts";
import { withLock } from "../state/lock.ts";
import type { RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";
import { inspectContainer, LOCK_OPTIONS } from "./inspect.ts";

/**
 * Change the limits of a container; what `resources` does not name stays, and devices always do. All of them are
 * set and remembered, or none is, and the error says so.
 *
 * @throws {RuntimeError} code "not-running"; {CgroupError}
 */
export async function updateContainer(
  context: RuntimeContext,
  id: ContainerId,
  resources: Resources,
): Promise<void> {
  await withLock(context.store.stateDir(id), LOCK_OPTIONS, async () => {
    const { status, cgroup, record, stateDir } = await inspectContainer(context, id);
    if (status === "stopped") throw new RuntimeError("not-running", "container not running");
    const { devices: _, ...limits } = resources;
    const faults = context.faults;
    if (record.delegate !== undefined) {
      const { runDelegate } = await import("./delegate/delegated.ts");
      const text = stringifyJson(limits);
      await runDelegate(context, { record, stateDir }, ["update", "--resources", "-", id], text);
      return context.store.write(id, { ...record, resources: mergeResources(record.resources, limits) });
    }
    await cgroup.update(limits, {
      beforeStep: (what) => faults.step(what),
      commit: () =>
        context.store.write(id, { ...record, resources: mergeResources(record.resources, limits) }),
    });
  });
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
