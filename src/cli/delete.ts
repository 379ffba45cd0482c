import { parseContainerId, parseExecId } from "../core/ids.ts";
import { deleteContainer, deleteExec } from "../runtime/delete.ts";
import type { CommandCall } from "./command.ts";
import { firstArgument, pathFlag } from "./values.ts";

/** `delete [--rootfs DIR] ID`, `delete --exec EXEC-ID ID` */
export async function runDelete(call: CommandCall): Promise<number> {
  const { flags, runtime } = call;
  const id = parseContainerId(firstArgument(call));
  const isForced = flags.bools.get("force") ?? false;
  const execId = flags.strings.get("exec");
  if (execId === undefined) {
    await deleteContainer(runtime, id, { isForced, leftRootfs: pathFlag(flags, "rootfs") });
  } else await deleteExec(runtime, id, parseExecId(execId), { isForced });
  return 0;
}
