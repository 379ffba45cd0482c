import { parseContainerId } from "../core/ids.ts";
import { readStatsEvent, watchEvents } from "../runtime/events.ts";
import { stringifyJson } from "../spec/json.ts";
import type { CommandCall } from "./command.ts";
import { durationFlag, firstArgument } from "./values.ts";

/** `events ID`: one JSON object a line, until the container stops; `--stats` prints one and ends. */
export async function runEvents(call: CommandCall): Promise<number> {
  const id = parseContainerId(firstArgument(call));
  const intervalMs = durationFlag(call.flags, "interval", "5s");
  if (call.flags.bools.get("stats") === true) {
    call.print(`${stringifyJson(await readStatsEvent(call.runtime, id))}\n`);
    return 0;
  }
  for await (const event of watchEvents(call.runtime, id, intervalMs))
    call.print(`${stringifyJson(event)}\n`);
  return 0;
}
