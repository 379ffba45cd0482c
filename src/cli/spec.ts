import { writeFileSync } from "node:fs";
import { readCgroupHost } from "../cgroups/host.ts";
import { errnoOf } from "../core/errors.ts";
import { defaultSpec } from "../spec/default-spec.ts";
import { stringifyJson } from "../spec/json.ts";
import type { CommandCall } from "./command.ts";
import { CliError } from "./errors.ts";
import { bundleFlag } from "./values.ts";

/** `spec`: writes `config.json`, and never over an existing one. */
export async function runSpec(call: CommandCall): Promise<number> {
  const bundle = bundleFlag(call.flags);
  const spec = defaultSpec({
    isRootless: call.flags.bools.get("rootless") ?? false,
    euid: process.geteuid?.() ?? 0,
    egid: process.getegid?.() ?? 0,
    isCgroupV2: (await readCgroupHost()).mode === "v2",
  });
  try {
    writeFileSync(`${bundle}/config.json`, stringifyJson(spec, "\t"), { flag: "wx", mode: 0o666 });
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    throw new CliError("bad-arguments", "File config.json exists. Remove it first");
  }
  return 0;
}
