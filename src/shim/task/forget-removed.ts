import { existsSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../core/errors.ts";
import type { Container } from "./container.ts";
import { dropContainer } from "./delete.ts";
import type { ShimContext } from "./shim-context.ts";

/**
 * Drop the containers that the shim's binary `delete` has removed behind this server's back (containerd calls it when it
 * cannot reach the server): they must neither keep the server for ever nor their ids from being used again. An ended one
 * whose bundle is gone is removed here: containerd forgets a container with its bundle, and nobody will ask for it.
 */
export async function forgetRemoved(shim: ShimContext): Promise<void> {
  for (const container of [...shim.containers.values()]) {
    const { init } = container;
    if (init.exit === undefined || (hasState(container) && existsSync(container.bundle))) continue;
    // In the queue, because it may be a Delete under way that has removed it, and that has yet to say so.
    await init.queue.run(async () => {
      if (container.isDeleted) return;
      if (hasState(container) && !(await removed(shim, container))) return;
      dropContainer(shim, container);
    });
  }
}

function hasState({ id, record }: Container): boolean {
  return existsSync(join(record.stateRoot, id));
}

async function removed(shim: ShimContext, { id, bundle, runtime }: Container): Promise<boolean> {
  try {
    await runtime.delete({ id, bundle: "", force: true, leftRootfs: undefined });
    shim.logger.log("warn", "removed: its bundle is gone", { id, bundle });
    return true;
  } catch (error) {
    shim.logger.log("error", `cannot remove it, and its bundle is gone: ${messageOf(error)}`, { id, bundle });
    return false;
  }
}
