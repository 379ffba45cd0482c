/** gantry's value and its ratios to the other candidates; a ratio is undefined where the other has no figure. */
export interface Standing {
  readonly gantry: number;
  readonly overRunc: number | undefined;
  readonly overCrun: number | undefined;
}

export interface Goal {
  readonly text: string;
  readonly isMet: (standing: Standing) => boolean;
}

const atLeast = (ratio: number, text: string): Goal => ({
  text,
  isMet: ({ overRunc }) => overRunc !== undefined && overRunc >= ratio,
});
const atMost = (ratio: number, text: string): Goal => ({
  text,
  isMet: ({ overRunc }) => overRunc !== undefined && overRunc <= ratio,
});

/** Where gantry must stand, by the figure's id. */
export const GOALS: Readonly<Record<string, Goal>> = {
  "throughput.one": atLeast(4, "≥ 4 × runc"),
  "throughput.eight": atLeast(4, "≥ 4 × runc"),
  "exec.latency": atMost(1 / 4, "≤ 1/4 runc"),
  "exec.cpu": atMost(1 / 4, "≤ 1/4 runc"),
  "memory.pss": atMost(1 / 5, "≤ 1/5 runc"),
  "memory.private": atMost(1 / 5, "≤ 1/5 runc"),
  "shim.start": { text: "≤ 5 ms", isMet: ({ gantry }) => gantry <= 5 },
  "shim.delete": { text: "≤ 2 ms", isMet: ({ gantry }) => gantry <= 2 },
  "restart.last": { text: "≤ 500 ms", isMet: ({ gantry }) => gantry <= 500 },
  "logs.rate": atLeast(1.5, "≥ 1.5 × runc"),
  "cli.total": {
    text: "< runc, ≤ 2 × crun",
    isMet: ({ overRunc, overCrun }) => (overRunc ?? 0) < 1 && (overCrun ?? 0) <= 2,
  },
  "pipeline.idle": { text: "< 0.3 ms", isMet: ({ gantry }) => gantry < 0.3 },
  "limit.memory": { text: "≤ 512 KiB", isMet: ({ gantry }) => gantry <= 512 },
};
