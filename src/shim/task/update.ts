import { messageOf } from "../../core/errors.ts";
import { ShimError } from "../errors.ts";
import { getContainer, type ShimContext } from "./shim-context.ts";

/**
 * Update: new limits for a container that has not stopped.
 * @param resources the OCI specification's `linux.resources` as JSON
 */
export async function updateTask(shim: ShimContext, id: string, resources: Uint8Array): Promise<void> {
  const container = getContainer(shim, id);
  const text = Buffer.from(resources).toString("utf8");
  try {
    JSON.parse(text); // only for the error: the text is passed on, 64-bit numbers and all
  } catch (error) {
    throw new ShimError("bad-request", `resources: ${messageOf(error)}`, { cause: error });
  }
  await container.init.queue.run(async () => {
    if (container.init.status === "stopped") {
      throw new ShimError("wrong-status", "cannot update a stopped container");
    }
    await container.runtime.update(id, container.bundle, text);
    shim.faults.point("Update", "acted");
  });
}
