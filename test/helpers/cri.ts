import type { ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CriApi, connectCri } from "./cri-api.ts";
import {
  type ContainerdVersion,
  cniBin,
  containerdBin,
  distBin,
  pauseImage,
  repository,
  runcPath,
  testImage,
  testRuntime,
} from "./paths.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";
import { type Inventory, takeInventory } from "./sandbox-leaks.ts";
import { waitFor, within } from "./wait.ts";

/** A containerd with its CRI plugin and a pod network, in a sandbox; the runtime under test is its default handler. */
export interface Cri {
  readonly version: ContainerdVersion;
  readonly sandbox: Sandbox;
  readonly image: string;
  readonly api: CriApi;
  /** A unix socket that leads to the streaming server. */
  readonly streamingSocket: string;
  /** End containerd with a signal: pods go on. */
  halt(signal: "TERM" | "KILL"): Promise<void>;
  resume(): Promise<void>;
  log(): string;
  inventory(): Inventory;
  /** Remove every pod. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

export interface CriOptions {
  readonly version: ContainerdVersion;
  /** Lines of TOML in the default handler's table. */
  readonly handler?: readonly string[];
}

const STREAMING_PORT = 10010;
const SUBNET = "10.88.0.0/16";
const DAEMON = /^process \d+: \S*(containerd --config|node \S*relay\.mjs) /;
/** Of host-local: what it remembers is no address that is taken. */
const IPAM_NOTES = /^state \S*\/(lock|last_reserved_ip\.0)$/;

/** containerd's data directories in which pods and containers leave nothing when they go. */
const directoriesOfPods = (dir: string) => [
  "/run/gantry/k8s.io",
  "/run/containerd/runc/k8s.io",
  "/run/containerd/s",
  `${dir}/cni/networks/pods`,
  `${dir}/s/io.containerd.runtime.v2.task/k8s.io`,
  `${dir}/r/io.containerd.runtime.v2.task/k8s.io`,
  `${dir}/s/io.containerd.sandbox.controller.v1.shim/k8s.io`,
  `${dir}/s/io.containerd.grpc.v1.cri/containers`,
  `${dir}/s/io.containerd.grpc.v1.cri/sandboxes`,
  `${dir}/s/io.containerd.grpc.v1.cri/netns`,
  `${dir}/r/io.containerd.grpc.v1.cri/containers`,
  `${dir}/r/io.containerd.grpc.v1.cri/sandboxes`,
];

export async function startCri(options: CriOptions): Promise<Cri> {
  const { version } = options;
  const image = testImage();
  const pause = pauseImage();
  const sandbox = await startSandbox((dir) => {
    for (const name of ["bin", "cni/net.d", "logs"]) mkdirSync(join(dir, name), { recursive: true });
    symlinkSync(runcPath(), join(dir, "bin/runc"));
    writeFileSync(join(dir, "cni/net.d/10-pods.conflist"), networkOf(dir));
    writeFileSync(join(dir, "config.toml"), configOf(dir, options, pause.name));
  });
  const { dir } = sandbox;
  const bin = containerdBin(version);
  const socket = join(dir, "c.sock");
  const env = {
    PATH: `${dir}/bin:${distBin}:${bin}:/usr/sbin:/usr/bin:/sbin:/bin`,
    TMPDIR: join(dir, "tmp"),
    GANTRY_TEST_KILL_FILE: join(dir, "kill"),
    ...(process.env["GANTRY_SHIM_LOG"] === undefined
      ? {}
      : { GANTRY_SHIM_LOG: process.env["GANTRY_SHIM_LOG"] }),
  };
  const logFile = join(dir, "log");
  const streamingSocket = join(dir, "streaming.sock");

  let api = connectCri(socket);
  let daemon: ChildProcess | undefined;
  async function resume(): Promise<void> {
    const log = openSync(logFile, "a");
    const started = sandbox.start(
      ["sh", "-c", `echo $$ > ${dir}/pid; exec ${bin}/containerd --config ${dir}/config.toml`],
      env,
      log,
    );
    closeSync(log);
    daemon = started;
    api.close();
    api = connectCri(socket);
    const isReady = async () => {
      if (started.exitCode !== null) throw new Error(`containerd ended:\n${readFileSync(logFile, "utf8")}`);
      const { status } = await api.status().catch(() => ({ status: { conditions: [] } }));
      const isTrue = (type: string) => status.conditions.some((one) => one.type === type && one.status);
      return isTrue("RuntimeReady") && isTrue("NetworkReady");
    };
    await waitFor(`containerd ${version} to be ready (log: ${logFile})`, isReady, 20_000);
  }
  async function halt(signal: "TERM" | "KILL"): Promise<void> {
    const ending = daemon;
    if (ending === undefined) return;
    daemon = undefined;
    if (ending.exitCode !== null || ending.signalCode !== null) return;
    const ended = new Promise((resolve) => ending.once("exit", resolve));
    await sandbox.run(["kill", `-${signal}`, readFileSync(join(dir, "pid"), "utf8").trim()]);
    await within("the end of containerd", ended);
  }

  const self: Cri = {
    version,
    sandbox,
    image: image.name,
    get api() {
      return api;
    },
    streamingSocket,
    halt,
    resume,
    log: () => readFileSync(logFile, "utf8"),
    inventory: () =>
      new Set([
        ...takeInventory(sandbox, directoriesOfPods(dir), [DAEMON, IPAM_NOTES]),
        ...interfacesOf(sandbox.pid).map((name) => `interface ${name}`),
      ]),
    reset: async () => {
      for (const { id } of await api.pods()) {
        await api.stopPod(id);
        await api.removePod(id);
      }
    },
    stop: async () => {
      if (daemon) await self.reset().catch(() => undefined); // the sandbox takes all of it along anyway
      api.close();
      await halt("TERM");
      await sandbox.stop();
    },
  };
  try {
    // As on a node: mounts made on the host reach the containers that ask for them.
    await expectOk(sandbox, ["mount", "--make-rshared", "/"], env);
    await resume();
    for (const { tar } of [image, pause]) {
      const into = ["--address", socket, "--namespace", "k8s.io", "images", "import", tar];
      await expectOk(sandbox, [join(bin, "ctr"), ...into], env);
    }
    await startRelay(sandbox, streamingSocket);
  } catch (error) {
    await self.stop();
    throw error;
  }
  return self;
}

