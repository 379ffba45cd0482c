import type { Plan } from "../plan/op.ts";
import { RuntimeError } from "./errors.ts";

const EIO = 5;

/**
 * For tests: makes one step of a command fail. Steps are the operations of its plans and its own writes to the state, counted
 * from 1 in the order in which they happen; clean-up counts on, so that a fault can hit that, too.
 */
export class Faults {
  #left: number;

  /** @param at the step that fails; 0: none does */
  constructor(at: number) {
    this.#left = at;
  }

  /** A step that is not an operation of a plan. @throws {RuntimeError} code "injected" */
  step(what: string): void {
    if (this.#left > 0 && --this.#left === 0) throw new RuntimeError("injected", `injected fault: ${what}`);
  }

  /** The plan, with an operation that fails in front of the one whose turn it is. */
  into(plan: Plan): Plan {
    if (this.#left === 0) return plan;
    const first = plan.ops.findIndex(({ kind }) => kind === "stage");
    for (const [index, { kind }] of plan.ops.entries()) {
      // Settings are not carried out, and the stage of the clone holds nothing else.
      if (index < first || kind === "stage" || kind === "clone") continue;
      if (--this.#left > 0) continue;
      return {
        ...plan,
        ops: [...plan.ops.slice(0, index), { kind: "fault", errno: EIO }, ...plan.ops.slice(index)],
      };
    }
    return plan;
  }
}
