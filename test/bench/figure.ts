import { median, quantile } from "./statistics.ts";

/** What is compared: through containerd, the shim with its runtime; in the rows `cli` and `limit`, the runtime alone. */
export const CANDIDATES = ["gantry", "runc", "crun"] as const;
export type Candidate = (typeof CANDIDATES)[number];

/** Samples by round; rounds of two candidates with the same index were measured one right after the other. */
export type Rounds = readonly (readonly number[])[];

/** One line of the table. */
export interface Figure {
  /** Unlike any other's: "exec.latency". goals.ts knows some of them. */
  readonly id: string;
  /** The label names the unit of the samples. */
  readonly label: string;
  readonly statistic: "median" | "p95";
  readonly samples: Readonly<Partial<Record<Candidate, Rounds>>>;
}

/** What a row found out. */
export interface RowResult {
  readonly title: string;
  readonly figures: readonly Figure[];
  /** What a reader must know to read the figures right, a sentence or two each. */
  readonly notes: readonly string[];
}

/** A value with what surrounds it: the quartiles of the samples, or the least and the greatest of the ratios. */
export interface Spread {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Collects the samples of one figure. */
export class Series {
  readonly #samples = new Map<Candidate, number[][]>();

  add(candidate: Candidate, round: number, ...values: readonly number[]): void {
    const rounds = this.#samples.get(candidate) ?? [];
    this.#samples.set(candidate, rounds);
    while (rounds.length <= round) rounds.push([]);
    rounds[round]?.push(...values);
  }

  figure(id: string, label: string, statistic: Figure["statistic"] = "median"): Figure {
    return { id, label, statistic, samples: Object.fromEntries(this.#samples) };
  }
}

/** The figure of one candidate over all its samples, or undefined where it has none. */
export function summarise(
  figure: Figure,
  candidate: Candidate,
): (Spread & { readonly n: number }) | undefined {
  const all = figure.samples[candidate]?.flat() ?? [];
  if (all.length === 0) return undefined;
  return {
    value: statisticOf(figure, all),
    low: quantile(all, 0.25),
    high: quantile(all, 0.75),
    n: all.length,
  };
}

/**
 * gantry's figure over another candidate's. A machine that is slow for a while is slow for both candidates of a
 * round: the ratio is the median of the rounds' ratios. A 95th percentile needs all samples at once.
 */
export function ratioTo(figure: Figure, other: Candidate): Spread | undefined {
  const ours = figure.samples.gantry;
  const theirs = figure.samples[other];
  if (!ours || !theirs) return undefined;
  if (figure.statistic !== "median") {
    const value = statisticOf(figure, ours.flat()) / statisticOf(figure, theirs.flat());
    return { value, low: value, high: value };
  }
  const ratios = ours.flatMap((round, i) => {
    const same = theirs[i] ?? [];
    return round.length > 0 && same.length > 0 ? [median(round) / median(same)] : [];
  });
  if (ratios.length === 0) return undefined;
  return { value: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
}

function statisticOf(figure: Figure, samples: readonly number[]): number {
  return figure.statistic === "median" ? median(samples) : quantile(samples, 0.95);
}
