import { readProcessStat } from "../host/proc.ts";
import type { ProcessIdentity } from "../state/record.ts";

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 20;

/**
 * Wait until a process no longer runs. A zombie counts as ended: its parent may be in no hurry.
 *
 * @returns false when it still ran after `timeoutMs`
 */
export async function waitForEnd(process: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  return waitUntil(() => {
    const stat = readProcessStat(process.pid);
    return (
      stat === undefined || stat.startTime !== process.startTime || stat.state === "Z" || stat.state === "X"
    );
  }, timeoutMs);
}

/** Look again and again, less and less often, until `isTrue`. @returns false when time is up */
export async function waitUntil(isTrue: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; !isTrue(); pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    if (Date.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return true;
}
