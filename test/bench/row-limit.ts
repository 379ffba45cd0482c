import type { CommandLine } from "./command-line.ts";
import { type Candidate, type RowResult, Series } from "./figure.ts";
import type { Run } from "./rounds.ts";

const LARGEST_KIB = 64 * 1024;
/** A limit counts when it holds this often in a row. */
const ATTEMPTS = 3;

/** The smallest linux.resources.memory.limit with which a container that runs `true` succeeds. */
export async function measureLimit(
  run: Run,
  commands: CommandLine,
  candidates: readonly Candidate[],
  notes: readonly string[],
): Promise<RowResult> {
  const limit = new Series();
  for (const candidate of candidates) {
    run.progress(candidate);
    limit.add(candidate, 0, smallestKib(run, commands, candidate));
  }
  return {
    title: "Smallest memory limit under which a container runs busybox `true`",
    figures: [limit.figure("limit.memory", "memory.limit, KiB")],
    notes: [
      `Bisected to within 1/32; a limit counts when \`run\` exits with 0 ${ATTEMPTS} times in a row. The program's pages are in the page ` +
        "cache already, so the figure is what the runtime itself needs inside the container's cgroup.",
      ...notes,
    ],
  };
}

function smallestKib(run: Run, commands: CommandLine, candidate: Candidate): number {
  if (!holds(commands, candidate, LARGEST_KIB)) {
    throw new Error(
      `${candidate} fails with ${LARGEST_KIB} KiB: ${attempt(commands, candidate, LARGEST_KIB).complaint}`,
    );
  }
  let fails = 0;
  let works = LARGEST_KIB;
  while (works - fails > Math.max(4, works / 32)) {
    run.signal.throwIfAborted();
    // Whole pages. Halving the exponent first gets to small limits in few steps.
    const middle = fails === 0 ? works / 2 : (fails + works) / 2;
    const kib = Math.max(4, Math.round(middle / 4) * 4);
    if (kib === works || kib === fails) break;
    if (holds(commands, candidate, kib)) works = kib;
    else fails = kib;
  }
  return works;
}

function holds(commands: CommandLine, candidate: Candidate, kib: number): boolean {
  for (let i = 0; i < ATTEMPTS; i++) if (!attempt(commands, candidate, kib).ok) return false;
  return true;
}

function attempt(commands: CommandLine, candidate: Candidate, kib: number) {
  const id = `limit-${candidate}`;
  const bundle = commands.bundle("limit", { memory: { limit: kib * 1024 } });
  const ended = commands.call(candidate, ["run", "--bundle", bundle, id]);
  // What a runtime that was killed half-way leaves would be in the way of the next attempt.
  if (!ended.ok) commands.call(candidate, ["delete", "--force", id]);
  return ended;
}
