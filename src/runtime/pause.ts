import type { ContainerId } from "../core/brand.ts";
import { withLock } from "../state/lock.ts";
import type { RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";
import { type Inspected, inspectContainer, LOCK_OPTIONS } from "./inspect.ts";

/**
 * Freeze every process of a created or running container. Pausing a paused one changes nothing.
 *
 * @throws {RuntimeError} codes "not-running", "not-ready"; {CgroupError} code "freeze-timeout"
 */
export async function pauseContainer(context: RuntimeContext, id: ContainerId): Promise<void> {
  await withLock(context.store.stateDir(id), LOCK_OPTIONS, async () => {
    const container = await inspectContainer(context, id);
    const { status, cgroup } = container;
    if (status === "stopped") throw new RuntimeError("not-running", "container not running");
    if (status === "creating") throw new RuntimeError("not-ready", "container is being created");
    if (status === "paused") return;
    context.faults.step("freeze");
    if (container.record.delegate !== undefined) return askDelegate(context, container, "pause", id);
    await cgroup.freeze();
  });
}

/** Thaw a paused container. @throws {RuntimeError} code "not-paused" */
export async function resumeContainer(context: RuntimeContext, id: ContainerId): Promise<void> {
  await withLock(context.store.stateDir(id), LOCK_OPTIONS, async () => {
    const container = await inspectContainer(context, id);
    const { status, cgroup } = container;
    // Some runtimes stop their containers without the help of a cgroup.
    if (container.record.delegate !== undefined) return askDelegate(context, container, "resume", id);
    if (status !== "paused") throw new RuntimeError("not-paused", "container not paused");
    context.faults.step("thaw");
    await cgroup.thaw();
  });
}

async function askDelegate(
  context: RuntimeContext,
  container: Inspected,
  command: "pause" | "resume",
  id: ContainerId,
): Promise<void> {
  const { runDelegate } = await import("./delegate/delegated.ts");
  await runDelegate(context, container, [command, id]);
}
