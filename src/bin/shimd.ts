import { parseShimArgs } from "../shim/argv.ts";
import { runServer } from "../shim/server.ts";
import type { Invocation } from "./invocation.ts";

/** What Bun has and Node has not. */
interface Engine {
  readonly unsafe?: { readonly setJITPolicy?: (scale: number) => void };
}

/** `gantry-shimd`: the task server. Started by `containerd-shim-gantry-v2 start`. */
export async function runShimd(invocation: Invocation): Promise<number> {
  const { args, env, execPath } = invocation;
  // The executable is built for commands that live for milliseconds and must not compile anything; a server should.
  const { Bun: bun } = globalThis as { readonly Bun?: Engine };
  bun?.unsafe?.setJITPolicy?.(1);
  return runServer({ args: parseShimArgs(args), env, executable: execPath });
}
