import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SlowStreams } from "../helpers/churn.ts";
import { runOk } from "../helpers/run.ts";

/** Between two chunks of at most 64 KiB: a container that writes more than a pipe holds has to wait for this reader. */
const PAUSE_MS = 40;

/** A fifo for stdout whose reader takes its time. */
export async function openSlowStreams(parent: string): Promise<SlowStreams> {
  const dir = mkdtempSync(join(parent, "s-"));
  const stdout = join(dir, "out");
  await runOk("mkfifo", [stdout]);
  // A process, because opening a fifo waits for the other side.
  const reader = spawn("cat", [stdout], { stdio: ["ignore", "pipe", "ignore"] });
  const chunks: Buffer[] = [];
  reader.stdout.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    reader.stdout.pause();
    setTimeout(() => reader.stdout.resume(), PAUSE_MS);
  });
  return {
    paths: { stdin: "", stdout, stderr: "" },
    text: new Promise((resolve) => reader.on("close", () => resolve(Buffer.concat(chunks).toString()))),
    dispose: () => {
      reader.kill("SIGKILL");
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
