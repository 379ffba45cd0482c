import { removeTree } from "../host/files.ts";
import { isSameProcess } from "../host/proc.ts";
import { ClientError } from "./errors.ts";
import { openMonitorLink } from "./monitor-link.ts";
import { readExitRecord, readProcessIdentity } from "./process-files.ts";

/** A monitor at work answers at once, unless the machine is very busy. */
const PATIENCE_MS = 5000;

/**
 * Whether a process was started by a runtime that was killed before it could say so: its monitor is at work, or has written how
 * the process ended. A monitor that had not come so far has died with the runtime (native/ticket.c), or is about to and answers
 * nothing; what there is of the process dies with it.
 */
export async function hasComeOff(processDir: string): Promise<boolean> {
  return (
    readExitRecord(processDir) !== undefined ||
    (await isAttended(processDir)) ||
    readExitRecord(processDir) !== undefined
  );
}

/** Remove what is left of a process that has not come off. It may have become its program in its monitor's last moment. */
export function removeUnattended(processDir: string): void {
  const identity = readProcessIdentity(processDir);
  if (identity !== undefined && isSameProcess(identity.pid, identity.startTime)) kill(identity.pid);
  removeTree(processDir);
}

async function isAttended(processDir: string): Promise<boolean> {
  const link = await openMonitorLink(processDir, { onOom: () => {}, onExit: () => {}, onClose: () => {} });
  if (link === undefined) return false;
  // Closing makes the question fail.
  const timer = setTimeout(() => link.close(), PATIENCE_MS);
  try {
    await link.ping();
    return true;
  } catch (error) {
    if (error instanceof ClientError && error.code === "monitor-gone") return false;
    throw error;
  } finally {
    clearTimeout(timer);
    link.close();
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
