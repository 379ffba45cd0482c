import { parseContainerId } from "../core/ids.ts";
import { type CreateRequest, createContainer } from "../runtime/create.ts";
import { launchDetached } from "../runtime/launch.ts";
import { readRootfsMounts } from "../runtime/rootfs-mounts.ts";
import type { SupervisionRequest } from "../runtime/supervision.ts";
import type { CommandCall } from "./command.ts";
import { bundleFlag, firstArgument, pathFlag, preserveFdsFlag, supervisionFlags } from "./values.ts";

/** `create ID` */
export async function runCreate(call: CommandCall): Promise<number> {
  const request = createRequest(call, supervisionFlags(call.flags, false));
  await createContainer(call.runtime, request, launchDetached(call.runtime));
  return 0;
}

/** What the flags that `create` and `run` share ask for. */
export function createRequest(call: CommandCall, supervision: SupervisionRequest): CreateRequest {
  const { flags } = call;
  const mountsFile = pathFlag(flags, "rootfs-mounts");
  return {
    id: parseContainerId(firstArgument(call)),
    bundle: bundleFlag(flags),
    pidFile: pathFlag(flags, "pid-file"),
    consoleSocket: pathFlag(flags, "console-socket"),
    pidfdSocket: pathFlag(flags, "pidfd-socket"),
    preserveFds: preserveFdsFlag(flags),
    noPivot: flags.bools.get("no-pivot") ?? false,
    noNewKeyring: flags.bools.get("no-new-keyring") ?? false,
    isSystemdCgroup: call.globals.isSystemdCgroup,
    rootfsMounts: mountsFile === undefined ? [] : readRootfsMounts(mountsFile),
    supervision,
  };
}
