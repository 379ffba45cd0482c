import { spawnSync } from "node:child_process";

import { readKernelFacts } from "../host/facts.ts";
import { featuresDocument } from "../spec/features.ts";
import type { CommandCall } from "./command.ts";

/** `features`: what this runtime can do on this host. */
export async function runFeatures(call: CommandCall): Promise<number> {
  const libseccompVersion = readLibseccompVersion(call.environment.gantryInit);
  const document = featuresDocument({
    ...readKernelFacts(),
    version: call.environment.version,
    ...(libseccompVersion === undefined ? {} : { libseccompVersion }),
  });
  call.print(`${JSON.stringify(document, null, 4)}\n`);
  return 0;
}

/** From the line of `gantry-init version`; undefined when it does not say. */
function readLibseccompVersion(gantryInit: string): string | undefined {
  const { stdout } = spawnSync(gantryInit, ["version"], { encoding: "utf8", env: {} });
  return /libseccomp[ /](\d+(?:\.\d+)+)/.exec(stdout ?? "")?.[1];
}
