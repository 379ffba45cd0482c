import type { ProcessIdentity } from "../state/record.ts";
import type { RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";
import { sendSignal } from "./send-signal.ts";
import { waitForEnd } from "./wait-for-end.ts";

const SIGKILL = 9;
const KILL_TIMEOUT_MS = 10_000;

/**
 * Kill a process and wait for its end.
 *
 * @param what its name in the error
 * @throws {RuntimeError} code "still-running"
 */
export async function killAndWait(
  context: RuntimeContext,
  target: ProcessIdentity,
  scratchDir: string,
  what: string,
): Promise<void> {
  await sendSignal(context, target, SIGKILL, scratchDir);
  if (!(await waitForEnd(target, KILL_TIMEOUT_MS))) {
    throw new RuntimeError("still-running", `${what} still running`);
  }
}
