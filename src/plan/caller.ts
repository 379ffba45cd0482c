import type { Plan } from "./op.ts";

/**
 * The plan, bound to whoever waits for its end: when that is killed it is not carried on with, and until all of it has ended
 * nobody else gets the container's lock.
 *
 * @param lock the lock directory of the container that the plan changes; empty: the caller does not hold a lock
 */
export function onBehalfOf(pid: number, lock: string, plan: Plan): Plan {
  return { ...plan, ops: [{ kind: "caller", pid, lock }, ...plan.ops] };
}