async function expectOk(sandbox: Sandbox, command: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const done = await sandbox.run(command, { env });
  if (done.code !== 0) throw new Error(`${command.join(" ")}: ${JSON.stringify(done)}`);
}

async function startRelay(sandbox: Sandbox, socket: string): Promise<void> {
  const output = join(sandbox.dir, "relay.out");
  const log = openSync(output, "a");
  const program = join(repository, "test/helpers/relay.mjs");
  sandbox.start([process.execPath, program, socket, String(STREAMING_PORT)], process.env, log);
  closeSync(log);
  await waitFor("the relay", () => readFileSync(output, "utf8").includes("listening"));
}

/** Network interfaces of the sandbox, but the bridge, which stays. */
function interfacesOf(pid: number): readonly string[] {
  const names = [...readFileSync(`/proc/${pid}/net/dev`, "utf8").matchAll(/^ *(\S+):/gm)];
  return names.flatMap(([, name]) => (name === undefined || name === "pods0" ? [] : [name]));
}

function networkOf(dir: string): string {
  const ipam = { type: "host-local", ranges: [[{ subnet: SUBNET }]], dataDir: `${dir}/cni/networks` };
  const bridge = { type: "bridge", bridge: "pods0", isGateway: true, ipMasq: false, ipam };
  return JSON.stringify({ cniVersion: "0.4.0", name: "pods", plugins: [bridge] });
}

function configOf(dir: string, { version, handler = [] }: CriOptions, pause: string): string {
  // This machine may have neither; the capability to lower a score may be missing too.
  const common = `
  restrict_oom_score_adj = true
  disable_apparmor = true
  disable_hugetlb_controller = true
  tolerate_missing_hugetlb_controller = true
  netns_mounts_under_state_dir = true`;
  const streaming = `
  stream_server_address = "127.0.0.1"
  stream_server_port = "${STREAMING_PORT}"`;
  const tables = (prefix: string) => `
[plugins."${prefix}".cni]
  bin_dir = "${cniBin()}"
  conf_dir = "${dir}/cni/net.d"
[plugins."${prefix}".containerd]
  default_runtime_name = "tested"
[plugins."${prefix}".containerd.runtimes.tested]
  runtime_type = "${testRuntime}"
${handler.join("\n")}`;
  const cri =
    version === "2.x"
      ? `
[plugins."io.containerd.grpc.v1.cri"]${streaming}
[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "${pause}"
[plugins."io.containerd.cri.v1.runtime"]${common}${tables("io.containerd.cri.v1.runtime")}`
      : `
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pause}"${streaming}${common}${tables("io.containerd.grpc.v1.cri")}`;
  const without = ["aufs", "blockfile", "btrfs", "devmapper", "erofs", "zfs"].map(
    (name) => `io.containerd.snapshotter.v1.${name}`,
  );
  return `version = ${version === "2.x" ? 3 : 2}
root = "${dir}/r"
state = "${dir}/s"
disabled_plugins = ${JSON.stringify([...without, "io.containerd.tracing.processor.v1.otlp"])}
[grpc]
  address = "${dir}/c.sock"
[ttrpc]
  address = "${dir}/c.sock.ttrpc"
[debug]
  level = "info"
${cri}
`;
}
