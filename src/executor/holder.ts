import { spawn } from "node:child_process";
import { once } from "node:events";

import { spawnFailed } from "./init-process.ts";

/** A process of ours that does nothing. */
export interface Holder {
  readonly pid: number;
  /** Let it end, and wait until it has. It also ends when this process does. */
  release(): Promise<void>;
}

/**
 * Start a process that waits for its standard input to end: somebody to be in a cgroup that must not be empty yet.
 *
 * @throws {ExecutorError} code "spawn-failed"
 */
export async function startHolder(gantryInit: string): Promise<Holder> {
  const child = spawn(gantryInit, ["hold"], { stdio: ["pipe", "ignore", "ignore"], env: {} });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw spawnFailed(gantryInit, cause);
  }
  return {
    pid: child.pid ?? 0,
    async release() {
      child.stdin.on("error", () => {}); // it was killed: it is gone all the same
      child.stdin.end();
      await ended;
    },
  };
}
