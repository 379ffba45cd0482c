import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Containerd } from "../helpers/containerd.ts";
import { attributedProcesses } from "../helpers/host.ts";
import { killNow } from "../helpers/node-server.ts";
import { ordinarySpec } from "../helpers/oci-spec.ts";
import { containerdBin, distBin, runcPath } from "../helpers/paths.ts";
import { type RowResult, Series } from "./figure.ts";
import { inTurns, type Run } from "./rounds.ts";
import { holdFifos, prepare, removeTask, SHIMS, type Shim, startTask } from "./tasks.ts";

const PER_ROUND = 20;

/** What containerd executes for each container: `start` for a new pod, `delete` when the container is gone. */
export async function measureShim(run: Run, containerd: Containerd): Promise<RowResult> {
  const start = new Series();
  const remove = new Series();
  const fifos = holdFifos(containerd);
  // One container each, so that gantry has its server and both have their programs in memory.
  const others = [];
  try {
    for (const shim of SHIMS) {
      const prepared = await prepare(containerd, shim, ["sleep", "1000000"]);
      others.push({ prepared, ...(await startTask(containerd, prepared, fifos.paths)) });
    }
    await inTurns(run, SHIMS, async (shim, round) => {
      for (let i = 0; i < PER_ROUND; i++) {
        const times = measureOnce(containerd, shim);
        start.add(shim, round, times.startMs);
        remove.add(shim, round, times.deleteMs);
      }
    });
    for (const { prepared, exit } of others) await removeTask(containerd, prepared, exit);
  } finally {
    fifos.dispose();
  }
  return {
    title: "The shim's executable, as containerd calls it",
    figures: [
      start.figure("shim.start", "`start` for a new pod, ms"),
      remove.figure("shim.delete", "`delete` of a container that is gone, ms"),
    ],
    notes: [
      `Whole processes, from before each is started until it was reaped; ${PER_ROUND} of each in a round.`,
    ],
  };
}

let counter = 0;

function measureOnce(
  containerd: Containerd,
  shim: Shim,
): { readonly startMs: number; readonly deleteMs: number } {
  counter += 1;
  const id = `s${counter}`;
  const bundle = join(containerd.dir, id);
  mkdirSync(join(bundle, "rootfs"), { recursive: true });
  const spec = ordinarySpec(`/${containerd.namespace}/${id}`, { args: ["true"] });
  writeFileSync(join(bundle, "config.json"), JSON.stringify(spec));
  writeFileSync(join(bundle, "runtime"), "runc"); // by which runc's shim knows its runtime again
  const call = (action: string, ...flags: readonly string[]) =>
    callShim(containerd, shim, bundle, id, [...flags, action]);
  try {
    const started = call("start");
    const socket = started.stdout.match(/\/[^"\s]+/)?.[0];
    for (const { pid, command } of attributedProcesses(containerd)) {
      if (command.includes(` -id ${id} `)) killNow(pid);
    }
    const deleted = call("delete", "-bundle", bundle);
    if (socket !== undefined) rmSync(socket, { force: true });
    return { startMs: started.ms, deleteMs: deleted.ms };
  } finally {
    rmSync(bundle, { recursive: true });
  }
}

function callShim(
  { dir, socket, namespace, version }: Containerd,
  shim: Shim,
  bundle: string,
  id: string,
  args: readonly string[],
): { readonly ms: number; readonly stdout: string } {
  const bin = containerdBin(version);
  const program =
    shim === "gantry" ? join(distBin, "containerd-shim-gantry-v2") : join(bin, "containerd-shim-runc-v2");
  const flags = [
    "-namespace",
    namespace,
    "-address",
    socket,
    "-publish-binary",
    join(bin, "containerd"),
    "-id",
    id,
  ];
  const options = {
    cwd: bundle,
    input: "",
    encoding: "utf8" as const,
    env: {
      PATH: `${join(runcPath(), "..")}:/usr/sbin:/usr/bin:/sbin:/bin`,
      TTRPC_ADDRESS: `${socket}.ttrpc`,
      GANTRY_NODE_DIR: join(dir, "n"),
      GANTRY_TEST_RUN: namespace,
      GOMAXPROCS: "2",
    },
  };
  const before = performance.now();
  const done: SpawnSyncReturns<string> = spawnSync(program, [...flags, ...args], options);
  const ms = performance.now() - before;
  if (done.status !== 0) throw new Error(`${program} ${args.join(" ")}: exit ${done.status}: ${done.stderr}`);
  return { ms, stdout: done.stdout };
}
