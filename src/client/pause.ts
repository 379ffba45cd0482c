import { join } from "node:path";
import { type RuntimeConfig, runRuntime } from "./run.ts";

/** Freeze every process of a container. */
export async function pauseContainer(config: RuntimeConfig, id: string, bundle: string): Promise<void> {
  await runRuntime(config, { args: ["pause", id], logPath: join(bundle, "log.json") });
}

/** Thaw a paused container. */
export async function resumeContainer(config: RuntimeConfig, id: string, bundle: string): Promise<void> {
  await runRuntime(config, { args: ["resume", id], logPath: join(bundle, "log.json") });
}
