import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Exit } from "../helpers/api.ts";
import type { Containerd } from "../helpers/containerd.ts";
import { killNow, serverOf } from "../helpers/node-server.ts";
import { waitFor } from "../helpers/wait.ts";
import { type RowResult, Series } from "./figure.ts";
import { forEach, type Run } from "./rounds.ts";
import { type HeldFifos, holdFifos, type Prepared, prepare, removeTask, startTask } from "./tasks.ts";

/** Between two kills: the server is to be one that has been there for a while. */
const REST_MS = 3_000;

/** How long gantry's server is away when it is killed, with many containers running. The other shim has none. */
export async function measureRestart(run: Run, containerd: Containerd): Promise<RowResult> {
  const { containers, rounds } = run.options;
  const first = new Series();
  const last = new Series();
  const processor = new Series();
  const running: { readonly prepared: Prepared; readonly fifos: HeldFifos; readonly exit: Promise<Exit> }[] =
    [];
  const slots = Array.from({ length: containers }, () => holdFifos(containerd));
  try {
    await forEach(slots, 4, async (fifos) => {
      run.signal.throwIfAborted();
      const prepared = await prepare(containerd, "gantry", ["sleep", "1000000"]);
      running.push({ prepared, fifos, ...(await startTask(containerd, prepared, fifos.paths)) });
    });
    for (let round = 0; round < rounds; round++) {
      run.signal.throwIfAborted();
      run.progress(`round ${round + 1} of ${rounds}`);
      await delay(REST_MS);
      const before = await serverOf(containerd);
      killNow(before);
      const killedAt = performance.now();
      const answeredMs = await Promise.all(
        running.map(async ({ prepared: { id } }) => {
          await containerd.api.tasks.get({ container_id: id });
          return performance.now() - killedAt;
        }),
      );
      first.add("gantry", round, Math.min(...answeredMs));
      last.add("gantry", round, Math.max(...answeredMs));
      const server = await waitFor("the next server", async () => {
        const pid = await serverOf(containerd);
        return pid === before ? undefined : pid;
      });
      processor.add("gantry", round, processorMs(server));
    }
    await forEach(running, 4, ({ prepared, exit }) => removeTask(containerd, prepared, exit));
  } finally {
    for (const slot of slots) slot.dispose();
  }
  return {
    title: `kill -9 of the server, with ${containers} containers running`,
    figures: [
      first.figure("restart.first", "until State of the first is answered, ms"),
      last.figure("restart.last", "until State of all is answered, ms"),
      processor.figure("restart.cpu", "… processor time of the next server until then, ms"),
    ],
    notes: [
      "From the kill until containerd's client has the answer, all asked at once; each container is a pod of its own.",
    ],
  };
}

/** Of all threads so far; Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat". */
function processorMs(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const ns = threads.map((tid) =>
    Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, "latin1").split(" ")[0]),
  );
  return ns.reduce((sum, one) => sum + one, 0) / 1e6;
}
