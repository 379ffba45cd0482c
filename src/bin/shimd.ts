import { scrubEnvironment } from "../client/environment.ts";
import { compileEagerly, trimWhenQuiet } from "./engine.ts";
import type { Invocation } from "./invocation.ts";
import { VERSION } from "./version.ts";

/** `gantry-shimd`: the server of a node, and `gantry-shimd front`, what the stub's front does not do by itself. */
export async function runShimd(invocation: Invocation): Promise<number> {
  const { args, env, execPath } = invocation;
  if (args[0] === "front") {
    const { runFront } = await import("../shim/front.ts");
    return runFront({
      argv: args.slice(1),
      env: scrubEnvironment(env),
      executable: execPath,
      version: VERSION,
      cwd: process.cwd(),
    });
  }
  compileEagerly();
  const { runServer } = await import("../shim/server.ts");
  return runServer({ argv: args, env, executable: execPath, version: VERSION, onWork: trimWhenQuiet() });
}
