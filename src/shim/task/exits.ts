import { closeSync, existsSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type FollowEvents, followProcess } from "../../client/follow.ts";
import { readContainerFacts } from "../../client/state-file.ts";
import { messageOf } from "../../core/errors.ts";
import type { Container } from "./container.ts";
import type { ShimContext } from "./shim-context.ts";
import type { ExitInfo, TaskProcess } from "./task-process.ts";

const SIGKILL = 9;

/**
 * Begin to watch a process that the runtime has made, and announce its end when it comes. Its `identity` is known.
 *
 * Returns once the monitor was reached, or is known to be gone.
 */
export async function watchProcess(
  shim: ShimContext,
  container: Container,
  process: TaskProcess,
): Promise<void> {
  if (process.identity === undefined) return;
  const events: FollowEvents = {
    onOom: () => publishOom(shim, container),
    onExit: (record) => {
      if (record.isOom && process === container.init && !container.hasOomEvent) publishOom(shim, container);
      const exit = { exitStatus: record.status, exitedAtNs: record.exitedAtNs };
      // From here on State says "stopped" and no exec can be started any more.
      process.exit = exit;
      announceExit(shim, container, process, exit).catch((error: unknown) =>
        shim.logger.log("error", `announcing an exit: ${messageOf(error)}`, { id: container.id }),
      );
    },
  };
  process.followed = await followProcess(process.processDir, process.identity, events);
}

/**
 * Publish an exit once everything that must come before it was published: the start of the same process, and for init
 * the exits of all execs. Docker hangs when an exec's exit comes behind init's.
 */
async function announceExit(
  shim: ShimContext,
  container: Container,
  process: TaskProcess,
  exit: ExitInfo,
): Promise<void> {
  await settled(process.starting);
  if (process === container.init) {
    await endExecs(shim, container);
    container.pause = "no";
  }
  process.announced.set(exit);
  if (!isAnnounced(process)) {
    const told = openMark(process);
    shim.events.publish(container.record.containerdNamespace, {
      kind: "exit",
      id: container.id,
      ...(process.execId !== "" && { execId: process.execId }),
      pid: process.pid,
      ...exit,
    });
    told();
  }
  shim.logger.log("debug", "process ended", {
    id: container.id,
    exec: process.execId,
    status: exit.exitStatus,
  });
}

/**
 * `<process directory>/announced`: there when the exit is about to be published, and not empty when it was. A later server
 * then publishes neither the exit nor, in the first case, a start that came before it.
 */
function markOf(process: TaskProcess): string {
  return join(process.processDir, "announced");
}

/** Whether the exit is on its way, by this server or an earlier one. */
export function isBeingAnnounced(process: TaskProcess): boolean {
  return existsSync(markOf(process));
}

function isAnnounced(process: TaskProcess): boolean {
  return (statSync(markOf(process), { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** @returns to be called when the event is on disk */
function openMark(process: TaskProcess): () => void {
  let fd: number;
  try {
    fd = openSync(markOf(process), "w", 0o600);
  } catch {
    return () => {}; // the directory is gone already, or the disk is full; once too often does no harm
  }
  return () => {
    try {
      writeSync(fd, "1");
    } catch {
      // the disk is full
    } finally {
      closeSync(fd);
    }
  };
}

async function endExecs(shim: ShimContext, container: Container): Promise<void> {
  if (!hasPrivatePidNamespace(container)) {
    const { id, bundle } = container;
    await container.runtime.kill({ id, bundle, signal: SIGKILL, all: true }).catch((error: unknown) =>
      // Nobody left to kill is the good case.
      shim.logger.log("debug", `kill --all after init's end: ${messageOf(error)}`, { id }),
    );
  }
  // Only starts that are under way and execs that run: a merely added exec never ends.
  for (const exec of container.execs.values()) {
    await settled(exec.starting);
    if (exec.isStarted) await exec.announced.done;
  }
}

/** When in doubt, no: then everything in the cgroup is killed, as it should be dead anyway. */
function hasPrivatePidNamespace(container: Container): boolean {
  try {
    return readContainerFacts(container.record.stateRoot, container.id)?.hasPrivatePidNamespace ?? false;
  } catch {
    return false; // an unreadable state.json
  }
}

function publishOom(shim: ShimContext, container: Container): void {
  container.hasOomEvent = true;
  shim.events.publish(container.record.containerdNamespace, { kind: "oom", id: container.id });
}

async function settled(promise: Promise<unknown> | undefined): Promise<void> {
  await promise?.catch(() => {}); // its caller reports the failure
}
