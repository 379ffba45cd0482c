import { parseContainerId } from "../core/ids.ts";
import { killContainer } from "../runtime/kill.ts";
import { parseSignal } from "../runtime/signal-number.ts";
import type { CommandCall } from "./command.ts";
import { firstArgument } from "./values.ts";

/** `kill ID [SIGNAL]` */
export async function runKill(call: CommandCall): Promise<number> {
  const { flags } = call;
  const signal = parseSignal(flags.positional[1] ?? "SIGTERM");
  const isAll = flags.bools.get("all") ?? false;
  await killContainer(call.runtime, parseContainerId(firstArgument(call)), signal, { isAll });
  return 0;
}
