import { join } from "node:path";
import { type Any, type Exit, type Mount, ociAny, type ProcessState, type Target } from "./api.ts";
import type { Containerd } from "./containerd.ts";
import { ordinarySpec, processSpec, type SpecOptions } from "./oci-spec.ts";
import { testRuntime } from "./paths.ts";
import { openStreams, type Streams } from "./streams.ts";
import { within } from "./wait.ts";

export interface ContainerOptions extends SpecOptions {
  readonly id?: string;
  readonly stdin?: boolean;
  /** What to pass as stdin, stdout and stderr instead of fifos of our own; `{}`: nothing at all. */
  readonly stdio?: { readonly stdout?: string; readonly stderr?: string };
  /** What to mount as root instead of a fresh snapshot of the image. */
  readonly rootfs?: readonly Mount[];
  /** The spec's JSON, verbatim, instead of one made from the other options. */
  readonly rawSpec?: Any;
  readonly runtime?: string;
  readonly runtimeOptions?: Any;
}

/** A process started through containerd's gRPC API: a container's init or an exec. */
export interface TestProcess {
  readonly target: Target;
  readonly streams: Streams | undefined;
  readonly pid: number;
  /** Resolves with the exit status; asked for before Start, as clients do. */
  readonly exit: Promise<Exit>;
  start(): Promise<void>;
  state(): Promise<ProcessState>;
  kill(signal: number, all?: boolean): Promise<void>;
  resize(width: number, height: number): Promise<void>;
  /** Close stdin on both sides. */
  endInput(): Promise<void>;
  /** Wait for exit and the end of its output, delete it, and tell the exit status. */
  finish(timeoutMs?: number): Promise<Exit & { readonly pid: number }>;
  stdout(): string;
  stderr(): string;
}

export interface TestContainer extends TestProcess {
  readonly id: string;
  /** Add a process without starting it. */
  addExec(args: readonly string[], options?: ExecOptions): Promise<TestProcess>;
  /** Run a process to its end. */
  exec(
    args: readonly string[],
    options?: ExecOptions,
  ): Promise<{ status: number; stdout: string; stderr: string }>;
  /** Kill if necessary, delete task, container and snapshot. */
  remove(): Promise<void>;
}

export interface ExecOptions extends Omit<SpecOptions, "args" | "resources" | "change"> {
  readonly execId?: string;
  readonly stdin?: boolean;
}

let counter = 0;
const SNAPSHOTTER = "overlayfs";

/**
 * Create a container and its task, not started yet. When that fails, containerd's records of it are removed, so that
 * what is left is what the shim and the runtime left.
 */
export async function createContainer(
  containerd: Containerd,
  options: ContainerOptions,
): Promise<TestContainer> {
  const { api, namespace } = containerd;
  counter += 1;
  const id = options.id ?? `c${counter}`;
  const target: Target = { container_id: id };
  const rootfs = options.rootfs ?? (await prepareSnapshot(containerd, id));
  const spec = options.rawSpec ?? ociAny("Spec", ordinarySpec(`/${namespace}/${id}`, options));
  const dropRecords = async () => {
    await api.containers.delete(id);
    if (!options.rootfs) await api.snapshots.remove(SNAPSHOTTER, id);
  };
  await api.containers.create({
    id,
    image: containerd.image.name,
    runtime: { name: options.runtime ?? testRuntime, options: options.runtimeOptions },
    spec,
    snapshotter: SNAPSHOTTER,
    snapshot_key: options.rootfs ? "" : id,
  });
  const streams = options.stdio ? undefined : await openStreams(join(containerd.dir, "fifo"), options);

  let pid: number;
  try {
    ({ pid } = await api.tasks.create({
      container_id: id,
      rootfs,
      terminal: options.terminal ?? false,
      ...(streams?.paths ?? options.stdio),
    }));
  } catch (error) {
    streams?.dispose();
    await dropRecords();
    throw error;
  }
  const init = processOf(containerd, target, pid, streams);

  async function addExec(args: readonly string[], execOptions: ExecOptions = {}): Promise<TestProcess> {
    counter += 1;
    const execId = execOptions.execId ?? `e${counter}`;
    const execStreams = await openStreams(join(containerd.dir, "fifo"), execOptions);
    try {
      await containerd.api.tasks.exec({
        container_id: id,
        exec_id: execId,
        terminal: execOptions.terminal ?? false,
        spec: ociAny("Process", processSpec({ ...execOptions, args })),
        ...execStreams.paths,
      });
    } catch (error) {
      execStreams.dispose();
      throw error;
    }
    return processOf(containerd, { container_id: id, exec_id: execId }, 0, execStreams);
  }

  return Object.assign(init, {
    id,
    addExec,
    exec: async (args: readonly string[], execOptions: ExecOptions = {}) => {
      const added = await addExec(args, execOptions);
      await added.start();
      const { exit_status } = await added.finish();
      return { status: exit_status, stdout: added.stdout(), stderr: added.stderr() };
    },
    remove: async () => {
      const tasks = containerd.api.tasks;
      const state = await tasks.get(target).catch(() => undefined);
      if (state) {
        if (state.status !== "STOPPED") {
          await tasks.kill(target, 9, true).catch(() => undefined);
          if (state.status === "PAUSED") await tasks.resume(id);
          await within(`exit of "${id}"`, init.exit);
        }
        await streams?.drained();
        await tasks.delete(id);
      }
      streams?.dispose();
      await dropRecords();
    },
  });
}

