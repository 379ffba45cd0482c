import { parseContainerId } from "../core/ids.ts";
import { launchDetached } from "../runtime/launch.ts";
import { type RestoreRequest, restoreAttached, restoreContainer } from "../runtime/restore.ts";
import { readRootfsMounts } from "../runtime/rootfs-mounts.ts";
import type { CommandCall } from "./command.ts";
import { restoreFlags } from "./criu-flags.ts";
import { bundleFlag, firstArgument, pathFlag, supervisionFlags } from "./values.ts";

/** `restore ID`: like `run`, the exit code is the container's unless it is detached. */
export async function runRestore(call: CommandCall): Promise<number> {
  const { flags } = call;
  const isDetached = (flags.bools.get("detach") ?? false) || (flags.bools.get("monitor") ?? false);
  const mountsFile = pathFlag(flags, "rootfs-mounts");
  const request: RestoreRequest = {
    id: parseContainerId(firstArgument(call)),
    bundle: bundleFlag(flags),
    pidFile: pathFlag(flags, "pid-file"),
    consoleSocket: pathFlag(flags, "console-socket"),
    pidfdSocket: undefined,
    preserveFds: 0,
    noPivot: false,
    noNewKeyring: false,
    isSystemdCgroup: call.globals.isSystemdCgroup,
    rootfsMounts: mountsFile === undefined ? [] : readRootfsMounts(mountsFile),
    supervision: supervisionFlags(flags, !isDetached),
    criu: restoreFlags(flags),
  };
  if (!isDetached) return restoreAttached(call.runtime, request);
  await restoreContainer(call.runtime, request, launchDetached(call.runtime));
  return 0;
}
