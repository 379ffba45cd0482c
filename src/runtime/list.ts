import { openCgroup } from "../cgroups/open.ts";
import { messageOf } from "../core/errors.ts";
import { parseContainerId } from "../core/ids.ts";
import { readTextIfExists } from "../host/files.ts";
import { readStatus } from "../state/status.ts";
import type { RuntimeContext } from "./context.ts";
import { type StateOutput, stateOutput } from "./state.ts";

/** Every container of the state root that can be read, and a sentence for each that cannot. */
export interface ContainerList {
  readonly containers: readonly StateOutput[];
  readonly problems: readonly string[];
}

/** A broken entry never hides the others. */
export async function listContainers(context: RuntimeContext): Promise<ContainerList> {
  const listing = context.store.list();
  const problems = listing.broken.map(({ id, error }) => `load container ${id}: ${messageOf(error)}`);
  const containers: StateOutput[] = [];
  const nameOf = userNames();
  for (const { record, ownerUid } of listing.containers) {
    try {
      const stateDir = context.store.stateDir(parseContainerId(record.id));
      const { status, init } = await readStatus(stateDir, record, () => openCgroup(record.cgroup).isFrozen());
      containers.push(stateOutput(record, status, init?.pid, nameOf(ownerUid)));
    } catch (error) {
      problems.push(`load container ${record.id}: ${messageOf(error)}`);
    }
  }
  return { containers, problems };
}

/** Names of uids from /etc/passwd; `#uid` for one that has none there. */
function userNames(): (uid: number) => string {
  const names = new Map<string, string>();
  for (const line of (readTextIfExists("/etc/passwd") ?? "").split("\n")) {
    const [name = "", , uid = ""] = line.split(":");
    if (!names.has(uid)) names.set(uid, name);
  }
  return (uid) => names.get(String(uid)) ?? `#${uid}`;
}
