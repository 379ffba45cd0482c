import type { TargetProcess } from "./input.ts";
import type { Plan } from "./op.ts";

/** A plan that sends one signal to a process, and to no later owner of its pid. Signal 0 only asks whether it lives. */
export function compileSignalPlan(target: TargetProcess, signal: number): Plan {
  return {
    ops: [
      { kind: "stage", stage: "host" },
      { kind: "signal", pid: target.pid, startTime: target.startTime, signal },
    ],
    warnings: [],
  };
}
