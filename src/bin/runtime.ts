import { dirname } from "node:path";

import type { CliEnvironment } from "../cli/command.ts";
import { runCli } from "../cli/main.ts";
import { PROCESS_IO } from "../cli/output.ts";
import { runInitBlocking } from "../executor/init-process.ts";
import { ConfigReader } from "../runtime/node-config.ts";
import type { UserTransforms } from "../runtime/user-transforms.ts";
import type { Invocation } from "./invocation.ts";
import { VERSION } from "./version.ts";

/** `gantry-runtime`: the OCI runtime's command line; `gantry-runtime worker`: the same for the shim, which keeps it warm. */
export async function runRuntime(invocation: Invocation): Promise<number> {
  if (invocation.args[0] === "worker") return (await import("./worker.ts")).runWorker(invocation);
  if (invocation.args[0] === "transforms") return (await import("./transforms.ts")).runTransforms();
  const environment: CliEnvironment = {
    ...runtimeEnvironment(invocation),
    runInit: runInitBlocking,
    io: PROCESS_IO,
    isShared: false,
  };
  const { GANTRY_LAUNCH_FD: launchFd, GANTRY_LAUNCH_NAME: calledAs = "gantry-runtime" } = invocation.env;
  // Without a launcher, or when that has seen no reason to ask, only the environment can want another runtime.
  if (
    launchFd !== undefined ||
    (environment.env["GANTRY_ENGINE"] === "delegate" && invocation.env["GANTRY_FROM_SHIM"] === undefined)
  ) {
    const { standIn } = await import("../cli/stand-in.ts");
    const ourselves = ["gantry-runtime", "gantry-shimd", "gantry"].map(
      (name) => `${dirname(invocation.execPath)}/${name}`,
    );
    const launcherFd = launchFd === undefined ? undefined : Number(launchFd);
    const status = await standIn(invocation.args, environment, {
      launcherFd,
      calledAs,
      ourselves,
      cwd: process.cwd(),
    });
    if (status !== undefined) return status;
  }
  return runCli(invocation.args, environment);
}

/** What every command of this program knows of how it was started. */
export function runtimeEnvironment(
  invocation: Invocation,
): Omit<CliEnvironment, "runInit" | "io" | "isShared"> {
  const {
    GANTRY_INIT_PATH: gantryInit,
    GANTRY_TEST_FAULT: fault = "0",
    GANTRY_TEST_FAULT_KIND: kind,
    TRACEPARENT: traceparent,
    GANTRY_LAUNCH_FD: _fd,
    GANTRY_LAUNCH_NAME: _name,
    GANTRY_FROM_SHIM: _caller,
    ...env
  } = invocation.env;
  let userTransforms: Promise<UserTransforms> | undefined;
  return {
    // The override is for development, where the TypeScript source has no gantry-init beside it.
    gantryInit: gantryInit ?? `${dirname(invocation.execPath)}/gantry-init`,
    version: VERSION,
    traceparent,
    fault: {
      at: /^\d{1,6}$/.test(fault) ? Number(fault) : 0,
      action: kind === "kill" || kind === "hang" ? kind : "fail",
    },
    env,
    configs: new ConfigReader(),
    userTransforms: () => {
      userTransforms ??= loadUserTransforms(invocation);
      return userTransforms;
    },
  };
}

async function loadUserTransforms({ execPath }: Invocation): Promise<UserTransforms> {
  const { UserTransforms: Loaded } = await import("../runtime/user-transforms.ts");
  return new Loaded([`${dirname(execPath)}/gantry-runtime`, "transforms"]);
}
