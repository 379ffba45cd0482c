/** `npm run soak`: churn under random kills, one table, exit code 1 when anything is wrong. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { removeTraces } from "../bench/traces.ts";
import { Churn, type Tally } from "../helpers/churn.ts";
import { type Containerd, startContainerd } from "../helpers/containerd.ts";
import { expectNoLeaks, snapshotHost } from "../helpers/leaks.ts";
import { findMonitors, findStubs, killNow, seeded, serverOf } from "../helpers/node-server.ts";
import { repository } from "../helpers/paths.ts";
import { waitFor } from "../helpers/wait.ts";
import { type Checkpoint, takeCheckpoint } from "./checkpoint.ts";
import { type Kills, killAtRandom } from "./killer.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import { problemsOf, renderTable } from "./report.ts";
import { openSlowStreams } from "./slow-streams.ts";

/** What one server that is never killed is asked to do, to see whether it grows. */
const CALM_S = 20;
const CHECKPOINT_MS = 15_000;
const LOG = join(repository, ".cache/soak.log");

/** All there is to say about a run. */
export interface Outcome {
  readonly options: Options;
  readonly tally: Tally;
  readonly kills: Kills;
  readonly leaks: readonly string[];
  /** At intervals, while everything was killed at random. */
  readonly checkpoints: readonly Checkpoint[];
  /** Of one server and one worker at work, after the first third and at the end. */
  readonly calm: readonly [Checkpoint, Checkpoint];
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: Options | undefined;
  try {
    options = parseOptions(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    return 2;
  }
  if (options === undefined) {
    console.log(USAGE);
    return 0;
  }
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => interruption.abort());
  }
  const containerd = await startContainerd(options.containerd);
  try {
    const outcome = await soak(options, containerd, interruption.signal);
    console.log(renderTable(outcome));
    if (problemsOf(outcome).length === 0) return 0;
    writeFileSync(LOG, containerd.log());
    console.log(`what containerd and gantry said: ${LOG}`);
    return 1;
  } finally {
    await containerd.stop();
    await removeTraces(containerd);
  }
}

async function soak(options: Options, containerd: Containerd, signal: AbortSignal): Promise<Outcome> {
  const startedAt = performance.now();
  const before = snapshotHost(containerd);
  const churn = new Churn(containerd, {
    random: seeded(options.seed),
    kinds: ["exits", "exits", "exits", "terminated", "killed", "unstarted", "fails", "writes"],
    openStreams: () => openSlowStreams(join(containerd.dir, "fifo")),
  });
  const calmMs = Math.min(CALM_S * 1000, options.minutes * 15_000);
  const wildEnd = startedAt + options.minutes * 60_000 - calmMs;
  const end = wildEnd + calmMs;
  const isOver = () => signal.aborted || performance.now() > end;
  const isWildOver = () => signal.aborted || performance.now() > wildEnd;

  const checkpoints: Checkpoint[] = [];
  const watching = every(CHECKPOINT_MS, isWildOver, () => {
    const point = takeCheckpoint(containerd, startedAt);
    checkpoints.push(point);
    const { containers, execs, failures, wrongCodes, lostEvents } = churn.tally;
    const bad = failures.length + wrongCodes.length + lostEvents.length;
    console.error(
      `${point.atS} s: ${containers} containers, ${execs} execs, ${bad} bad; ${JSON.stringify(point)}`,
    );
  });
  const running = churn.run(options.lanes, isOver);
  const kills = await killAtRandom(containerd, churn, seeded(options.seed + 1), isWildOver);
  await watching;
  const calm = await watchCalm(containerd, startedAt, calmMs, signal);
  await running;

  const leaks = await findLeaks(containerd, before);
  return { options, tally: churn.tally, kills, leaks, checkpoints, calm };
}

/** Of a server and a worker that nobody kills: what they need once warm, and in the end. */
async function watchCalm(
  containerd: Containerd,
  startedAt: number,
  calmMs: number,
  signal: AbortSignal,
): Promise<readonly [Checkpoint, Checkpoint]> {
  killNow(await serverOf(containerd)); // both begin anew
  await pause(calmMs / 3, signal);
  const first = takeCheckpoint(containerd, startedAt);
  await pause((calmMs * 2) / 3 - 500, signal);
  return [first, takeCheckpoint(containerd, startedAt)];
}

async function findLeaks(
  containerd: Containerd,
  before: ReturnType<typeof snapshotHost>,
): Promise<readonly string[]> {
  const leaks: string[] = [];
  // Every pod is over: no stub, no monitor.
  await waitFor(
    "stubs and monitors to end",
    () => findStubs(containerd).length + findMonitors(containerd).length === 0,
  ).catch(() =>
    leaks.push(`${findStubs(containerd).length} stubs, ${findMonitors(containerd).length} monitors`),
  );
  await expectNoLeaks(containerd, before).catch((error: Error) => leaks.push(error.message));
  return leaks;
}

async function every(intervalMs: number, isOver: () => boolean, look: () => void): Promise<void> {
  for (let next = performance.now() + intervalMs; !isOver(); ) {
    await delay(Math.min(500, intervalMs));
    if (performance.now() < next || isOver()) continue;
    next += intervalMs;
    try {
      look();
    } catch {
      // containerd is being restarted
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => {}); // Ctrl-C: it is over
}
