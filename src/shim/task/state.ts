import type { containerd } from "../../gen/task.js";
import { timestampOf } from "../../ttrpc/well-known.ts";
import type { Container } from "./container.ts";
import { getContainer, type ShimContext } from "./shim-context.ts";
import type { TaskProcess } from "./task-process.ts";

// containerd.v1.types.Status
const CREATED = 1;
const RUNNING = 2;
const STOPPED = 3;
const PAUSED = 4;
const PAUSING = 5;

/** State: what is known, without a look at anything that could take time. */
export async function readState(
  shim: ShimContext,
  request: { readonly id: string; readonly execId: string },
): Promise<containerd.task.v2.StateResponse.$Properties> {
  const container = getContainer(shim, request.id);
  const process = container.getProcess(request.execId);
  const { stdin, stdout, stderr, hasTerminal } = process.stdio;
  const { exit } = process;
  return {
    id: process.execId || container.id,
    bundle: container.bundle,
    pid: process.pid,
    status: statusOf(container, process),
    stdin,
    stdout,
    stderr,
    terminal: hasTerminal,
    ...(exit && { exitStatus: exit.exitStatus, exitedAt: timestampOf(exit.exitedAtNs) }),
    execId: process.execId,
  };
}

function statusOf(container: Container, process: TaskProcess): number {
  switch (process.status) {
    case "created":
      return CREATED;
    case "stopped":
      return STOPPED;
    case "running":
      if (container.pause === "paused") return PAUSED;
      return container.pause === "pausing" ? PAUSING : RUNNING;
  }
}
