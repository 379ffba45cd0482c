import { existsSync } from "node:fs";
import { join } from "node:path";
import { dropContainer } from "./delete.ts";
import type { ShimContext } from "./shim-context.ts";

/**
 * Drop the containers that the shim's binary `delete` has removed behind this server's back (containerd calls it when it
 * cannot reach the server): they must neither keep the server for ever nor their ids from being used again.
 */
export async function forgetRemoved(shim: ShimContext): Promise<void> {
  for (const container of [...shim.containers.values()]) {
    const { id, record, init } = container;
    if (init.exit === undefined || existsSync(join(record.stateRoot, id))) continue;
    // In the queue, because it may be a Delete under way that has removed it, and that has yet to say so.
    await init.queue.run(async () => {
      if (!container.isDeleted) dropContainer(shim, container);
    });
  }
}
