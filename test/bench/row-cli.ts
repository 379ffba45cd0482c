import { readFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "../helpers/wait.ts";
import type { CommandLine } from "./command-line.ts";
import { type Candidate, type RowResult, Series } from "./figure.ts";
import { inTurns, type Run } from "./rounds.ts";

/** Containers of each candidate in a round; they take turns one by one. */
const PER_ROUND = 5;

/** create, start and delete from a shell, each a process of its own. */
export async function measureCommands(
  run: Run,
  commands: CommandLine,
  candidates: readonly Candidate[],
  notes: readonly string[],
): Promise<RowResult> {
  const total = new Series();
  const series = { create: new Series(), start: new Series(), delete: new Series() };
  for (const candidate of candidates) await lifecycle(commands, candidate);
  await inTurns(run, Array.from({ length: PER_ROUND }, () => candidates).flat(), async (candidate, round) => {
    const lap = await lifecycle(commands, candidate);
    for (const step of ["create", "start", "delete"] as const) series[step].add(candidate, round, lap[step]);
    total.add(candidate, round, lap.create + lap.start + lap.delete);
  });
  return {
    title: "Command line, cold: create, start and delete of a container that runs busybox `true`",
    figures: [
      total.figure("cli.total", "the three commands, ms"),
      series.create.figure("cli.create", "create, ms"),
      series.start.figure("cli.start", "start, ms"),
      series.delete.figure("cli.delete", "delete, ms"),
    ],
    notes: [
      "Whole processes, from spawn until reaped. The time between start and delete is not counted.",
      ...notes,
    ],
  };
}

/** Milliseconds of each command. */
interface Lap {
  readonly create: number;
  readonly start: number;
  readonly delete: number;
}

async function lifecycle(commands: CommandLine, candidate: Candidate): Promise<Lap> {
  const bundle = commands.bundle("cli");
  const pidFile = join(commands.dir, "pid");
  const id = `cli-${candidate}`;
  const create = commands.ok(candidate, ["create", "--bundle", bundle, "--pid-file", pidFile, id]);
  const pid = readFileSync(pidFile, "utf8");
  const start = commands.ok(candidate, ["start", id]);
  await waitFor(`process ${pid} to end`, () => hasEnded(pid));
  return { create, start, delete: commands.ok(candidate, ["delete", id]) };
}

/** Gone, or dead and not reaped yet. */
function hasEnded(pid: string): boolean {
  try {
    return /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return true;
  }
}
