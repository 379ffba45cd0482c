import { type ChildProcess, spawn } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Api, connectApi } from "./api.ts";
import { attributedProcesses, removeCgroups, unmountBelow } from "./host.ts";
import {
  type ContainerdVersion,
  containerdBin,
  distBin,
  runcPath,
  type TestImage,
  testImage,
  testRuntime,
} from "./paths.ts";
import { type Finished, type RunOptions, run, runOk } from "./run.ts";
import { waitFor } from "./wait.ts";

/** A containerd of our own: nothing of the host's is touched. */
export interface Containerd {
  readonly version: ContainerdVersion;
  /** Temporary directory of everything: root, state, sockets, fifos. */
  readonly dir: string;
  readonly socket: string;
  /** Unlike that of any other test run on this machine. */
  readonly namespace: string;
  readonly image: TestImage;
  readonly api: Api;
  pid(): number;
  /** Run `ctr` against it, in its namespace. `run` gets `--runtime` of the runtime under test by `ctrRun`. */
  ctr(args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** Arguments of `ctr run` up to image and id: runtime and a private fifo directory. */
  ctrCommand(args: readonly string[]): { readonly file: string; readonly args: readonly string[] };
  /** End it with `signal` (containers go on) and start it again. */
  restart(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** End it with `signal`; containers go on. */
  halt(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Start it again after `halt`, perhaps as another version with the same directories. */
  resume(as?: ContainerdVersion): Promise<void>;
  /** What it logged so far. */
  log(): string;
  /** Remove every task and container, and what a failed test left running or lying about. */
  reset(): Promise<void>;
  /** Remove every task and container, end it, remove every trace. */
  stop(): Promise<void>;
}

/**
 * Start a private containerd of this version with the test image loaded. Its directory has a short name because a
 * unix socket's path may have 107 bytes only.
 *
 * @param programs the directory of gantry's programs, when it is not dist/bin
 * @param hasKillFile whether the server looks for orders to kill itself, five times a call: not while it is measured
 */
export async function startContainerd(
  firstVersion: ContainerdVersion,
  {
    programs = distBin,
    hasKillFile = true,
  }: { readonly programs?: string; readonly hasKillFile?: boolean } = {},
): Promise<Containerd> {
  let version = firstVersion;
  // A benchmark wants state where a real host has it, on tmpfs.
  const dir = mkdtempSync(join(process.env["GANTRY_TEST_DIR"] ?? "/tmp", "gt-"));
  const namespace = `t-${dir.slice(-6).toLowerCase()}`;
  const socket = join(dir, "c.sock");
  const bin = () => containerdBin(version);
  const image = testImage();
  for (const name of ["bin", "fifo", "tmp"]) mkdirSync(join(dir, name));
  symlinkSync(runcPath(), join(dir, "bin/runc"));

  const env = {
    PATH: `${join(dir, "bin")}:${programs}:${bin()}:/usr/sbin:/usr/bin:/sbin:/bin`,
    TMPDIR: join(dir, "tmp"),
    GANTRY_TEST_RUN: namespace,
    GANTRY_NODE_DIR: join(dir, "n"),
    ...(hasKillFile ? { GANTRY_TEST_KILL_FILE: join(dir, "kill") } : {}),
    ...ofEnvironment("GANTRY_SHIM_LOG", "GANTRY_RUNTIME_MODE"),
  };
  let daemon: ChildProcess | undefined;
  let api = connectApi(socket, namespace);
  const killDaemon = () => {
    daemon?.kill("SIGKILL");
  };
  process.once("exit", killDaemon);

  async function resume(as = version): Promise<void> {
    version = as;
    writeFileSync(join(dir, "config.toml"), configOf(dir, version));
    const log = openSync(join(dir, "log"), "a");
    daemon = spawn(join(bin(), "containerd"), ["--config", join(dir, "config.toml")], {
      stdio: ["ignore", log, log],
      cwd: dir,
      env,
      detached: true,
    });
    closeSync(log);
    api.close();
    api = connectApi(socket, namespace);
    await waitFor(
      `containerd ${version} to serve (log: ${join(dir, "log")})`,
      () => {
        if (daemon?.exitCode !== null) throw new Error(`containerd ${version} ended:\n${readLog()}`);
        return api.version().then(
          () => true,
          () => false,
        );
      },
      20_000,
    );
  }
  async function halt(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const ending = daemon;
    if (!ending) return;
    daemon = undefined;
    if (ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill(signal);
    await ended;
  }
  const readLog = () => readFileSync(join(dir, "log"), "utf8");
  const ctrCommand = (args: readonly string[]) => ({
    file: join(bin(), "ctr"),
    args: ["--address", socket, "--namespace", namespace, ...args],
  });
  const ctr = (args: readonly string[], options: RunOptions = {}) => {
    const command = ctrCommand(args);
    return run(command.file, command.args, { env, ...options });
  };

  const self: Containerd = {
    get version() {
      return version;
    },
    dir,
    socket,
    namespace,
    image,
    get api() {
      return api;
    },
    pid: () => {
      if (daemon?.pid === undefined) throw new Error("containerd is not running");
      return daemon.pid;
    },
    ctr,
    ctrCommand,
    restart: async (signal) => {
      await halt(signal);
      await resume();
    },
    halt,
    resume,
    log: readLog,
    reset: async () => {
      await removeEverything(self);
      for (const { pid } of attributedProcesses(self)) killQuietly(pid);
      for (const name of readdirSync(join(dir, "fifo"))) rmSync(join(dir, "fifo", name), { recursive: true });
    },
    stop: async () => {
      if (daemon) await removeEverything(self);
      api.close();
      await halt("SIGTERM");
      process.off("exit", killDaemon);
      for (const { pid } of attributedProcesses(self)) killQuietly(pid);
      await unmountBelow(dir);
      await removeCgroups(namespace);
      for (const parent of ["/run/gantry", "/run/containerd/runc"]) {
        rmSync(join(parent, namespace), { recursive: true, force: true });
      }
      rmSync(dir, { recursive: true, force: true });
    },
  };
  try {
    await resume();
    const command = ctrCommand(["images", "import", image.tar]);
    await runOk(command.file, command.args, { env });
  } catch (error) {
    await self.stop();
    throw error;
  }
  return self;
}

/** The arguments after `ctr run`: `ctr(["run", ...ctrRunFlags(c), "--rm", image, id, …])`. */
export function ctrRunFlags(containerd: Containerd): readonly string[] {
  return ["--runtime", testRuntime, "--fifo-dir", join(containerd.dir, "fifo")];
}

/** Remove every container of the namespace, whatever state it is in. */
async function removeEverything(containerd: Containerd): Promise<void> {
  const { api } = containerd;
  const { containers } = await api.containers.list();
  for (const { id, snapshotter, snapshot_key } of containers) {
    await api.tasks.kill({ container_id: id }, 9, true).catch(ignoreGone);
    await api.tasks.resume(id).catch(ignoreGone);
    await waitFor(`task "${id}" to stop`, async () => {
      const state = await api.tasks.get({ container_id: id }).catch(() => undefined);
      return (
        state === undefined || state.status === "STOPPED" || state.pid === 0 || state.status === "CREATED"
      );
    }).catch(ignoreGone);
    await api.tasks.delete(id).catch(ignoreGone);
    await api.containers.delete(id).catch(ignoreGone);
    if (snapshot_key !== "") await api.snapshots.remove(snapshotter, snapshot_key).catch(ignoreGone);
  }
}

function ignoreGone(): void {
  // Cleaning up after a test, failed or not: what is already gone need not be removed.
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}

function configOf(dir: string, version: ContainerdVersion): string {
  // The cgroups monitor publishes OOM events of its own (v1): without it the shim's are the only ones.
  const without = [
    "io.containerd.grpc.v1.cri",
    "io.containerd.cri.v1.images",
    "io.containerd.cri.v1.runtime",
    "io.containerd.podsandbox.controller.v1.podsandbox",
    "io.containerd.nri.v1.nri",
    "io.containerd.internal.v1.opt",
    "io.containerd.internal.v1.restart",
    "io.containerd.monitor.container.v1.restart",
    "io.containerd.monitor.v1.cgroups",
    "io.containerd.monitor.task.v1.cgroups",
    "io.containerd.snapshotter.v1.aufs",
    "io.containerd.snapshotter.v1.blockfile",
    "io.containerd.snapshotter.v1.btrfs",
    "io.containerd.snapshotter.v1.devmapper",
    "io.containerd.snapshotter.v1.erofs",
    "io.containerd.snapshotter.v1.zfs",
    "io.containerd.tracing.processor.v1.otlp",
  ];
  return `version = ${version === "2.x" ? 3 : 2}
root = "${dir}/r"
state = "${dir}/s"
disabled_plugins = ${JSON.stringify(without)}
[grpc]
  address = "${dir}/c.sock"
[ttrpc]
  address = "${dir}/c.sock.ttrpc"
[debug]
  level = "info"
`;
}

/** The bundle of a container. */
export function bundleOf(containerd: Containerd, id: string): string {
  return join(containerd.dir, "s/io.containerd.runtime.v2.task", containerd.namespace, id);
}

/** Names of the bundles that exist. */
export function bundlesOf(containerd: Containerd): readonly string[] {
  return ["s", "r"].flatMap((where) => {
    const parent = join(containerd.dir, where, "io.containerd.runtime.v2.task", containerd.namespace);
    try {
      return readdirSync(parent);
    } catch {
      return []; // no task yet: no directory
    }
  });
}

/** Those of our own environment's variables that are set. */
function ofEnvironment(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
