import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Exit, type Mount, ociAny } from "../helpers/api.ts";
import { prepareSnapshot } from "../helpers/container.ts";
import type { Containerd } from "../helpers/containerd.ts";
import { ordinarySpec } from "../helpers/oci-spec.ts";
import { within } from "../helpers/wait.ts";

/** The two shims. */
export const SHIMS = ["gantry", "runc"] as const;
export type Shim = (typeof SHIMS)[number];

const RUNTIMES = { gantry: "io.containerd.gantry.v2", runc: "io.containerd.runc.v2" } as const;
const SNAPSHOTTER = "overlayfs";

/** A container's record and snapshot, which only containerd knows of: no shim has been called for it yet. */
export interface Prepared {
  readonly id: string;
  readonly rootfs: readonly Mount[];
}

/** Fifos for stdout and stderr whose other side we hold open, so that nothing waits for a reader. */
export interface HeldFifos {
  readonly paths: { readonly stdin: string; readonly stdout: string; readonly stderr: string };
  dispose(): void;
}

let counter = 0;

/** Make a container's record and snapshot. */
export async function prepare(
  containerd: Containerd,
  shim: Shim,
  args: readonly string[],
): Promise<Prepared> {
  counter += 1;
  const id = `b${counter}`;
  const rootfs = await prepareSnapshot(containerd, id);
  await containerd.api.containers.create({
    id,
    image: containerd.image.name,
    runtime: { name: RUNTIMES[shim] },
    spec: ociAny("Spec", ordinarySpec(`/${containerd.namespace}/${id}`, { args })),
    snapshotter: SNAPSHOTTER,
    snapshot_key: id,
  });
  return { id, rootfs };
}

/** Remove record and snapshot. */
export async function discard(containerd: Containerd, { id }: Prepared): Promise<void> {
  await containerd.api.containers.delete(id);
  await containerd.api.snapshots.remove(SNAPSHOTTER, id);
}

/** Make two fifos; `count` processes, one after the other or at once, may be given the same ones. */
export function holdFifos(containerd: Containerd): HeldFifos {
  const dir = mkdtempSync(join(containerd.dir, "fifo", "h-"));
  const paths = { stdin: "", stdout: join(dir, "out"), stderr: join(dir, "err") };
  execFileSync("mkfifo", [paths.stdout, paths.stderr]);
  // On Linux, O_RDWR of a fifo waits for nobody; see fifo(7).
  const fds = [paths.stdout, paths.stderr].map((path) => openSync(path, constants.O_RDWR));
  return {
    paths,
    dispose: () => {
      for (const fd of fds) closeSync(fd);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Create and start a task. @returns what its Wait, asked for before Start as clients do, will answer */
export async function startTask(
  containerd: Containerd,
  { id, rootfs }: Prepared,
  paths: HeldFifos["paths"],
): Promise<{ readonly exit: Promise<Exit> }> {
  const { tasks } = containerd.api;
  await tasks.create({ container_id: id, rootfs, terminal: false, ...paths });
  const exit = tasks.wait({ container_id: id });
  exit.catch(() => undefined);
  await tasks.start({ container_id: id });
  return { exit };
}

/** Kill and delete a running task, record and snapshot included. */
export async function removeTask(
  containerd: Containerd,
  prepared: Prepared,
  exit: Promise<Exit>,
): Promise<void> {
  await containerd.api.tasks.kill({ container_id: prepared.id }, 9, true);
  await within(`exit of "${prepared.id}"`, exit);
  await containerd.api.tasks.delete(prepared.id);
  await discard(containerd, prepared);
}

/** @throws Error when the process did not succeed: what failed fast is no measurement */
export function assertSuccess(what: string, exit: Exit): void {
  if (exit.exit_status !== 0) throw new Error(`${what} exited with ${exit.exit_status}`);
}
