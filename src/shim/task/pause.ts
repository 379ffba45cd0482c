import { ShimError } from "../errors.ts";
import type { CallEntry } from "../relay/journal.ts";
import { getContainer, type ShimContext } from "./shim-context.ts";

/** Pause: freeze every process of a running container. */
export async function pauseTask(shim: ShimContext, id: string, entry: CallEntry): Promise<void> {
  const container = getContainer(shim, id);
  await container.init.queue.run(async () => {
    if (container.init.status !== "running" || container.pause !== "no") {
      throw new ShimError("wrong-status", `cannot pause a ${describe(container)} container`);
    }
    entry.begin({ method: "Pause", id: container.id });
    container.pause = "pausing";
    try {
      await container.runtime.pause(id, container.bundle);
      shim.faults.point("Pause", "acted");
    } catch (error) {
      container.pause = "no";
      throw error;
    }
    // Init may have died meanwhile: a stopped container is not paused.
    container.pause = container.init.exit === undefined ? "paused" : "no";
    shim.events.publish(container.record.containerdNamespace, { kind: "paused", id });
  });
}

/** Resume: thaw a paused container. */
export async function resumeTask(shim: ShimContext, id: string, entry: CallEntry): Promise<void> {
  const container = getContainer(shim, id);
  await container.init.queue.run(async () => {
    if (container.init.status !== "running" || container.pause !== "paused") {
      throw new ShimError("wrong-status", `cannot resume a ${describe(container)} container`);
    }
    entry.begin({ method: "Resume", id: container.id });
    await container.runtime.resume(id, container.bundle);
    shim.faults.point("Resume", "acted");
    container.pause = "no";
    shim.events.publish(container.record.containerdNamespace, { kind: "resumed", id });
  });
}

function describe(container: { readonly init: { readonly status: string }; readonly pause: string }): string {
  return container.init.status === "running" && container.pause !== "no"
    ? container.pause
    : container.init.status;
}