/** Create and start a container. */
export async function startContainer(
  containerd: Containerd,
  options: ContainerOptions,
): Promise<TestContainer> {
  const container = await createContainer(containerd, options);
  try {
    await container.start();
  } catch (error) {
    await container.remove();
    throw error;
  }
  return container;
}

/** Run a container to its end and remove it. */
export async function runContainer(
  containerd: Containerd,
  options: ContainerOptions,
): Promise<{ status: number; stdout: string; stderr: string }> {
  const container = await startContainer(containerd, options);
  const { exit_status } = await within(`exit of "${container.id}"`, container.exit, 30_000);
  await container.streams?.drained();
  const result = { status: exit_status, stdout: container.stdout(), stderr: container.stderr() };
  await container.remove();
  return result;
}

/** A writable snapshot of the test image, as mounts. */
export async function prepareSnapshot(containerd: Containerd, key: string): Promise<readonly Mount[]> {
  const { mounts } = await containerd.api.snapshots.prepare({
    snapshotter: SNAPSHOTTER,
    key,
    parent: containerd.image.chainId,
    labels: { "containerd.io/gc.root": new Date().toISOString() },
  });
  return mounts;
}

function processOf(
  containerd: Containerd,
  target: Target,
  createdPid: number,
  streams: Streams | undefined,
): TestProcess {
  let pid = createdPid;
  // The api object changes when containerd is restarted: always ask for the current one.
  const tasks = () => containerd.api.tasks;
  const exit = target.exec_id === undefined ? tasks().wait(target) : undefined;
  exit?.catch(() => undefined);
  let execExit: Promise<Exit> | undefined;
  return {
    target,
    streams,
    get pid() {
      return pid;
    },
    get exit() {
      const known = exit ?? execExit;
      if (!known) throw new Error("an exec can be waited for once it is started");
      return known;
    },
    start: async () => {
      if (!exit) {
        execExit = tasks().wait(target);
        execExit.catch(() => undefined);
      }
      ({ pid } = await tasks().start(target));
    },
    state: () => tasks().get(target),
    kill: async (signal, all) => {
      await tasks().kill(target, signal, all);
    },
    resize: async (width, height) => {
      await tasks().resize(target, width, height);
    },
    endInput: async () => {
      await streams?.endInput();
      await tasks().closeStdin(target);
    },
    finish: async (timeoutMs = 20_000) => {
      const known = exit ?? execExit;
      if (known) await within(`exit of ${JSON.stringify(target)}`, known, timeoutMs);
      await streams?.drained();
      const result =
        target.exec_id === undefined
          ? await tasks().delete(target.container_id)
          : await tasks().deleteProcess(target);
      if (target.exec_id !== undefined) streams?.dispose();
      return result;
    },
    stdout: () => streams?.stdout() ?? "",
    stderr: () => streams?.stderr() ?? "",
  };
}
