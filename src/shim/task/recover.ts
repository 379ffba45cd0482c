import { existsSync } from "node:fs";
import { join } from "node:path";
import { openCgroup } from "../../cgroups/open.ts";
import { hasComeOff } from "../../client/came-off.ts";
import { readExitRecord, readProcessIdentity } from "../../client/process-files.ts";
import { readContainerFacts } from "../../client/state-file.ts";
import { messageOf } from "../../core/errors.ts";
import { membersDir } from "../address.ts";
import { listMembers, type Member, removeMember } from "../members.ts";
import type { BegunCall } from "../relay/journal.ts";
import { Container } from "./container.ts";
import { watchProcess } from "./exits.ts";
import { readExecRecords, readTaskRecord, removeTaskRecord, type TaskRecord } from "./records.ts";
import { settleCalls, settleDeleted } from "./settle.ts";
import type { ShimContext } from "./shim-context.ts";
import type { TaskProcess } from "./task-process.ts";

/**
 * Take over the containers of a server that was killed: what was asked for is in the bundles and the journal, what became of
 * it in the state root. Calls that had begun are brought to their end, or back to their beginning; the end of a process
 * that ended meanwhile is announced.
 */
export async function recoverContainers(shim: ShimContext): Promise<void> {
  const begun = shim.journal.load();
  if (begun.length > 0) await shim.previousWorkerGone(begun.map(({ intent }) => intent.id));
  await Promise.all(
    listMembers(membersDir(shim.socket)).map(async (member) => {
      const calls = begun.filter(({ intent }) => intent.id === member.id);
      try {
        await recoverContainer(shim, member, calls);
      } catch (error) {
        // One broken record must not take the other containers of the pod with it.
        shim.logger.log("error", `cannot take over container: ${messageOf(error)}`, { id: member.id });
      }
    }),
  );
  // Of containers that are not there: nothing was done yet, or all of it.
  for (const call of begun) if (!shim.containers.has(call.intent.id)) settleDeleted(shim, call);
}

async function recoverContainer(
  shim: ShimContext,
  member: Member,
  calls: readonly BegunCall[],
): Promise<void> {
  const record = readTaskRecord(member.bundle);
  const facts = record && readContainerFacts(record.stateRoot, record.id);
  const creating = calls.some(({ intent }) => intent.method === "Create");
  if (record === undefined || facts === undefined || (creating && !facts.isCreated)) {
    if (record !== undefined && creating) await undoCreate(shim, record);
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
    const isStarting = calls.some(({ intent }) => intent.method === "Start" && intent.execId === exec.execId);
    // The runtime may have been killed together with the server.
    if (isStarting && !(await hasComeOff(process.processDir))) process.identity = undefined;
    process.isStarted = process.identity !== undefined;
  }
  if (init.exit === undefined && (await openCgroup(facts.cgroup).isFrozen())) container.pause = "paused";
  shim.containers.set(container.id, container);
  // What was begun is settled first, so that a start is announced before the exit.
  const ends = settleCalls(shim, container, calls);
  // Execs first: init's exit waits for theirs.
  for (const process of [...container.execs.values(), init]) await watchProcess(shim, container, process);
  for (const end of ends) await end();
}

/** It may have come to any point: take away what there is, so that it can be run again. */
async function undoCreate(shim: ShimContext, record: TaskRecord): Promise<void> {
  const rootfs = join(record.bundle, "rootfs");
  const runtime = shim.runtimeFor(record);
  await runtime.delete({ id: record.id, bundle: record.bundle, force: true, leftRootfs: rootfs });
  removeTaskRecord(record.bundle);
}

/** Before anything is watched, so that no status is ever wrong for a moment. */
function readFacts(process: TaskProcess): void {
  process.identity = readProcessIdentity(process.processDir);
  const exit = readExitRecord(process.processDir);
  if (exit !== undefined) process.exit = { exitStatus: exit.status, exitedAtNs: exit.exitedAtNs };
}
