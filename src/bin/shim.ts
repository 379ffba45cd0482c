import { dirname, join } from "node:path";
import { scrubEnvironment } from "../client/environment.ts";
import { runFront } from "../shim/front.ts";
import type { Invocation } from "./invocation.ts";
import { VERSION } from "./version.ts";

/** `containerd-shim-gantry-v2`: what containerd executes to start a server and to clean up. */
export async function runShim(invocation: Invocation): Promise<number> {
  const { args, execPath, env } = invocation;
  return runFront({
    argv: args,
    env: scrubEnvironment(env),
    executable: execPath,
    version: VERSION,
    serverCommand: [join(dirname(execPath), "gantry-shimd")],
    cwd: process.cwd(),
    parentPid: process.ppid,
  });
}
