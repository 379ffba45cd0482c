import { setTimeout as sleep } from "node:timers/promises";
import { errnoOf } from "../core/errors.ts";
import { writeCgroupFile } from "./files.ts";
import type { Freezer } from "./freezer.ts";
import { listPids } from "./tree.ts";
import { TOLERATE } from "./types.ts";

const SIGKILL = 9;
/** Rounds of "list, then signal" for a cgroup that can be neither killed as a whole nor frozen. */
const ROUNDS = 20;

/**
 * Signal every process of a cgroup and of those below it. SIGKILL goes through `cgroup.kill` (kernel 5.14), which no fork
 * escapes; otherwise the cgroup is frozen while its processes are listed and signalled, so that none can fork away.
 *
 * @param dir where processes are listed
 * @param unified the v2 directory, if any
 */
export async function killCgroup(
  dir: string,
  unified: string | undefined,
  freezer: Freezer,
  signal: number,
): Promise<void> {
  if (signal === SIGKILL && unified !== undefined && killUnified(unified)) {
    // A frozen v1 task does not die before it is thawed; and on a hybrid host a process may have left the v2 side.
    signalAll(dir, signal);
    freezer.thaw();
    return;
  }
  const wasFrozen = await freezer.isFrozen();
  let isFrozen = true;
  try {
    await freezer.freeze();
  } catch {
    isFrozen = false; // nothing is lost: we go round until no process is new
  }
  try {
    const seen = new Set(signalAll(dir, signal));
    for (let round = 1; !isFrozen && round < ROUNDS; round++) {
      const added = listPids(dir).filter((pid) => !seen.has(pid));
      if (added.length === 0) break;
      for (const pid of added) seen.add(sendSignal(pid, signal));
      await sleep(1);
    }
  } finally {
    // Who was paused before stays so, unless it was told to die.
    if (!wasFrozen || signal === SIGKILL) freezer.thaw();
  }
}

function killUnified(unified: string): boolean {
  const tolerate = TOLERATE.missing | TOLERATE.denied | TOLERATE.invalid; // invalid: a threaded cgroup has none
  return writeCgroupFile({ path: `${unified}/cgroup.kill`, value: "1", tolerate });
}

function signalAll(dir: string, signal: number): number[] {
  return listPids(dir).map((pid) => sendSignal(pid, signal));
}

function sendSignal(pid: number, signal: number): number {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) !== "ESRCH") throw error;
  }
  return pid;
}
