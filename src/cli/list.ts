import { existsSync } from "node:fs";
import { listContainers } from "../runtime/list.ts";
import type { StateOutput } from "../runtime/state.ts";
import { StateError } from "../state/errors.ts";
import type { CommandCall } from "./command.ts";
import { CliError } from "./errors.ts";

/** `list`: what can be read is listed; a sentence on standard error for each entry that cannot. */
export async function runList(call: CommandCall): Promise<number> {
  const { flags, globals } = call;
  const format = flags.strings.get("format") ?? "table";
  if (format !== "table" && format !== "json") {
    throw new CliError("bad-flag", `invalid format option ${JSON.stringify(format)}: must be table or json`);
  }
  if (globals.isRootGiven && !existsSync(globals.stateRoot)) {
    throw new StateError("missing", `open ${globals.stateRoot}: no such file or directory`);
  }
  const { containers, problems } = await listContainers(call.runtime);
  for (const problem of problems) call.environment.io.writeErr(`${problem}\n`);
  if (flags.bools.get("quiet") === true) call.print(containers.map(({ id }) => `${id}\n`).join(""));
  else if (format === "json") call.print(containers.length === 0 ? "null" : JSON.stringify(containers));
  else call.print(formatTable(containers));
  return 0;
}

const MIN_WIDTH = 12;
const PADDING = 3;

/** runc's columns: at least twelve wide, three spaces between; the last column is as long as it is. */
export function formatTable(containers: readonly StateOutput[]): string {
  const rows = [
    ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"],
    ...containers.map(({ id, pid, status, bundle, created, owner }) => [
      id,
      String(pid),
      status,
      bundle,
      created,
      owner,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(MIN_WIDTH, ...rows.map((row) => (row[column] ?? "").length + PADDING)),
  );
  return rows
    .map((row) => {
      const cells = row.map((cell, column) =>
        column < row.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell,
      );
      return `${cells.join("")}\n`;
    })
    .join("");
}
