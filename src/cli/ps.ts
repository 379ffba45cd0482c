import { spawnSync } from "node:child_process";

import { parseContainerId } from "../core/ids.ts";
import { filterProcessTable, listProcesses } from "../runtime/ps.ts";
import type { CommandCall } from "./command.ts";
import { CliError } from "./errors.ts";
import { firstArgument } from "./values.ts";

/** `ps ID [PS-OPTION …]`: a table made by the host's `ps`, or with `--format json` the pids. */
export async function runPs(call: CommandCall): Promise<number> {
  const format = call.flags.strings.get("format") ?? "table";
  if (format !== "table" && format !== "json") {
    throw new CliError("bad-flag", `invalid format option ${JSON.stringify(format)}: must be table or json`);
  }
  const pids = await listProcesses(call.runtime, parseContainerId(firstArgument(call)));
  if (format === "json") {
    call.print(`${JSON.stringify(pids)}\n`);
    return 0;
  }
  const options = call.flags.positional.slice(1);
  const ps = spawnSync("ps", options.length > 0 ? options : ["-ef"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (ps.error !== undefined || ps.status !== 0) {
    throw new CliError("unsupported", `ps failed: ${ps.error?.message ?? ps.stderr.trim()}`);
  }
  const table = filterProcessTable(ps.stdout, new Set(pids));
  if (table === undefined) throw new CliError("bad-flag", "couldn't find PID field in ps output");
  call.print(table);
  return 0;
}
