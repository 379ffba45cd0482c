import { errnoName } from "../executor/errno.ts";
import { ExecutorError } from "../executor/errors.ts";
import { compileSignalPlan } from "../plan/signal.ts";
import type { ProcessIdentity } from "../state/record.ts";
import { carryOut } from "./carry-out.ts";
import type { RuntimeContext } from "./context.ts";

/**
 * Send a signal to exactly this process: by pidfd, after its start time was compared.
 *
 * @returns false when it has ended, or another process has its pid by now
 * @throws {ExecutorError}
 */
export async function sendSignal(
  context: RuntimeContext,
  target: ProcessIdentity,
  signal: number,
  scratchDir: string,
): Promise<boolean> {
  const plan = compileSignalPlan({ pid: target.pid, startTime: BigInt(target.startTime) }, signal);
  try {
    await carryOut(context, plan, scratchDir);
    return true;
  } catch (error) {
    if (
      error instanceof ExecutorError &&
      error.step !== undefined &&
      errnoName(error.step.errno) === "ESRCH"
    ) {
      return false;
    }
    throw error;
  }
}
