import type { Usage } from "./checkpoint.ts";
import type { Outcome } from "./main.ts";

/** A server or worker may have grown by so much while it was at work: caches fill, garbage waits to be collected. */
const GROWTH_KIB = 40 * 1024;
/** Descriptors go with calls in progress. */
const FD_GROWTH = 40;
/** Lines of a kind that are shown. */
const MAX_LINES = 12;

/** What is wrong, a line each. */
export function problemsOf({ tally, leaks, calm }: Outcome): readonly string[] {
  const [first, last] = calm;
  return [
    ...tally.wrongCodes,
    ...tally.lostEvents,
    ...tally.failures,
    ...leaks,
    ...grown("server", first.server, last.server),
    ...grown("worker", first.worker, last.worker),
  ];
}

/** The whole run as a table. */
export function renderTable(outcome: Outcome): string {
  const { options, tally, kills, leaks, calm, checkpoints } = outcome;
  const [first, last] = calm;
  const most = (of: (point: (typeof checkpoints)[number]) => number) => Math.max(0, ...checkpoints.map(of));
  const rows: (readonly [string, string | number])[] = [
    [
      "run",
      `${options.minutes} min, containerd ${options.containerd}, ${options.lanes} lanes, seed ${options.seed}`,
    ],
    ["containers", tally.containers],
    ["execs", tally.execs],
    ...Object.entries(kills).map(([name, count]) => [`killed: ${name}`, count] as const),
    ...[...tally.errors].map(([error, count]) => [`may be: ${error}`, count] as const),
    ["wrong exit codes", tally.wrongCodes.length],
    ["lost or misplaced events", tally.lostEvents.length],
    ["failures that may not be", tally.failures.length],
    ["leaks", leaks.length],
    ["server: descriptors, first → last", `${first.server.fds} → ${last.server.fds}`],
    ["server: Pss, KiB", `${first.server.pssKib} → ${last.server.pssKib}`],
    ["worker: descriptors", `${first.worker.fds} → ${last.worker.fds}`],
    ["worker: Pss, KiB", `${first.worker.pssKib} → ${last.worker.pssKib}`],
    ["under kills, at most: stubs", most(({ stubs }) => stubs)],
    ["… monitors", most(({ monitors }) => monitors)],
    ["… descriptors of the server", most(({ server }) => server.fds)],
    ["… Pss of the server, KiB", most(({ server }) => server.pssKib)],
    ["… files in the node directory", most(({ nodeFiles }) => nodeFiles)],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const problems = problemsOf(outcome);
  return [
    ...rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`),
    problems.length === 0 ? "nothing is wrong" : `${problems.length} wrong:`,
    ...problems.slice(0, MAX_LINES).map((line) => `  ${line}`),
  ].join("\n");
}

function grown(name: string, first: Usage, last: Usage): readonly string[] {
  return [
    ...(last.pssKib > first.pssKib + GROWTH_KIB ? [`${name}: Pss ${first.pssKib} → ${last.pssKib} KiB`] : []),
    ...(last.fds > first.fds + FD_GROWTH ? [`${name}: descriptors ${first.fds} → ${last.fds}`] : []),
  ];
}
