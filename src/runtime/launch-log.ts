import type { Logger } from "../core/log.ts";
import type { PlanResult } from "../executor/run-plan.ts";
import type { OpOf, Plan } from "../plan/op.ts";

/** The kernel's SECCOMP_FILTER_FLAG_NEW_LISTENER, which comes from the profile's actions and not from its flags. */
const NEW_LISTENER = 8;

/**
 * For `--debug`: what gantry-init is about to do. The beginnings are those of runc, whose C part is called nsexec, and whose tests
 * look for them.
 */
export function logLaunch(log: Logger, plan: Plan): void {
  log.log("debug", `nsexec container setup: gantry-init gets a plan of ${plan.ops.length} operations`);
  for (const op of plan.ops) {
    if (op.kind === "initial-cpus")
      log.log("debug", `nsexec: the process is born with: affinity: ${mask(op)}`);
    if (op.kind === "seccomp") log.log("debug", `seccomp filter flags: ${op.flags & ~NEW_LISTENER}`);
  }
}

/** For `--debug`: what has come of it. */
export function logLaunched(log: Logger, { process }: PlanResult, kind: "init" | "exec"): void {
  if (process === undefined) return;
  log.log("debug", `child process in init(): its pid is ${process.pid}`);
  log.log(
    "debug",
    kind === "init" ? "init: closing the pipe to signal completion" : "setns_init: about to exec",
  );
}

function mask({ cpus }: OpOf<"initial-cpus">): string {
  let bits = 0n;
  for (const { first, last } of cpus) for (let cpu = first; cpu <= last; cpu++) bits |= 1n << BigInt(cpu);
  return `0x${bits.toString(16)}`;
}
