import { dirname } from "node:path";

import { runCli } from "../cli/main.ts";
import { runInitBlocking } from "../executor/init-process.ts";
import type { Invocation } from "./invocation.ts";
import { VERSION } from "./version.ts";

/** `gantry-runtime`: the OCI runtime's command line. */
export async function runRuntime(invocation: Invocation): Promise<number> {
  const { GANTRY_INIT_PATH: gantryInit, GANTRY_TEST_FAULT: fault = "0", ...env } = invocation.env;
  return runCli(invocation.args, {
    // The override is for development, where the TypeScript source has no gantry-init beside it.
    gantryInit: gantryInit ?? `${dirname(invocation.execPath)}/gantry-init`,
    runInit: runInitBlocking,
    version: VERSION,
    faultAt: /^\d{1,6}$/.test(fault) ? Number(fault) : 0,
    env,
  });
}
