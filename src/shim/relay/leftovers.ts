import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "../../core/log.ts";
import { readTextIfExists } from "../../host/files.ts";
import { isSameProcess, readProcessStat } from "../../host/proc.ts";

/** A worker of a dead server finishes what it has begun; one that does not is stuck. */
const PATIENCE_MS = 20_000;
const POLL_MS = 5;

/**
 * Wait until the processes have ended that carry out commands of an earlier server: its workers, and cold commands on one of
 * these containers. What takes too long is killed.
 */
export async function leftoversGone(nodeDir: string, ids: readonly string[], logger: Logger): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (const { pid, startTime } of findLeftovers(nodeDir, ids)) {
    while (isSameProcess(pid, startTime)) {
      if (performance.now() > deadline) {
        logger.log("error", "a command of an earlier server does not end: killed", { pid });
        kill(pid);
      }
      await sleep(POLL_MS);
    }
  }
}

function findLeftovers(nodeDir: string, ids: readonly string[]) {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const [program = "", ...args] = (readTextIfExists(`/proc/${name}/cmdline`) ?? "").split("\0");
    if (basename(program) !== "gantry-runtime") return [];
    const isWorker = args.includes("worker") && args.some((arg) => arg.startsWith(`${nodeDir}/runtime.`));
    const isOurs = readParent(name) === process.pid;
    if (isOurs || !(isWorker || args.some((arg) => ids.includes(arg)))) return [];
    const stat = readProcessStat(Number(name));
    return stat === undefined ? [] : [{ pid: Number(name), startTime: stat.startTime }];
  });
}

function readParent(pid: string): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readTextIfExists(`/proc/${pid}/status`) ?? "")?.[1] ?? 0);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
