import { type Exit, ociAny } from "../helpers/api.ts";
import type { Containerd } from "../helpers/containerd.ts";
import { processSpec } from "../helpers/oci-spec.ts";
import { within } from "../helpers/wait.ts";
import { type CpuAccount, openCpuAccount } from "./cpu-account.ts";
import { type RowResult, Series } from "./figure.ts";
import { inTurns, type Run, timed } from "./rounds.ts";
import {
  assertSuccess,
  type HeldFifos,
  holdFifos,
  type Prepared,
  prepare,
  removeTask,
  SHIMS,
  type Shim,
  startTask,
} from "./tasks.ts";

const PER_ROUND = 20;
/** Before anything is measured, for each shim: a node's server is not one second old. */
const WARM_UP = 150;

/** Latency and CPU time of `true`, run in a running container as a client of containerd does. */
export async function measureExec(run: Run, containerd: Containerd): Promise<RowResult> {
  const latency = new Series();
  const cpu = new Series();
  const cpuInContainer = new Series();
  const fifos = holdFifos(containerd);
  const stages: Stage[] = [];
  try {
    for (const shim of SHIMS) stages.push(await setStage(containerd, shim, fifos));
    for (const stage of stages)
      for (let i = 0; i < WARM_UP; i++) await execTrue(containerd, stage.prepared, fifos);
    await inTurns(run, stages, async ({ shim, prepared, account }, round) => {
      const helpersUs = account.helpersUs();
      const containerUs = account.containerUs();
      for (let i = 0; i < PER_ROUND; i++) {
        latency.add(shim, round, (await timed(() => execTrue(containerd, prepared, fifos))).ms);
      }
      const inContainerMs = (account.containerUs() - containerUs) / 1000 / PER_ROUND;
      cpu.add(shim, round, (account.helpersUs() - helpersUs) / 1000 / PER_ROUND + inContainerMs);
      cpuInContainer.add(shim, round, inContainerMs);
    });
    for (const { prepared, exit } of stages) await removeTask(containerd, prepared, exit);
  } finally {
    fifos.dispose();
  }
  return {
    title: "Exec of busybox `true` through containerd's API: exec → start → wait → delete",
    figures: [
      latency.figure("exec.latency", "latency, ms"),
      latency.figure("exec.latency-p95", "latency, ms, 95th percentile", "p95"),
      cpu.figure("exec.cpu", "CPU time per exec, ms"),
      cpuInContainer.figure("exec.cpu-container", "… of which in the container's cgroup"),
    ],
    notes: [
      "CPU time is what the kernel accounts to two cgroups: one into which the shim, its server and its monitors are moved once the " +
        "container runs (what they start begins there), and the container's own, where `true` itself and a runtime's last steps are " +
        `counted. Neither daemon nor client is in it. Per round: ${PER_ROUND} execs, of which the CPU time is the mean; ${WARM_UP} of each before.`,
    ],
  };
}

/** A running container with its account. */
interface Stage {
  readonly shim: Shim;
  readonly prepared: Prepared;
  readonly exit: Promise<Exit>;
  readonly account: CpuAccount;
}

async function setStage(containerd: Containerd, shim: Shim, fifos: HeldFifos): Promise<Stage> {
  const prepared = await prepare(containerd, shim, ["sleep", "1000000"]);
  const { exit } = await startTask(containerd, prepared, fifos.paths);
  return { shim, prepared, exit, account: openCpuAccount(containerd, prepared.id) };
}

let counter = 0;

async function execTrue(containerd: Containerd, { id }: Prepared, fifos: HeldFifos): Promise<void> {
  const { tasks } = containerd.api;
  counter += 1;
  const target = { container_id: id, exec_id: `x${counter}` };
  await tasks.exec({
    ...target,
    terminal: false,
    spec: ociAny("Process", processSpec({ args: ["true"] })),
    ...fifos.paths,
  });
  const wait = tasks.wait(target);
  wait.catch(() => undefined);
  await tasks.start(target);
  await within(`exit of ${target.exec_id}`, wait);
  assertSuccess(`exec ${target.exec_id}`, await tasks.deleteProcess(target));
}
