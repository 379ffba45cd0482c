import { parseContainerId } from "../core/ids.ts";
import { startContainer } from "../runtime/start.ts";
import type { CommandCall } from "./command.ts";
import { firstArgument } from "./values.ts";

/** `start ID` */
export async function runStart(call: CommandCall): Promise<number> {
  await startContainer(call.runtime, parseContainerId(firstArgument(call)));
  return 0;
}
