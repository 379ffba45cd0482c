import { join } from "node:path";
import { type RuntimeConfig, runRuntime } from "./run.ts";

/** Start the program of a created container. */
export async function startContainer(config: RuntimeConfig, id: string, bundle: string): Promise<void> {
  await runRuntime(config, { args: ["start", id], logPath: join(bundle, "log.json") });
}
