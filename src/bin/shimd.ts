import { scrubEnvironment } from "../client/environment.ts";
import { compileEagerly, trimWhenQuiet } from "./engine.ts";
import type { Invocation } from "./invocation.ts";
import { VERSION } from "./version.ts";

const COMPILE_AFTER_MS = 1000;

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
  // A hundred pods that wait for a server cost 130 ms of processor time; while everything is compiled, 250.
  setTimeout(compileEagerly, COMPILE_AFTER_MS).unref();
  const { runServer } = await import("../shim/server.ts");
  return runServer({ argv: args, env, executable: execPath, version: VERSION, onWork: trimWhenQuiet() });
}
