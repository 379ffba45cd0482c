import type { Op, Plan, StageName } from "./op.ts";

/** The operations of one stage, without the one that begins it. */
export function stageOf(plan: Plan, wanted: StageName): Op[] {
  let stage: StageName = "settings";
  return plan.ops.filter((op) => {
    if (op.kind === "stage") stage = op.stage;
    return op.kind !== "stage" && stage === wanted;
  });
}
