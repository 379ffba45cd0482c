import { parseContainerId } from "../core/ids.ts";
import { checkpointContainer } from "../runtime/checkpoint.ts";
import type { CommandCall } from "./command.ts";
import { checkpointFlags } from "./criu-flags.ts";
import { firstArgument } from "./values.ts";

/** `checkpoint ID` */
export async function runCheckpoint(call: CommandCall): Promise<number> {
  const id = parseContainerId(firstArgument(call));
  await checkpointContainer(call.runtime, id, checkpointFlags(call.flags, process.pid));
  return 0;
}
