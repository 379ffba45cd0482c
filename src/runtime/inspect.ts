import { openCgroup } from "../cgroups/open.ts";
import type { CgroupManager } from "../cgroups/types.ts";
import type { ContainerId } from "../core/brand.ts";
import type { ContainerRecord } from "../state/record.ts";
import { type ObservedStatus, readStatus } from "../state/status.ts";
import type { RuntimeContext } from "./context.ts";

/** A container as it is now. */
export interface Inspected extends ObservedStatus {
  readonly record: ContainerRecord;
  readonly stateDir: string;
  readonly cgroup: CgroupManager;
}

/** Read a container's record and compute its status. @throws {StateError} codes "missing", "corrupt" */
export async function inspectContainer(context: RuntimeContext, id: ContainerId): Promise<Inspected> {
  const record = context.store.read(id);
  const stateDir = context.store.stateDir(id);
  const cgroup = openCgroup(record.cgroup);
  const observed = await readStatus(stateDir, record, () => cgroup.isFrozen());
  return { ...observed, record, stateDir, cgroup };
}

/** How long a command waits for another one that changes the same container; a hook may take its time. */
export const LOCK_OPTIONS = { timeoutMs: 60_000 } as const;
