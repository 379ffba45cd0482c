import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { removeCgroups } from "./host.ts";
import { type Finished, type RunOptions, run } from "./run.ts";
import { within } from "./wait.ts";

/**
 * A corner of the machine for engines that know fixed places: process, mount, network, IPC and UTS namespaces, /run and /var/lib
 * of its own, and a process 1 that reaps at once (podman takes a zombie for a running monitor). It ends with this program,
 * and everything in it ends with it.
 */
export interface Sandbox {
  /** A directory for everything, the same path inside and outside. */
  readonly dir: string;
  /** Name of the parent cgroup of every container: unlike that of any other test run. */
  readonly namespace: string;
  /** Its process 1, as seen from outside. */
  readonly pid: number;
  /** Run a program in it. */
  run(command: readonly string[], options?: SandboxRunOptions): Promise<Finished>;
  /** Start a program in it; standard input is a pipe, output goes to where `stdio` says. */
  start(command: readonly string[], env: NodeJS.ProcessEnv, log: number): ChildProcess;
  /** Run a shell command in a terminal of 33 rows and 99 columns; `typed`: what to type once a text has appeared. */
  inTerminal(command: string, options: TerminalOptions): Promise<TerminalSession>;
  stop(): Promise<void>;
}

export interface SandboxRunOptions extends RunOptions {
  /** As this user and group, without privileges. */
  readonly uid?: number;
}

export interface TerminalOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly typed?: readonly { readonly after: string; readonly keys: string }[];
}

export interface TerminalSession {
  readonly code: number | null;
  readonly output: string;
}

// The shell reaps whatever is left to it while it waits for the end of its input.
const INIT = `set -e
mount -t proc proc /proc
for directory in /run /var/lib; do mount -t tmpfs -o mode=755 tmpfs $directory; done
! command -v ip >/dev/null || ip link set lo up
hostname sandbox
for name in passwd group subuid subgid; do
  [ ! -f "$1/etc/$name" ] || mount --bind "$1/etc/$name" "/etc/$name"
done
echo ready
while read -r _; do :; done`;

/** @param prepare puts files into the directory before anything runs; etc/NAME is bound over /etc/NAME */
export async function startSandbox(prepare: (dir: string) => void = () => {}): Promise<Sandbox> {
  const dir = mkdtempSync("/tmp/gc-");
  // Users of remapped and rootless containers must be able to pass.
  chmodSync(dir, 0o755);
  mkdirSync(join(dir, "tmp"), { mode: 0o777 });
  chmodSync(join(dir, "tmp"), 0o777);
  prepare(dir);
  const flags = "--pid --mount --net --ipc --uts --fork --kill-child --propagation private".split(" ");
  const holder = spawn("unshare", [...flags, "bash", "-c", INIT, "bash", dir], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => holder.once("exit", () => resolve()));
  await within(
    "the sandbox",
    Promise.race([
      new Promise((resolve) => holder.stdout.once("data", resolve)),
      ended.then(() => Promise.reject(new Error("the sandbox could not be made"))),
    ]),
  );
  const children = readFileSync(`/proc/${holder.pid}/task/${holder.pid}/children`, "utf8");
  const pid = Number(children.trim());
  const namespace = `t-${dir.slice(-6).toLowerCase()}`;

  const enter = (command: readonly string[], uid?: number): readonly string[] => [
    ...["-t", String(pid), "-p", "-m", "-n", "-i", "-u", "--"],
    ...(uid === undefined
      ? []
      : ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups", "--inh-caps=-all"]),
    ...command,
  ];
  return {
    dir,
    namespace,
    pid,
    run: (command, { uid, ...options } = {}) => run("nsenter", enter(command, uid), options),
    start: (command, env, log) =>
      spawn("nsenter", enter(command), { stdio: ["ignore", log, log], env, detached: true }),
    inTerminal: (command, { env, uid, typed = [] }) => {
      const sized = `stty rows 33 cols 99; exec ${command}`;
      const child = spawn("nsenter", enter(["script", "-qec", sized, "/dev/null"], uid), {
        stdio: ["pipe", "pipe", "inherit"],
        env,
        timeout: 30_000,
        killSignal: "SIGKILL",
      });
      return converse(child, [...typed]);
    },
    stop: async () => {
      holder.stdin.end();
      await within("the end of the sandbox", ended);
      await removeCgroups(namespace);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Words for a shell. */
export function quote(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

function converse(
  child: ChildProcess,
  typed: { readonly after: string; readonly keys: string }[],
): Promise<TerminalSession> {
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    while (typed[0] !== undefined && output.includes(typed[0].after)) {
      child.stdin?.write(typed.shift()?.keys ?? "");
    }
  });
  child.stdin?.on("error", () => {
    // It ended without reading what was typed; its exit code tells.
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output: output.replaceAll("\r\n", "\n") }));
  });
}
