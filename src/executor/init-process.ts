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

/** How long what a command starts after its end was asked for, to clean up, may take. */
const CLEANUP_MS = 10_000;

/**
 * For a program that carries out several commands at a time: a hook that hangs holds up nobody else. Descriptors 0, 1 and 2
 * are /dev/null.
 *
 * @param giveUp when it is aborted, gantry-init is killed, and with it everything of a process that is not ready: the function
 *   throws {ExecutorError} code "given-up"
 */
export function runInitBeside(giveUp: AbortSignal): RunInit {
  return async (gantryInit, args, fds) => {
    const { spawn } = await import("node:child_process");
    return new Promise((resolve, reject) => {
      const child = spawn(gantryInit, args, { stdio: ["ignore", "ignore", "ignore", ...fds], env: {} });
      const { isGivenUp, settle } = killedWhenGivenUp(giveUp, () => child.kill("SIGKILL"));
      child.once("error", (cause) => settle(() => reject(spawnFailed(gantryInit, cause))));
      child.once("exit", (status, signal) =>
        settle(() => (isGivenUp() ? reject(givenUp()) : resolve({ status, signal }))),
      );
    });
  };
}

/**
 * Kill when the time is over; what begins after that, to clean up, has some time of its own.
 *
 * @param kill returns whether there was anything to kill
 * @returns `settle` is to be called, once, with what the end leads to
 */
export function killedWhenGivenUp(
  giveUp: AbortSignal,
  kill: () => boolean,
): { readonly isGivenUp: () => boolean; readonly settle: (act: () => void) => void } {
  let isGivenUp = false;
  const end = (): void => {
    isGivenUp = kill();
  };
  const timer = giveUp.aborted ? setTimeout(end, CLEANUP_MS) : undefined;
  giveUp.addEventListener("abort", end);
  return {
    isGivenUp: () => isGivenUp,
    settle(act) {
      clearTimeout(timer);
      giveUp.removeEventListener("abort", end);
      act();
    },
  };
}

export function givenUp(): ExecutorError {
  return new ExecutorError("given-up", "it took too long and was given up");
}

export function spawnFailed(gantryInit: string, cause: unknown): ExecutorError {
  const message = `cannot execute ${gantryInit}: ${messageOf(cause)}`;
  return new ExecutorError("spawn-failed", message, undefined, { cause });
}
