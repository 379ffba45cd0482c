import { join } from "node:path";
import { type RuntimeConfig, runRuntime } from "./run.ts";

/** Which container to remove, and whether to kill it first. */
export interface DeleteCall {
  readonly id: string;
  /** For the log; empty when it is gone. */
  readonly bundle: string;
  readonly force: boolean;
  /** With `force`: a directory at and below which nothing may be mounted afterwards, whether the runtime knows of it or not. */
  readonly leftRootfs?: string | undefined;
}

/**
 * Remove a container, its cgroup and its mounts.
 * @throws {ClientError} code "does-not-exist" when there is none (never with `force`)
 */
export async function deleteContainer(config: RuntimeConfig, call: DeleteCall): Promise<void> {
  const rootfs = call.leftRootfs === undefined ? [] : ["--rootfs", call.leftRootfs];
  const args = ["delete", ...(call.force ? ["--force"] : []), ...rootfs, call.id];
  const logPath = call.bundle === "" ? {} : { logPath: join(call.bundle, "log.json") };
  await runRuntime(config, { args, ...logPath });
}
