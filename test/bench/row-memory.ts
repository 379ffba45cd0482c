import { setTimeout as delay } from "node:timers/promises";
import type { Exit } from "../helpers/api.ts";
import type { Containerd } from "../helpers/containerd.ts";
import { type RowResult, Series } from "./figure.ts";
import { type Footprint, readFootprint } from "./footprint.ts";
import { helperProcesses } from "./helper-processes.ts";
import { forEach, type Run } from "./rounds.ts";
import { holdFifos, type Prepared, prepare, removeTask, SHIMS, type Shim, startTask } from "./tasks.ts";

/** What is started for the containers has this long to come to rest; gantry's programs do after 10 s (src/bin/engine.ts). */
const REST_MS = 12_000;
const FIELDS = {
  pssKib: "memory.pss",
  privateKib: "memory.private",
  kernelKib: "memory.kernel",
  processes: "memory.processes",
  threads: "memory.threads",
} as const satisfies Record<keyof Footprint, string>;

/** Memory per idle container of everything that is neither workload nor daemon, with many of them running. */
export async function measureMemory(run: Run, containerd: Containerd): Promise<RowResult> {
  const { containers } = run.options;
  const series = new Map(Object.keys(FIELDS).map((field) => [field, new Series()]));
  for (const shim of SHIMS) {
    run.signal.throwIfAborted();
    run.progress(`${containers} containers of ${shim}`);
    const footprint = await footprintOf(run, containerd, shim);
    for (const [field, one] of series) one.add(shim, 0, footprint[field as keyof Footprint] / containers);
  }
  const figure = (field: keyof Footprint, label: string) => {
    const found = series.get(field);
    if (!found) throw new Error(`no series "${field}"`);
    return found.figure(FIELDS[field], label);
  };
  return {
    title: `Memory beside the workload, per idle container, with ${containers} running`,
    figures: [
      figure("pssKib", "Pss, KiB"),
      figure("privateKib", "Private, KiB"),
      figure("kernelKib", "kernel stacks and page tables, KiB"),
      figure("processes", "processes"),
      figure("threads", "threads"),
    ],
    notes: [
      "Sums of /proc/PID/smaps_rollup over shims, servers and monitors, measured once, 12 s after the last start, with only the one candidate's containers " +
        "running; each container is a pod of its own. Kernel stacks are threads × 16 KiB, page tables VmPTE; other kernel memory " +
        "(task_struct, sockets, cgroups) is in neither figure. Another run of the same programs on this machine makes Pss smaller.",
    ],
  };
}

async function footprintOf(run: Run, containerd: Containerd, shim: Shim): Promise<Footprint> {
  const slots = Array.from({ length: run.options.containers }, () => holdFifos(containerd));
  try {
    const started: { readonly prepared: Prepared; readonly exit: Promise<Exit> }[] = [];
    await forEach(slots, 4, async ({ paths }) => {
      run.signal.throwIfAborted();
      const prepared = await prepare(containerd, shim, ["sleep", "1000000"]);
      started.push({ prepared, ...(await startTask(containerd, prepared, paths)) });
    });
    await delay(REST_MS);
    const footprint = readFootprint(helperProcesses(containerd).map(({ pid }) => pid));
    await forEach(started, 4, ({ prepared, exit }) => removeTask(containerd, prepared, exit));
    return footprint;
  } finally {
    for (const slot of slots) slot.dispose();
  }
}
