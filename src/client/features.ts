import { type RuntimeConfig, runRuntime } from "./run.ts";

/** What the runtime can do: the OCI features document as JSON text. */
export async function readFeatures(config: RuntimeConfig): Promise<string> {
  return (await runRuntime(config, { args: ["features"], wantsOutput: true })).trim();
}
