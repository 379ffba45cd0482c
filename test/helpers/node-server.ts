import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { EventLog, Published } from "./api.ts";
import type { Containerd } from "./containerd.ts";
import { openFiles } from "./host.ts";
import { waitFor } from "./wait.ts";

/** The pid of the server that a containerd's stubs speak to. @returns undefined while there is none */
export function findServer({ dir }: Containerd): number | undefined {
  for (const name of entriesOf(join(dir, "n"))) {
    const pid = Number(textOf(join(dir, "n", name, "shimd.pid")));
    if (pid > 0 && isProgram(pid, "gantry-shimd")) return pid;
  }
  return undefined;
}

/** As `findServer`, waiting for one. */
export function serverOf(containerd: Containerd): Promise<number> {
  return waitFor("a server", () => findServer(containerd));
}

/** The warm runtimes of a containerd's server. */
export function findWorkers({ dir }: Containerd): readonly number[] {
  return pidsOf("gantry-runtime").filter((pid) => argumentsOf(pid).includes(` worker ${dir}/n/`));
}

/** The stubs of a containerd. @param id only the one that was started for this container */
export function findStubs({ socket }: Containerd, id?: string): readonly number[] {
  return pidsOf("containerd-shim-gantry-v2").filter((pid) => {
    const args = `${argumentsOf(pid)} `;
    return args.includes(` ${socket} `) && (id === undefined || args.includes(` -id ${id} `));
  });
}

/** The monitors of a containerd's containers: each holds its directory in the state root. */
export function findMonitors({ namespace }: Containerd): readonly number[] {
  return pidsOf("gantry-init").filter((pid) =>
    openFiles(pid).some((path) => path.startsWith(`/run/gantry/${namespace}/`)),
  );
}

/** The parent of a process: of a container's, its monitor. */
export function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(textOf(`/proc/${pid}/status`))?.[1] ?? 0);
}

/** `kill -9`. @returns whether there was such a process */
export function killNow(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, "SIGKILL");
    return true;
  } catch {
    return false; // it has ended by itself
  }
}

/** Whether the process is there and no zombie. */
export function isAlive(pid: number): boolean {
  return /^State:\t[^ZX]/m.test(textOf(`/proc/${pid}/status`));
}

/** Whether the process has a handler for this signal. */
export function catches(pid: number, signal: number): boolean {
  const mask = /^SigCgt:\t([0-9a-f]+)$/m.exec(textOf(`/proc/${pid}/status`))?.[1];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

/** A stub makes longer and longer pauses between servers that go so soon after their WELCOME (decision 005). */
const SETTLED_MS = 100;

/**
 * Let the server kill itself the next time that a call of this method comes to this point (src/shim/relay/faults.ts).
 *
 * @returns the end of it
 */
export async function killAt(
  containerd: Containerd,
  method: string,
  point: string,
): Promise<() => Promise<void>> {
  const server = await serverOf(containerd);
  await delay(2 * SETTLED_MS);
  const order = join(containerd.dir, "kill");
  writeFileSync(order, `${method}:${point}`);
  return async () => {
    await waitFor(`the server to die in ${method} (${point})`, () => !existsSync(order) && !isAlive(server));
  };
}

/**
 * What was told about a container: "create", "start", "exit 3", "exec-added e", "exit e 4" …, each once. The same event may come
 * again after a crash, and may bring those behind it along; what counts is where it came first.
 */
export function storyOf(log: EventLog, id: string): readonly string[] {
  return tell(log.of(id), id);
}

/** As `storyOf`, of events of one container. */
export function tell(events: readonly Published[], id: string): readonly string[] {
  const told = events.map(({ topic, event }) => {
    const name = topic.replace("/tasks/", "");
    const subject = event["exec_id"] ?? event["id"];
    const exec = typeof subject === "string" && subject !== "" && subject !== id ? ` ${subject}` : "";
    return `${name}${exec}${name === "exit" || name === "delete" ? ` ${event["exit_status"]}` : ""}`;
  });
  // containerd, not the shim, tells of an exec's delete, and versions differ.
  return told.filter((line, i) => told.indexOf(line) === i && !/^delete \S+ \d+$/.test(line));
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pidsOf(program: string): readonly number[] {
  return entriesOf("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && isProgram(pid, program));
}

function isProgram(pid: number, program: string): boolean {
  try {
    const path = readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, "");
    // The TypeScript programs are one file: the name is what it was called by.
    if (basename(path) === program) return true;
    return basename(textOf(`/proc/${pid}/cmdline`).split("\0")[0] ?? "") === program;
  } catch {
    return false; // ended, or a kernel thread
  }
}

function argumentsOf(pid: number): string {
  return ` ${textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim()}`;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // gone, or not there yet
  }
}

function entriesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
