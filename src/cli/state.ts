import { parseContainerId } from "../core/ids.ts";
import { readContainerState } from "../runtime/state.ts";
import type { CommandCall } from "./command.ts";
import { firstArgument } from "./values.ts";

/** `state ID` */
export async function runState(call: CommandCall): Promise<number> {
  const state = await readContainerState(call.runtime, parseContainerId(firstArgument(call)));
  call.print(JSON.stringify(state, null, 2));
  return 0;
}
