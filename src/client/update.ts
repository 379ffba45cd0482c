import { join } from "node:path";
import { type RuntimeConfig, runRuntime } from "./run.ts";

/** Change limits. @param resources the OCI specification's `linux.resources` as JSON, passed on as it is */
export async function updateContainer(
  config: RuntimeConfig,
  id: string,
  bundle: string,
  resources: string,
): Promise<void> {
  const args = ["update", "--resources", "-", id];
  await runRuntime(config, { args, logPath: join(bundle, "log.json"), input: resources });
}
