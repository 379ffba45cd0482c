import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "smol-toml";
import { type CriApi, connectCri } from "./cri-api.ts";
import { type ContainerdVersion, containerdBin, distBin } from "./paths.ts";
import { type Finished, run, runOk } from "./run.ts";
import { waitFor } from "./wait.ts";

/** A directory laid out like a node: Debian's containerd with its libraries, its configuration, and room for gantry. */
export interface ScratchNode {
  readonly dir: string;
  readonly version: ContainerdVersion;
  path(nodePath: string): string;
  read(nodePath: string): string;
  /** Replace a file; its directory is made. */
  write(nodePath: string, text: string | Buffer): void;
  remove(nodePath: string): void;
  /** `gantry node WORDS` for this node. */
  gantry(words: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished>;
  /** As `gantry`; anything but exit code 0 is an error. */
  ok(words: readonly string[]): Promise<string>;
  /** What the node's containerd makes of its configuration; `undefined` runtimes: it has no such table. */
  dump(config?: string): Promise<Dump>;
  /** Every file below the directory but those of a running system, with what it is. */
  inventory(): ReadonlyMap<string, string>;
  dispose(): void;
}

export interface Dump {
  readonly runtimes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Everything else, without which files were read. */
  readonly rest: unknown;
}

const PROGRAMS = ["containerd-shim-gantry-v2", "gantry-shimd", "gantry-runtime", "gantry-init", "gantry"];
const PLUGINS = ["io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri"];
export const CONFIG = "/etc/containerd/config.toml";

/** @param config in place of Debian's; null: none */
export function makeNode(version: ContainerdVersion, config?: string | null): ScratchNode {
  const dir = mkdtempSync("/tmp/gn-");
  const source = join(containerdBin(version), "../root");
  const parts = ["etc", "usr/bin", "usr/sbin", "usr/lib", "usr/lib64", "lib", "lib64", "sbin", "bin"].filter(
    (part) => existsSync(join(source, part)),
  );
  // Links where that is possible: nothing writes into files that are there.
  for (const how of ["-al", "-a"]) {
    try {
      execFileSync("cp", [how, "--parents", ...parts, dir], { cwd: source, stdio: "ignore" });
      break;
    } catch (error) {
      if (how === "-a") throw error;
    }
  }
  // Small ones, because the real ones take seconds to write to a disk: nothing of what they do is tested here.
  for (const name of PROGRAMS) {
    mkdirSync(join(dir, "opt/release"), { recursive: true });
    writeFileSync(join(dir, "opt/release", name), `#!/bin/sh\n# ${name}\n`, { mode: 0o755 });
  }
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    if (!existsSync(join(dir, name)) && existsSync(join(dir, "usr", name)))
      symlinkSync(`usr/${name}`, join(dir, name));
  }
  for (const name of ["proc", "sys", "dev", "run", "tmp", "var/lib", "usr/local/bin", "etc"]) {
    mkdirSync(join(dir, name), { recursive: true });
  }
  const path = (nodePath: string) => join(dir, nodePath);
  const gantry = (words: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
    run(join(distBin, "gantry"), nodeArguments(dir, words), { env });
  const node: ScratchNode = {
    dir,
    version,
    path,
    read: (nodePath) => readFileSync(path(nodePath), "utf8"),
    write: (nodePath, text) => {
      mkdirSync(dirname(path(nodePath)), { recursive: true });
      rmSync(path(nodePath), { force: true }); // it may be a link to a file of the cache
      writeFileSync(path(nodePath), text);
    },
    remove: (nodePath) => rmSync(path(nodePath), { recursive: true, force: true }),
    gantry,
    ok: async (words) => {
      const done = await gantry(words);
      if (done.code !== 0)
        throw new Error(`gantry node ${words.join(" ")}: ${done.code}\n${done.stdout}${done.stderr}`);
      return done.stdout;
    },
    dump: async (file = CONFIG) => {
      const words = existsSync(path(file)) ? ["--config", file, "config", "dump"] : ["config", "default"];
      const text = await runOk("chroot", [dir, "/usr/bin/containerd", ...words]);
      return splitDump(parse(text) as Record<string, unknown>);
    },
    inventory: () => inventoryOf(dir),
    dispose: () => rmSync(dir, { recursive: true, force: true }),
  };
  if (config === null) node.remove(CONFIG);
  else if (config !== undefined) node.write(CONFIG, config);
  return node;
}

/** A node's containerd that runs as the node configures it. */
export interface RunningNode {
  readonly api: CriApi;
  /** Import an image for Kubernetes' pods. */
  importImage(tar: string): Promise<void>;
  /** End it, and everything that runs on the node. */
  halt(): Promise<void>;
}

// Namespaces of its own, because what is started in them ends with their first process.
const START = `set -e
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
for name in sys dev; do mount --rbind "/$name" "$1/$name"; done
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin chroot "$1" /usr/bin/containerd --config ${CONFIG}`;

/** Start the node's containerd, in the node: its file system is all there is. */
export async function startNode(node: ScratchNode): Promise<RunningNode> {
  const logFile = node.path("/containerd.log");
  const log = openSync(logFile, "a");
  const flags = "--pid --mount --ipc --uts --fork --kill-child --propagation private".split(" ");
  const daemon = spawn("unshare", [...flags, "bash", "-c", START, "bash", node.dir], {
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const socket = node.path("/run/containerd/containerd.sock");
  let api = connectCri(socket);
  const halt = async (): Promise<void> => {
    api.close();
    if (daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = new Promise((resolve) => daemon.once("exit", resolve));
    daemon.kill("SIGKILL");
    await ended;
  };
  const isReady = async (): Promise<boolean> => {
    if (daemon.exitCode !== null) throw new Error(`containerd ended:\n${readFileSync(logFile, "utf8")}`);
    const { status } = await api.status().catch(() => ({ status: { conditions: [] } }));
    const isRuntime = status.conditions.some((one) => one.type === "RuntimeReady" && one.status);
    if (!isRuntime) {
      api.close();
      api = connectCri(socket);
    }
    return isRuntime;
  };
  try {
    await waitFor(`containerd ${node.version} (log: ${logFile})`, isReady, 20_000);
  } catch (error) {
    await halt();
    throw error;
  }
  return {
    get api() {
      return api;
    },
    halt,
    importImage: async (tar) => {
      const ctr = join(containerdBin(node.version), "ctr");
      await runOk(ctr, ["--address", socket, "--namespace", "k8s.io", "images", "import", tar]);
    },
  };
}

/** Arguments of `gantry` for a node. */
export function nodeArguments(dir: string, words: readonly string[]): readonly string[] {
  const isInstall = words[0] === "install" && !words.includes("--from");
  return ["node", ...words, "--root", dir, ...(isInstall ? ["--from", join(dir, "opt/release")] : [])];
}

function splitDump(dump: Record<string, unknown>): Dump {
  const plugins = dump["plugins"] as Record<string, { containerd?: { runtimes?: Dump["runtimes"] } }>;
  const plugin = PLUGINS.find((name) => plugins[name]?.containerd !== undefined) ?? "";
  const containerd = plugins[plugin]?.containerd;
  const runtimes = containerd?.runtimes ?? {};
  if (containerd !== undefined) delete containerd.runtimes;
  const { imports: _, ...rest } = dump;
  return { runtimes, rest };
}

const SKIPPED = ["/var/run", "/proc", "/sys", "/dev", "/run", "/tmp", "/usr/lib", "/usr/share"];

function inventoryOf(dir: string): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (nodePath: string): void => {
    if (SKIPPED.includes(nodePath)) return;
    const path = join(dir, nodePath);
    const stat = lstatSync(path);
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isDirectory()) {
      found.set(nodePath, `directory ${mode}`);
      for (const name of readdirSync(path)) visit(`${nodePath === "/" ? "" : nodePath}/${name}`);
    } else if (stat.isSymbolicLink()) found.set(nodePath, `link ${readlinkSync(path)}`);
    else if (!stat.isFile()) found.set(nodePath, "other");
    // A program's content is not read each time.
    else if (stat.size > 1_000_000) found.set(nodePath, `file ${mode} ${stat.uid} ${stat.size} ${stat.ino}`);
    else
      found.set(
        nodePath,
        `file ${mode} ${stat.uid} ${createHash("sha256").update(readFileSync(path)).digest("hex")}`,
      );
  };
  visit("/");
  return found;
}
