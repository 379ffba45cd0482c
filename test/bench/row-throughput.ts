import type { Containerd } from "../helpers/containerd.ts";
import { within } from "../helpers/wait.ts";
import { type RowResult, Series } from "./figure.ts";
import { forEach, inTurns, type Run, timed } from "./rounds.ts";
import {
  assertSuccess,
  discard,
  type HeldFifos,
  holdFifos,
  type Prepared,
  prepare,
  SHIMS,
  type Shim,
} from "./tasks.ts";

/** Containers per round. */
const ONE_AT_A_TIME = 6;
const EIGHT_AT_A_TIME = 24;
/** Before anything is measured, for each shim: a node's server is not one second old. */
const WARM_UP = 150;

/** Containers per second through containerd's API, from Create to the answer of Delete. */
export async function measureThroughput(run: Run, containerd: Containerd): Promise<RowResult> {
  const one = new Series();
  const eight = new Series();
  const steps = { create: new Series(), start: new Series(), exit: new Series(), delete: new Series() };
  const fifos = Array.from({ length: 8 }, () => holdFifos(containerd));
  try {
    for (const shim of SHIMS) await batch(containerd, shim, WARM_UP, 4, fifos);
    await inTurns(run, SHIMS, async (shim, round) => {
      const alone = await batch(containerd, shim, ONE_AT_A_TIME, 1, fifos);
      one.add(shim, round, alone.perSecond);
      for (const lap of alone.laps) {
        for (const step of ["create", "start", "exit", "delete"] as const)
          steps[step].add(shim, round, lap[step]);
      }
      run.signal.throwIfAborted();
      eight.add(shim, round, (await batch(containerd, shim, EIGHT_AT_A_TIME, 8, fifos)).perSecond);
    });
  } finally {
    for (const pair of fifos) pair.dispose();
  }
  return {
    title: "Containers through containerd's API: create → start → wait → delete",
    figures: [
      one.figure("throughput.one", "one at a time, containers/s"),
      eight.figure("throughput.eight", "eight at a time, containers/s"),
      steps.create.figure("throughput.create", "Create, ms, one at a time"),
      steps.start.figure("throughput.start", "Start, ms"),
      steps.exit.figure("throughput.exit", "Start's answer to Wait's, ms"),
      steps.delete.figure("throughput.delete", "Delete, ms"),
    ],
    notes: [
      "Each container runs busybox `true` with fifos for stdout and stderr in five namespaces of its own. Records and " +
        "snapshots are prepared, and removed, outside the timed part; mounting the snapshot is inside.",
      `A round runs ${ONE_AT_A_TIME} containers one at a time and ${EIGHT_AT_A_TIME} eight at a time; n counts rounds for the rates, ` +
        `containers for the steps. ${WARM_UP} of each shim run before.`,
    ],
  };
}

/** How long the steps of one container took, in ms. */
interface Lap {
  readonly create: number;
  readonly start: number;
  /** From the answer to Start to the answer to Wait: 0 when Wait was answered first. */
  readonly exit: number;
  readonly delete: number;
}

async function batch(
  containerd: Containerd,
  shim: Shim,
  count: number,
  atATime: number,
  fifos: readonly HeldFifos[],
): Promise<{ readonly perSecond: number; readonly laps: readonly Lap[] }> {
  const containers: Prepared[] = [];
  for (let i = 0; i < count; i++) containers.push(await prepare(containerd, shim, ["true"]));
  const laps: Lap[] = [];
  const { ms } = await timed(() =>
    forEach(containers, atATime, async (prepared, slot) => {
      const pair = fifos[slot];
      if (!pair) throw new Error(`no fifos for slot ${slot}`);
      laps.push(await lifecycle(containerd, prepared, pair));
    }),
  );
  for (const prepared of containers) await discard(containerd, prepared);
  return { perSecond: (count * 1000) / ms, laps };
}

async function lifecycle(containerd: Containerd, { id, rootfs }: Prepared, fifos: HeldFifos): Promise<Lap> {
  const { tasks } = containerd.api;
  const target = { container_id: id };
  const create = await timed(() => tasks.create({ ...target, rootfs, terminal: false, ...fifos.paths }));
  const wait = tasks.wait(target);
  wait.catch(() => undefined);
  const start = await timed(() => tasks.start(target));
  const exit = await timed(() => within(`exit of "${id}"`, wait));
  assertSuccess(`container "${id}"`, exit.result);
  const deleted = await timed(() => tasks.delete(id));
  return { create: create.ms, start: start.ms, exit: exit.ms, delete: deleted.ms };
}
