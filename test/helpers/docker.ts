import type { ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  clientRuntimePath,
  type DockerVersion,
  distBin,
  dockerBin,
  runcPath,
  testImage,
  testRuntime,
} from "./paths.ts";
import { type Finished, type RunOptions, run } from "./run.ts";
import { quote, type Sandbox, startSandbox, type TerminalOptions, type TerminalSession } from "./sandbox.ts";
import { type Inventory, takeInventory } from "./sandbox-leaks.ts";
import { waitFor } from "./wait.ts";

/** How the runtime under test is named to dockerd. */
export type RuntimeEntry =
  /** `path` and `runtimeArgs`: below containerd's own shim for runc. */
  | "path"
  /** `runtimeType`: with our shim. Docker 23 or newer. */
  | "runtimeType";

/** Debian's dockerd with a containerd of its own, in a sandbox; the runtime under test is its default. */
export interface Docker {
  readonly sandbox: Sandbox;
  readonly image: string;
  call(args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** As `call`; anything but exit code 0 is an error. @returns standard output without the last newline */
  ok(args: readonly string[], options?: RunOptions): Promise<string>;
  inTerminal(args: readonly string[], typed?: TerminalOptions["typed"]): Promise<TerminalSession>;
  /** End dockerd, and its containerd, with a signal: containers go on. */
  halt(signal: "TERM" | "KILL"): Promise<void>;
  resume(): Promise<void>;
  inventory(): Inventory;
  /** Remove what a failed test left. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export interface DockerOptions {
  readonly version: DockerVersion;
  readonly entry: RuntimeEntry;
  /** All containers in a user namespace: dockerd's userns-remap. */
  readonly isRemapped?: boolean;
}

const DAEMONS = [/^process \d+: \S*(dockerd --config-file|containerd --config) /];

const REMAP_USER = "gantrymap";

export async function startDocker(options: DockerOptions): Promise<Docker> {
  const sandbox = await startSandbox((dir) => prepare(dir, options));
  const { dir } = sandbox;
  const bin = dockerBin(options.version);
  const env = {
    PATH: `${dir}/bin:${distBin}:${bin}:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: dir,
    TMPDIR: join(dir, "tmp"),
  };
  const image = testImage();
  const docker = join(dockerBin("20.10"), "docker");
  const command = (args: readonly string[]) => [docker, "--host", `unix://${dir}/sock`, ...args];
  const call = (args: readonly string[], runOptions: RunOptions = {}) => {
    const [file = "", ...rest] = command(args);
    return run(file, rest, { env, ...runOptions });
  };
  const ok = async (args: readonly string[], runOptions: RunOptions = {}) => {
    const done = await call(args, runOptions);
    if (done.code !== 0) throw new Error(`docker ${args.join(" ")}: ${JSON.stringify(done)}`);
    return done.stdout.replace(/\n$/, "");
  };

  let daemon: ChildProcess | undefined;
  async function resume(): Promise<void> {
    const log = openSync(join(dir, "log"), "a");
    const started = sandbox.start(
      [join(bin, "dockerd"), "--config-file", join(dir, "daemon.json")],
      env,
      log,
    );
    closeSync(log);
    daemon = started;
    const isServing = async () => {
      if (started.exitCode !== null)
        throw new Error(`dockerd ended:\n${readFileSync(join(dir, "log"), "utf8")}`);
      return (await call(["version"])).code === 0;
    };
    await waitFor(`dockerd ${options.version} to serve`, isServing, 20_000);
  }
  async function halt(signal: "TERM" | "KILL"): Promise<void> {
    const ending = daemon;
    if (ending === undefined) return;
    daemon = undefined;
    const ended = new Promise((resolve) => ending.once("exit", resolve));
    await sandbox.run(["kill", `-${signal}`, readFileSync(join(dir, "pid"), "utf8")]);
    await ended;
  }

  const self: Docker = {
    sandbox,
    image: image.name,
    call,
    ok,
    inTerminal: (args, typed = []) => sandbox.inTerminal(quote(command(args)), { env, typed }),
    halt,
    resume,
    inventory: () =>
      takeInventory(
        sandbox,
        [`${dir}/x/runtime-runc/moby`, "/run/docker/runtime-runc/moby", "/run/gantry/moby"],
        DAEMONS,
      ),
    reset: async () => {
      const ids = await ok(["ps", "--all", "--quiet"]);
      if (ids !== "") await ok(["rm", "--force", ...ids.split("\n")]);
    },
    stop: async () => {
      await halt("TERM");
      await sandbox.stop();
    },
  };
  try {
    await resume();
    await ok(["load", "--quiet", "--input", image.tar]);
    // The namespace of containers without a network is made with the first one, and stays.
    await ok(["run", "--rm", image.name, "true"]);
  } catch (error) {
    await self.stop();
    throw error;
  }
  return self;
}

function prepare(dir: string, { entry, isRemapped = false }: DockerOptions): void {
  mkdirSync(join(dir, "bin"));
  // For containerd's shim: the runc that this host can run, not that of a newer Debian.
  symlinkSync(runcPath(), join(dir, "bin/runc"));
  const runtime =
    entry === "path" ? { path: clientRuntimePath(), runtimeArgs: ["--debug"] } : { runtimeType: testRuntime };
  writeFileSync(
    join(dir, "daemon.json"),
    JSON.stringify({
      "data-root": join(dir, "d"),
      "exec-root": join(dir, "x"),
      pidfile: join(dir, "pid"),
      hosts: [`unix://${dir}/sock`],
      bridge: "none",
      iptables: false,
      ip6tables: false,
      "live-restore": true,
      "cgroup-parent": `/t-${dir.slice(-6).toLowerCase()}`,
      "exec-opts": ["native.cgroupdriver=cgroupfs"],
      "default-runtime": "tested",
      runtimes: { tested: runtime },
      ...(isRemapped ? { "userns-remap": REMAP_USER } : {}),
    }),
  );
  if (!isRemapped) return;
  mkdirSync(join(dir, "etc"));
  for (const name of ["passwd", "group"]) {
    const line = name === "passwd" ? `${REMAP_USER}:x:900:900::/:/bin/false` : `${REMAP_USER}:x:900:`;
    writeFileSync(join(dir, "etc", name), `${readFileSync(`/etc/${name}`, "utf8")}${line}\n`);
  }
  for (const name of ["subuid", "subgid"]) {
    writeFileSync(join(dir, "etc", name), `${REMAP_USER}:300000:65536\n`);
  }
}
