import type { Options } from "./options.ts";

/** What a row needs of the run it is part of. */
export interface Run {
  readonly options: Options;
  /** Aborted by Ctrl-C: rows look at it between two measurements. */
  readonly signal: AbortSignal;
  /** Tell a person who waits what happens now. */
  readonly progress: (text: string) => void;
}

/**
 * Let the candidates take turns: every one in every round, in the opposite order every other round.
 *
 * @throws the signal's reason when the run is interrupted
 */
export async function inTurns<Candidate>(
  run: Run,
  candidates: readonly Candidate[],
  measure: (candidate: Candidate, round: number) => Promise<void>,
): Promise<void> {
  for (let round = 0; round < run.options.rounds; round++) {
    run.progress(`round ${round + 1} of ${run.options.rounds}`);
    for (const candidate of round % 2 === 0 ? candidates : [...candidates].reverse()) {
      run.signal.throwIfAborted();
      await measure(candidate, round);
    }
  }
}

/** Milliseconds that `work` takes, and what it returns. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly result: T }> {
  const start = performance.now();
  const result = await work();
  return { ms: performance.now() - start, result };
}

/** Do `work` for every item, `atATime` of them at once. */
export async function forEach<T>(
  items: readonly T[],
  atATime: number,
  work: (item: T, slot: number) => Promise<void>,
): Promise<void> {
  const queue = [...items].reverse();
  const slots = Array.from({ length: Math.min(atATime, items.length) }, async (_, slot) => {
    for (let item = queue.pop(); item !== undefined; item = queue.pop()) await work(item, slot);
  });
  // All of them, also when one fails: nothing may go on behind the back of whoever cleans up.
  const failed = (await Promise.allSettled(slots)).find((settled) => settled.status === "rejected");
  if (failed) throw failed.reason;
}
