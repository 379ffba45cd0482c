import { parseContainerId } from "../core/ids.ts";
import { pauseContainer, resumeContainer } from "../runtime/pause.ts";
import type { CommandCall } from "./command.ts";
import { firstArgument } from "./values.ts";

/** `pause ID` */
export async function runPause(call: CommandCall): Promise<number> {
  await pauseContainer(call.runtime, parseContainerId(firstArgument(call)));
  return 0;
}

/** `resume ID` */
export async function runResume(call: CommandCall): Promise<number> {
  await resumeContainer(call.runtime, parseContainerId(firstArgument(call)));
  return 0;
}
