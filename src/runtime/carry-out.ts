import { type PlanResult, runPlan } from "../executor/run-plan.ts";
import { onBehalfOf } from "../plan/caller.ts";
import { encodePlan } from "../plan/encode.ts";
import type { Plan } from "../plan/op.ts";
import { lockDirectory } from "../state/lock.ts";
import type { RuntimeContext } from "./context.ts";

/** What a plan is carried out with. */
export interface CarryOutOptions {
  /** Descriptors 3 … 3+keepFds-1 are the process's. */
  readonly keepFds?: number;
  /** The directory of the container whose lock we hold while it is changed. */
  readonly lockedDir?: string;
}

/**
 * Carry out a plan that leaves no child of ours, and log its warnings.
 *
 * @param scratchDir an existing directory of ours
 * @throws {ExecutorError}
 */
export async function carryOut(
  context: RuntimeContext,
  plan: Plan,
  scratchDir: string,
  options: CarryOutOptions = {},
): Promise<PlanResult> {
  const result = await runPlan(
    { gantryInit: context.gantryInit, runInit: context.runInit, scratchDir },
    encodeForUs(context, plan, options.lockedDir),
    options.keepFds ?? 0,
  );
  for (const warning of [...plan.warnings, ...result.warnings]) context.log.log("warn", warning);
  return result;
}

/** The plan in wire form, bound to this process. */
export function encodeForUs(context: RuntimeContext, plan: Plan, lockedDir: string | undefined): Uint8Array {
  const lock = lockedDir === undefined ? "" : lockDirectory(lockedDir);
  return encodePlan(onBehalfOf(process.pid, lock, context.faults.into(plan)));
}
