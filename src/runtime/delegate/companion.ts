import type { ContainerId, HostPath } from "../../core/brand.ts";
import { hostFiles } from "../../host/files.ts";
import { compilePrepare, type PrepareOperation } from "../../plan/prepare.ts";
import { OCI_VERSION } from "../../spec/version.ts";
import { withLock, withTicket } from "../../state/lock.ts";
import type { ContainerRecord } from "../../state/record.ts";
import type { Transformed } from "../../transforms/pipeline.ts";
import { carryOut } from "../carry-out.ts";
import type { RuntimeContext } from "../context.ts";
import { joinOverlays } from "../create.ts";
import { LOCK_OPTIONS } from "../inspect.ts";
import { takeLease } from "../leases.ts";
import { transformRecords } from "../transform.ts";
import { undoCreated } from "../undo.ts";
import { undoPrepared } from "../undo-steps.ts";

/*
 * Another runtime's container may need things on the host that only we know how to take back. They are noted in a record of ours, in
 * a state root that holds nothing else.
 */

/** Make what the transforms want, with the record of how to undo it first. On failure nothing is left. */
export async function prepareCompanion(
  context: RuntimeContext,
  id: ContainerId,
  bundle: HostPath,
  transformed: Transformed,
): Promise<void> {
  // What is left of one that its runtime has forgotten, as after a crash.
  await undoCompanion(context, id);
  const { dir, ticket } = context.store.create(id);
  await withTicket(dir, ticket, async () => {
    const whole = recordOf(id, bundle, transformed);
    const leases = whole.undo.filter((step) => step.kind === "release");
    // Until they are ours, what is to be undone may be another container's.
    let record: ContainerRecord = { ...whole, undo: leases };
    context.store.write(id, record);
    try {
      for (const step of leases) await takeLease(context, step.lease, dir);
      record = whole;
      context.store.write(id, record);
      await joinOverlays(context, transformed.prepare, dir);
      await carryOut(context, planOf(transformed.prepare), dir, { lockedDir: dir });
    } catch (error) {
      await undoCreated(context, record, dir);
      context.store.remove(id);
      throw error;
    }
  });
}

/** Whether anything was prepared for this container. */
export function hasCompanion(context: RuntimeContext, id: ContainerId): boolean {
  return hostFiles.exists(context.store.stateDir(id));
}

/** Take back what was prepared; nothing there is fine. */
export async function undoCompanion(context: RuntimeContext, id: ContainerId): Promise<void> {
  if (!hasCompanion(context, id)) return;
  const dir = context.store.stateDir(id);
  await withLock(dir, LOCK_OPTIONS, async () => {
    // Without a record it was killed before it made anything.
    if (hostFiles.exists(`${dir}/state.json`)) await undoCreated(context, context.store.read(id), dir);
    context.store.remove(id);
  });
}

function planOf(prepare: readonly PrepareOperation[]) {
  return { ops: [{ kind: "stage", stage: "host" } as const, ...compilePrepare(prepare)], warnings: [] };
}

function recordOf(id: ContainerId, bundle: HostPath, transformed: Transformed): ContainerRecord {
  return {
    ociVersion: OCI_VERSION,
    id,
    pid: 0,
    startTime: 0,
    bundle,
    rootfs: transformed.spec.root.path,
    created: new Date().toISOString(),
    annotations: {},
    owner: "",
    cgroup: { mode: "v2", paths: {} },
    resources: {},
    undo: undoPrepared(transformed.prepare),
    transforms: transformRecords(transformed),
    noNewKeyring: false,
    hasPrivatePidNamespace: true,
    namespaces: [],
  };
}
