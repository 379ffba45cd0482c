import { readdirSync, readFileSync } from "node:fs";
import { type Cri, startCri } from "../helpers/cri.ts";
import { type Pod, runPod } from "../helpers/cri-pod.ts";
import type { Candidate, RowResult } from "./figure.ts";
import { Series } from "./figure.ts";
import { readFootprint } from "./footprint.ts";
import { forEach, inTurns, type Run, timed } from "./rounds.ts";

/** Pods per round. */
const ONE_AT_A_TIME = 5;
const EIGHT_AT_A_TIME = 16;
const PREFIX = "io.containerd.cri.v1.runtime";

/** A handler of the CRI plugin, and the column its figures stand in. */
interface Handler {
  readonly name: string;
  readonly candidate: Candidate;
  readonly isPauseless: boolean;
}
const HANDLERS: readonly Handler[] = [
  { name: "tested", candidate: "gantry", isPauseless: false },
  { name: "runc", candidate: "runc", isPauseless: false },
  { name: "pauseless", candidate: "gantry", isPauseless: true },
];

interface Figures {
  readonly perSecond: Series;
  readonly ready: Series;
  readonly running: Series;
  readonly processes: Series;
  readonly memory: Series;
}
const newFigures = (): Figures => ({
  perSecond: new Series(),
  ready: new Series(),
  running: new Series(),
  processes: new Series(),
  memory: new Series(),
});

/** Pods through the CRI plugin of containerd 2.x, with a pause container and without. */
export async function measurePods(run: Run): Promise<RowResult> {
  const cri = await startCri({
    version: "2.x",
    handler: [
      `[plugins."${PREFIX}".containerd.runtimes.runc]`,
      '  runtime_type = "io.containerd.runc.v2"',
      `[plugins."${PREFIX}".containerd.runtimes.pauseless]`,
      '  runtime_type = "io.containerd.gantry.v2"',
      '  sandboxer = "shim"',
    ],
  });
  const paused = newFigures();
  const pauseless = newFigures();
  try {
    for (const handler of HANDLERS) await batch(cri, handler, EIGHT_AT_A_TIME);
    await inTurns(run, HANDLERS, async (handler, round) => {
      const { candidate, isPauseless } = handler;
      const into = isPauseless ? pauseless : paused;
      await alone(cri, handler, (name, value) => into[name].add(candidate, round, value));
      run.signal.throwIfAborted();
      into.perSecond.add(candidate, round, await batch(cri, handler, EIGHT_AT_A_TIME));
    });
  } finally {
    await cri.stop();
  }
  const lines = (of: Figures, id: string, what: string) => [
    of.perSecond.figure(`pods.${id}.rate`, `${what}: eight at a time, pods/s`),
    of.ready.figure(`pods.${id}.ready`, `${what}: RunPodSandbox, ms`),
    of.running.figure(`pods.${id}.running`, `${what}: until a container runs, ms`),
    of.processes.figure(`pods.${id}.processes`, `${what}: processes per pod`),
    of.memory.figure(`pods.${id}.memory`, `${what}: private memory per pod, KiB`),
  ];
  return {
    title: "Pods through the CRI (containerd 2.x)",
    figures: [
      ...lines(paused, "pause", "pause container"),
      ...lines(pauseless, "shim", 'sandboxer = "shim"'),
    ],
    notes: [
      "A pod has a network (CNI bridge) and one container (`sleep`); a pod of the rate is run, stopped and removed. Processes and memory are " +
        "those of pods without containers: stubs or shims, monitors, pause or holder, but not gantry's server, of which there is one.",
      `A round has ${ONE_AT_A_TIME} pods one at a time and ${EIGHT_AT_A_TIME} eight at a time.`,
    ],
  };
}

async function alone(
  cri: Cri,
  { name }: Handler,
  add: (figure: "ready" | "running" | "processes" | "memory", value: number) => void,
): Promise<void> {
  const before = new Set(podProcesses(cri));
  const pods: Pod[] = [];
  for (let i = 0; i < ONE_AT_A_TIME; i++) {
    const { ms, result } = await timed(() => runPod(cri, { handler: name }));
    add("ready", ms);
    pods.push(result);
  }
  const own = podProcesses(cri).filter((pid) => !before.has(pid));
  const { processes, privateKib } = readFootprint(own);
  add("processes", processes / ONE_AT_A_TIME);
  add("memory", privateKib / ONE_AT_A_TIME);
  for (const pod of pods) await pod.remove();
  const { ms, result } = await timed(async () => {
    const pod = await runPod(cri, { handler: name });
    await pod.run({ command: ["sleep", "1000"] });
    return pod;
  });
  add("running", ms);
  await result.remove();
}

/** @returns pods per second */
async function batch(cri: Cri, { name }: Handler, count: number): Promise<number> {
  const { ms } = await timed(() =>
    forEach(Array(count).fill(name), 8, async (handler: string) => {
      const pod = await runPod(cri, { handler });
      await pod.run({ command: ["sleep", "1000"] });
      await pod.remove();
    }),
  );
  return (count * 1000) / ms;
}

/** Processes in the sandbox, by the host's numbers, but the daemon, what runs it, and gantry's server with its own. */
function podProcesses(cri: Cri): readonly number[] {
  const namespace = /NSpid:\s+(.*)/;
  const depth = (status: string) => namespace.exec(status)?.[1]?.split(/\s+/).length ?? 0;
  const outer = depth(readFileSync("/proc/self/status", "utf8"));
  return readdirSync("/proc").flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const root = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").join(" ");
      if (/gantry-shimd|gantry-runtime worker|gantry-init watch|containerd --config|relay\.mjs/.test(root))
        return [];
      const isInside =
        depth(readFileSync(`/proc/${pid}/status`, "utf8")) > outer && belongsTo(pid, cri.sandbox.pid);
      return isInside ? [Number(pid)] : [];
    } catch {
      return []; // ended meanwhile
    }
  });
}

/** Whether a process descends from the sandbox's process 1; pids of other sandboxes are as deep. */
function belongsTo(pid: string, ancestor: number): boolean {
  let at = pid;
  while (at !== "0" && at !== "1") {
    if (Number(at) === ancestor) return true;
    at = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${at}/status`, "utf8"))?.[1] ?? "0";
  }
  return false;
}
