import { dirname } from "node:path";

import type { HostPath } from "../core/brand.ts";
import { compileUndoPlan, compileUnmountPlan } from "../plan/host-mounts.ts";
import type { ContainerRecord } from "../state/record.ts";
import { carryOut } from "./carry-out.ts";
import type { RuntimeContext } from "./context.ts";
import { releaseLease } from "./leases.ts";
import { leaveOverlay } from "./shared-overlay.ts";
import { plannedUndo } from "./undo-steps.ts";

/** Take back what `create` has made on the host, as far as it got. @throws {ExecutorError}; {StateError} */
export async function undoCreated(
  context: RuntimeContext,
  record: ContainerRecord,
  stateDir: string,
): Promise<void> {
  const steps = plannedUndo(record.undo);
  if (steps.length > 0) await carryOut(context, compileUndoPlan(steps), stateDir, { lockedDir: stateDir });
  // They were taken before everything else.
  for (const step of record.undo.toReversed()) {
    if (step.kind === "release") await releaseLease(context, step.lease, stateDir);
    if (step.kind === "leave") await leaveOverlay(context, step.overlay, stateDir);
  }
}

/** Unmount whatever is left at and below a directory. @throws {ExecutorError} */
export async function unmountLeft(context: RuntimeContext, rootfs: HostPath): Promise<void> {
  await carryOut(context, compileUnmountPlan(rootfs), dirname(rootfs));
}
