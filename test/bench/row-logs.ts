import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Containerd } from "../helpers/containerd.ts";
import { within } from "../helpers/wait.ts";
import { type RowResult, Series } from "./figure.ts";
import { inTurns, type Run, timed } from "./rounds.ts";
import { assertSuccess, discard, holdFifos, prepare, SHIMS, type Shim } from "./tasks.ts";

const MIB = 1024 * 1024;
const BLOCK_KIB = 64;

/** How fast a container's output gets to whoever reads the fifo. */
export async function measureLogs(run: Run, containerd: Containerd): Promise<RowResult> {
  const bytes = run.options.logMib * MIB;
  const rate = new Series();
  let plainMs = Number.POSITIVE_INFINITY;
  await inTurns(run, SHIMS, async (shim, round) => {
    rate.add(shim, round, bytes / 1e6 / ((await writeAll(containerd, shim, bytes)) / 1000));
    plainMs = Math.min(plainMs, (await timed(async () => plainPipe(bytes))).ms);
  });
  return {
    title: `A container writes ${run.options.logMib} MiB to stdout, a reader drains the fifo`,
    figures: [rate.figure("logs.rate", "MB/s")],
    notes: [
      `\`dd bs=${BLOCK_KIB}k\` writes, \`wc -c\` reads and finds every byte; timed from Start to the reader's end of file. The same two ` +
        `programs with nothing but a pipe between them: ${Math.round(bytes / 1e3 / plainMs)} MB/s at best.`,
    ],
  };
}

/** @returns milliseconds from Start until the reader has seen the last byte and the end of file */
async function writeAll(containerd: Containerd, shim: Shim, bytes: number): Promise<number> {
  const { tasks } = containerd.api;
  const prepared = await prepare(containerd, shim, ["dd", ...ddArguments(bytes)]);
  const target = { container_id: prepared.id };
  const stderr = holdFifos(containerd);
  const dir = mkdtempSync(join(containerd.dir, "fifo", "l-"));
  const stdout = join(dir, "out");
  execFileSync("mkfifo", [stdout]);
  const reader = countBytes(stdout);
  try {
    const paths = { ...stderr.paths, stdout };
    await tasks.create({ ...target, rootfs: prepared.rootfs, terminal: false, ...paths });
    const wait = tasks.wait(target);
    wait.catch(() => undefined);
    const { ms, result } = await timed(async () => {
      await tasks.start(target);
      return within("the end of the output", reader.counted, 120_000);
    });
    if (result !== bytes) throw new Error(`${shim}: ${result} of ${bytes} bytes arrived`);
    assertSuccess("the writer", await within("exit of the writer", wait));
    await tasks.delete(prepared.id);
    await discard(containerd, prepared);
    return ms;
  } catch (error) {
    // While somebody reads, the writer and what carries its output can end.
    await tasks.kill(target, 9).catch(() => undefined);
    throw error;
  } finally {
    reader.child.kill("SIGKILL");
    stderr.dispose();
    rmSync(dir, { recursive: true, force: true });
  }
}

function countBytes(path: string): { readonly child: ChildProcess; readonly counted: Promise<number> } {
  // In a session of its own: Ctrl-C must not end the reader before the writer.
  const child = spawn("sh", ["-c", 'exec wc -c <"$0"', path], {
    stdio: ["ignore", "pipe", "ignore"],
    detached: true,
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const counted = new Promise<number>((resolve) => child.on("close", () => resolve(Number(text))));
  return { child, counted };
}

function plainPipe(bytes: number): void {
  execFileSync("sh", ["-c", 'dd "$@" 2>/dev/null | wc -c', "sh", ...ddArguments(bytes)]);
}

function ddArguments(bytes: number): string[] {
  return ["if=/dev/zero", `bs=${BLOCK_KIB}k`, `count=${bytes / (BLOCK_KIB * 1024)}`];
}
