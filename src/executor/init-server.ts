import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";

import { ExecutorError } from "./errors.ts";
import {
  givenUp,
  type InitEnd,
  killedWhenGivenUp,
  type RunInit,
  runInitBeside,
  spawnFailed,
} from "./init-process.ts";

/** Carries out plans without starting gantry-init for each. */
export interface InitServer {
  /** As `runInitBeside`. */
  runInit(giveUp: AbortSignal): RunInit;
}

/** `gantry-init serve`, and what it has not answered. */
interface Running {
  readonly child: ChildProcess;
  readonly waiters: Map<number, (end: InitEnd | ExecutorError) => void>;
}

/**
 * Keeps one gantry-init that forks a process for each plan: started on first need, again when it has died. What is no plan, or has
 * descriptors to pass on, gets a gantry-init of its own.
 *
 * @param name for people who look at processes
 */
export function createInitServer(name: string): InitServer {
  let running: Running | undefined;
  let lastId = 0;
  const start = (gantryInit: string): Running => {
    const child = spawn(gantryInit, ["serve", name], { stdio: ["pipe", "pipe", "ignore"], env: {} });
    const started: Running = { child, waiters: new Map() };
    let unfinished = "";
    child.stdout?.setEncoding("latin1").on("data", (chunk: string) => {
      const lines = (unfinished + chunk).split("\n");
      unfinished = lines.pop() ?? "";
      for (const line of lines) answered(started, line);
    });
    const gone = (end: InitEnd | ExecutorError): void => {
      if (running === started) running = undefined;
      for (const settle of started.waiters.values()) settle(end);
      started.waiters.clear();
    };
    child.once("error", (cause) => gone(spawnFailed(gantryInit, cause)));
    // What it had begun died with it.
    child.once("exit", () => gone({ status: null, signal: "SIGKILL" }));
    child.stdin?.on("error", () => {}); // "exit" follows
    // It ends with us and must not keep us.
    child.unref();
    return started;
  };
  return {
    runInit: (giveUp) => (gantryInit, args, fds) => {
      const [plan, report] = fds;
      if (args[0] !== "run" || fds.length !== 2) return runInitBeside(giveUp)(gantryInit, args, fds);
      running ??= start(gantryInit);
      const { child, waiters } = running;
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        const { isGivenUp, settle } = killedWhenGivenUp(giveUp, () => {
          child.stdin?.write(`kill ${id}\n`);
          return waiters.has(id);
        });
        waiters.set(id, (end) =>
          settle(() => {
            if (isGivenUp()) reject(givenUp());
            else if (end instanceof ExecutorError) reject(end);
            else resolve(end);
          }),
        );
        child.stdin?.write(`run ${id} ${plan} ${report}\n`);
      });
    },
  };
}

function answered({ waiters }: Running, line: string): void {
  const [, id = "", status = "", signal = ""] = /^end (\d+) (\d+) (\d+)$/.exec(line) ?? [];
  const settle = waiters.get(Number(id));
  waiters.delete(Number(id));
  settle?.(
    signal === "0"
      ? { status: Number(status), signal: null }
      : { status: null, signal: signalName(Number(signal)) },
  );
}

function signalName(signal: number): string {
  const found = Object.entries(constants.signals).find(([, number]) => number === signal);
  return found?.[0] ?? String(signal);
}
