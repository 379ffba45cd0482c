import { existsSync } from "node:fs";
import { join } from "node:path";
import { openCgroup } from "../../cgroups/open.ts";
import { readExitRecord, readProcessIdentity } from "../../client/process-files.ts";
import { readContainerFacts } from "../../client/state-file.ts";
import { messageOf } from "../../core/errors.ts";
import { membersDir } from "../address.ts";
import { listMembers, type Member, removeMember } from "../members.ts";
import { Container } from "./container.ts";
import { watchProcess } from "./exits.ts";
import { readExecRecords, readTaskRecord } from "./records.ts";
import type { ShimContext } from "./shim-context.ts";
import type { TaskProcess } from "./task-process.ts";

/**
 * Take over the containers of a server that was killed: what was asked for is in the bundles, what became of it in the
 * state root. The end of a process that ended meanwhile is announced (again, perhaps; containerd does not mind).
 */
export async function recoverContainers(shim: ShimContext): Promise<void> {
  for (const member of listMembers(membersDir(shim.socket))) {
    try {
      await recoverContainer(shim, member);
    } catch (error) {
      // One broken record must not take the other containers of the pod with it.
      shim.logger.log("error", `cannot take over container: ${messageOf(error)}`, { id: member.id });
    }
  }
}

async function recoverContainer(shim: ShimContext, member: Member): Promise<void> {
  const record = readTaskRecord(member.bundle);
  const facts = record && readContainerFacts(record.stateRoot, record.id);
  if (record === undefined || facts === undefined) {
    // Deleted, or its create came to nothing.
    removeMember(membersDir(shim.socket), member.id);
    return;
  }
  const container = new Container(record, shim.runtimeFor(record));
  const { init } = container;
  readFacts(init);
  // The fifo is there until the container is started (docs/ARCHITECTURE.md, "Files").
  init.isStarted = init.identity !== undefined && !existsSync(join(record.stateRoot, record.id, "exec.fifo"));
  for (const exec of readExecRecords(member.bundle)) {
    const process = container.addExec(exec);
    readFacts(process);
    process.isStarted = process.identity !== undefined;
  }
  if (init.exit === undefined && (await openCgroup(facts.cgroup).isFrozen())) container.pause = "paused";
  shim.containers.set(container.id, container);
  // Execs first: init's exit waits for theirs.
  for (const process of [...container.execs.values(), init]) await watchProcess(shim, container, process);
}

/** Before anything is watched, so that no status is ever wrong for a moment. */
function readFacts(process: TaskProcess): void {
  process.identity = readProcessIdentity(process.processDir);
  const exit = readExitRecord(process.processDir);
  if (exit !== undefined) process.exit = { exitStatus: exit.status, exitedAtNs: exit.exitedAtNs };
}
