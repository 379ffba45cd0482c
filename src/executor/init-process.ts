import { messageOf } from "../core/errors.ts";
import { ExecutorError } from "./errors.ts";

/** How gantry-init ended. */
export interface InitEnd {
  /** Exit status; null when a signal ended it. */
  readonly status: number | null;
  readonly signal: string | null;
}

/**
 * Starts gantry-init and waits for its end. It gets no environment: it reads none, and nothing of ours may reach a
 * container.
 *
 * @param fds its descriptors from 3 on
 * @throws {ExecutorError} code "spawn-failed"
 */
export type RunInit = (
  gantryInit: string,
  args: readonly string[],
  fds: readonly number[],
) => Promise<InitEnd>;

/**
 * For a program that carries out one command and has nothing else to do meanwhile: blocks it, which starts the child
 * sooner than waiting for an event does. Descriptors 0, 1 and 2 are ours.
 */
export const runInitBlocking: RunInit = async (gantryInit, args, fds) => {
  const { spawnSync } = await import("node:child_process");
  const { error, status, signal } = spawnSync(gantryInit, args, {
    stdio: ["inherit", "inherit", "inherit", ...fds],
    env: {},
  });
  if (error !== undefined) throw spawnFailed(gantryInit, error);
  return { status, signal };
};

/**
 * For a program that carries out several commands at a time: a hook that hangs holds up nobody else. Descriptors 0, 1 and 2
 * are /dev/null.
 */
export const runInitBeside: RunInit = async (gantryInit, args, fds) => {
  const { spawn } = await import("node:child_process");
  return new Promise((resolve, reject) => {
    const child = spawn(gantryInit, args, { stdio: ["ignore", "ignore", "ignore", ...fds], env: {} });
    child.once("error", (cause) => reject(spawnFailed(gantryInit, cause)));
    child.once("exit", (status, signal) => resolve({ status, signal }));
  });
};

export function spawnFailed(gantryInit: string, cause: unknown): ExecutorError {
  const message = `cannot execute ${gantryInit}: ${messageOf(cause)}`;
  return new ExecutorError("spawn-failed", message, undefined, { cause });
}
