import { runAttached, runDetached } from "../runtime/run.ts";
import type { CommandCall } from "./command.ts";
import { createRequest } from "./create.ts";
import { supervisionFlags } from "./values.ts";

/** `run ID`: attached, the exit code is the container's. */
export async function runRun(call: CommandCall): Promise<number> {
  const { flags, runtime } = call;
  const supervision = supervisionFlags(flags, flags.bools.get("detach") !== true);
  const request = createRequest(call, supervision);
  if (supervision.kind === "foreground") {
    return runAttached(runtime, request, flags.bools.get("keep") ?? false);
  }
  await runDetached(runtime, request);
  return 0;
}
