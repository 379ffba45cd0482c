import { join } from "node:path";
import { type RuntimeConfig, runRuntime } from "./run.ts";

/** containerd's stdio strings, verbatim; empty means /dev/null. */
export interface StdioUris {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Another process in a container. */
export interface ExecCall {
  readonly id: string;
  readonly bundle: string;
  readonly execId: string;
  /** File with the process as the OCI specification's `process` object. */
  readonly processFile: string;
  readonly stdio: StdioUris;
}

/** Start another process with a detached monitor; returns when its program runs. */
export async function execProcess(config: RuntimeConfig, call: ExecCall): Promise<void> {
  const args = ["exec", "--monitor", "--detach", "--exec-id", call.execId, "--process", call.processFile];
  args.push(...stdioFlags(call.stdio), call.id);
  await runRuntime(config, { args, logPath: join(call.bundle, "log.json") });
}

/** The flags for stdio; a stream without a string has none. */
export function stdioFlags(stdio: StdioUris): string[] {
  const flags: string[] = [];
  for (const name of ["stdin", "stdout", "stderr"] as const) {
    if (stdio[name] !== "") flags.push(`--${name}`, stdio[name]);
  }
  return flags;
}
