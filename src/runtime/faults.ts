import type { Plan } from "../plan/op.ts";
import { RuntimeError } from "./errors.ts";

const EIO = 5;

/**
 * What happens at the step: it fails; or the process that carries it out, which is gantry-init's in a plan and otherwise this
 * one, is killed, or stops and stays there.
 */
export type FaultAction = "fail" | "kill" | "hang";

/** Where something goes wrong, for tests. */
export interface FaultPoint {
  /** Counted from 1; 0: nowhere. */
  readonly at: number;
  readonly action: FaultAction;
}

/**
 * For tests: makes one step of a command fail. Steps are the operations of its plans and its own writes to the state, counted
 * from 1 in the order in which they happen; clean-up counts on, so that a fault can hit that, too.
 */
export class Faults {
  #left: number;
  readonly #action: FaultAction;

  constructor({ at, action }: FaultPoint) {
    this.#left = at;
    this.#action = action;
  }

  /** A step that is not an operation of a plan. @throws {RuntimeError} code "injected" */
  step(what: string): void {
    if (this.#left === 0 || --this.#left > 0) return;
    if (this.#action === "fail") throw new RuntimeError("injected", `injected fault: ${what}`);
    process.kill(process.pid, this.#action === "kill" ? "SIGKILL" : "SIGSTOP");
  }

  /** The plan, with an operation that fails in front of the one whose turn it is. */
  into(plan: Plan): Plan {
    if (this.#left === 0) return plan;
    const first = plan.ops.findIndex(({ kind }) => kind === "stage");
    for (const [index, { kind }] of plan.ops.entries()) {
      // Settings are not carried out, and the stage of the clone holds nothing else.
      if (index < first || kind === "stage" || isCloneStage(plan, index)) continue;
      if (--this.#left > 0) continue;
      const fault = { kind: "fault", errno: EIO, action: this.#action } as const;
      return { ...plan, ops: [...plan.ops.slice(0, index), fault, ...plan.ops.slice(index)] };
    }
    return plan;
  }
}

function isCloneStage(plan: Plan, index: number): boolean {
  const before = plan.ops[index - 1];
  return before?.kind === "stage" && before.stage === "clone";
}
