import { type Containerd, startContainerd } from "../helpers/containerd.ts";
import { CommandLine } from "./command-line.ts";
import { CANDIDATES, type Candidate, type RowResult } from "./figure.ts";
import { cgroupMode } from "./host-facts.ts";
import type { Options, RowName } from "./options.ts";
import type { Run } from "./rounds.ts";
import { measureCommands } from "./row-cli.ts";
import { measureExec } from "./row-exec.ts";
import { measureLimit } from "./row-limit.ts";
import { measureLogs } from "./row-logs.ts";
import { measureMemory } from "./row-memory.ts";
import { measurePipeline } from "./row-pipeline.ts";
import { measurePods } from "./row-pods.ts";
import { measureRestart } from "./row-restart.ts";
import { measureShim } from "./row-shim.ts";
import { measureThroughput } from "./row-throughput.ts";
import { removeTraces } from "./traces.ts";
import { measureInVersionOneView } from "./version-one-view.ts";

const CONTAINERD_ROWS = {
  throughput: measureThroughput,
  exec: measureExec,
  memory: measureMemory,
  shim: measureShim,
  restart: measureRestart,
  logs: measureLogs,
} as const;
const COMMAND_ROWS = { cli: measureCommands, limit: measureLimit } as const;

/** The rows that were measured; one that fails stands among them with the reason as its note. */
export interface Measured {
  readonly rows: readonly RowResult[];
  readonly hasFailed: boolean;
}

/** Measure the rows that are asked for, until the signal is aborted, and clean up. */
export async function measureRows(options: Options, signal: AbortSignal): Promise<Measured> {
  const rows: RowResult[] = [];
  let hasFailed = false;
  const attempt = async (name: string, measure: () => Promise<RowResult | undefined>): Promise<void> => {
    try {
      signal.throwIfAborted();
      const row = await measure();
      if (row) rows.push(row);
    } catch (error) {
      if (signal.aborted) return;
      hasFailed = true;
      const reason = error instanceof Error ? error.message : String(error);
      console.error(`${name} failed: ${error instanceof Error ? error.stack : reason}`);
      rows.push({ title: name, figures: [], notes: [`failed: ${reason}`] });
    }
  };
  const runOf = (row: RowName): Run => ({
    options,
    signal,
    progress: (text) => console.error(`${row}: ${text}`),
  });

  if (options.rows.some((row) => row in CONTAINERD_ROWS)) {
    await attempt("containerd", () =>
      withContainerd(options, async (containerd) => {
        for (const row of options.rows) {
          if (row === "cli" || row === "limit" || row === "pipeline" || row === "pods") continue;
          await attempt(row, () => CONTAINERD_ROWS[row](runOf(row), containerd));
          // After a row that failed half-way this removes its containers; after the others there is nothing.
          await containerd.reset();
        }
      }),
    );
  }
  if (options.rows.includes("pods")) await attempt("pods", () => measurePods(runOf("pods")));
  for (const row of options.rows) {
    if (row !== "cli" && row !== "limit") continue;
    await attempt(row, () =>
      cgroupMode() === "hybrid"
        ? measureInVersionOneView(options, row, signal)
        : withCommandLine(runOf(row), COMMAND_ROWS[row]),
    );
  }
  if (options.rows.includes("pipeline")) await attempt("pipeline", () => measurePipeline(runOf("pipeline")));
  return { rows, hasFailed };
}

async function withContainerd(
  options: Options,
  measure: (containerd: Containerd) => Promise<void>,
): Promise<undefined> {
  const containerd = await startContainerd(options.containerd, { hasKillFile: false });
  try {
    await measure(containerd);
  } finally {
    await containerd.stop();
    await removeTraces(containerd);
  }
}

async function withCommandLine(
  run: Run,
  measure: (
    run: Run,
    commands: CommandLine,
    candidates: readonly Candidate[],
    notes: readonly string[],
  ) => Promise<RowResult>,
): Promise<RowResult> {
  const commands = new CommandLine();
  try {
    const refusals = new Map(
      CANDIDATES.map((candidate) => [candidate, commands.refusalOf(candidate)] as const).filter(
        ([, complaint]) => complaint !== undefined,
      ),
    );
    return await measure(
      run,
      commands,
      CANDIDATES.filter((candidate) => !refusals.has(candidate)),
      [...refusals].map(([candidate, complaint]) => `${candidate} does not run here: ${complaint}`),
    );
  } finally {
    await commands.dispose();
  }
}
