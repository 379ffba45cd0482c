import { parseArgs } from "node:util";
import type { ContainerdVersion } from "../helpers/paths.ts";

/** Names of the rows, in the order in which they are measured and printed. */
export const ROWS = [
  "throughput",
  "exec",
  "memory",
  "shim",
  "restart",
  "logs",
  "pods",
  "cli",
  "limit",
  "pipeline",
] as const;
export type RowName = (typeof ROWS)[number];

/** What the command line asks for. */
export interface Options {
  readonly rows: readonly RowName[];
  /** How often the candidates take turns. */
  readonly rounds: number;
  readonly containerd: ContainerdVersion;
  /** Containers that run at once in the rows `memory` and `restart`. */
  readonly containers: number;
  /** What one container writes in the row `logs`, in MiB. */
  readonly logMib: number;
  /** Where to store the raw samples. */
  readonly jsonFile: string | undefined;
  /** Only store the figures: set when a run starts another one for some of its rows. */
  readonly isPart: boolean;
}

export const USAGE = `npm run bench -- [OPTION …]

  --only ROW,…         rows to measure: ${ROWS.join(", ")} (default: all)
  --rounds N           how often the candidates take turns (default 5)
  --containerd V       1.6 (default), 1.7 or 2.x; "pods" always takes 2.x
  --containers N       containers running at once in "memory" and "restart" (default 100)
  --log-mib N          MiB that a container writes in "logs" (default 256)
  --json FILE          store every sample there
  --no-build           measure what lies in dist/bin/ as it is
  --help               this text
`;

/**
 * @param args the command line after the program's name
 * @returns undefined when help is asked for
 * @throws Error that names the wrong option
 */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string", default: ROWS.join(",") },
      rounds: { type: "string", default: "5" },
      containerd: { type: "string", default: "1.6" },
      containers: { type: "string", default: "100" },
      "log-mib": { type: "string", default: "256" },
      json: { type: "string" },
      part: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const asked = values.only.split(",");
  for (const name of asked) {
    if (!ROWS.some((row) => row === name)) throw new Error(`--only: no row "${name}": ${ROWS.join(", ")}`);
  }
  return {
    rows: ROWS.filter((row) => asked.includes(row)),
    rounds: parseCount("--rounds", values.rounds),
    containerd: parseVersion(values.containerd),
    containers: parseCount("--containers", values.containers),
    logMib: parseCount("--log-mib", values["log-mib"]),
    jsonFile: values.json,
    isPart: values.part,
  };
}

function parseCount(option: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`${option}: "${text}" is no positive number`);
  return count;
}

function parseVersion(text: string): ContainerdVersion {
  if (text === "1.6" || text === "1.7" || text === "2.x") return text;
  throw new Error(`--containerd: no version "${text}": 1.6, 1.7 or 2.x`);
}
