import { join } from "node:path";
import { type RuntimeConfig, runRuntime } from "./run.ts";

/** Which signal goes to which processes of a container. */
export interface KillCall {
  readonly id: string;
  readonly bundle: string;
  /** Linux signal number. */
  readonly signal: number;
  /** Every process in the container's cgroup, instead of init alone. */
  readonly all: boolean;
}

/** Send a signal. @throws {ClientError} code "not-running" when there is nobody left to get it */
export async function killContainer(config: RuntimeConfig, call: KillCall): Promise<void> {
  const args = ["kill", ...(call.all ? ["--all"] : []), call.id, String(call.signal)];
  await runRuntime(config, { args, logPath: join(call.bundle, "log.json") });
}
