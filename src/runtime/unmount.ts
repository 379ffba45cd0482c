import { dirname } from "node:path";

import type { HostPath } from "../core/brand.ts";
import { compileUndoPlan, compileUnmountPlan } from "../plan/host-mounts.ts";
import type { ContainerRecord } from "../state/record.ts";
import { carryOut } from "./carry-out.ts";
import type { RuntimeContext } from "./context.ts";
import { mountsToUndo } from "./undo-mounts.ts";

/** Undo the mounts that `create` made on the host. @throws {ExecutorError} */
export async function undoMounts(
  context: RuntimeContext,
  record: ContainerRecord,
  stateDir: string,
): Promise<void> {
  const mounts = mountsToUndo(record.mounts);
  if (mounts.length > 0) await carryOut(context, compileUndoPlan(mounts), stateDir, { lockedDir: stateDir });
}

/** Unmount whatever is left at and below a directory. @throws {ExecutorError} */
export async function unmountLeft(context: RuntimeContext, rootfs: HostPath): Promise<void> {
  await carryOut(context, compileUnmountPlan([rootfs]), dirname(rootfs));
}
