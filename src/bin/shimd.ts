import { parseShimArgs } from "../shim/argv.ts";
import { runServer } from "../shim/server.ts";
import type { Invocation } from "./invocation.ts";

/** `gantry-shimd`: the task server. Started by `containerd-shim-gantry-v2 start`. */
export async function runShimd(invocation: Invocation): Promise<number> {
  const { args, env, execPath } = invocation;
  return runServer({ args: parseShimArgs(args), env, executable: execPath });
}
