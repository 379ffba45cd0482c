import { type ChildProcess, spawn } from "node:child_process";
import type { Logger } from "../../core/log.ts";

export interface WatchdogOptions {
  /** Absolute path. */
  readonly gantryInit: string;
  /** How long the loop may not turn. */
  readonly hangMs: number;
  readonly logger: Logger;
}

/** So many beats may be missed before we are taken for hung. */
const BEATS = 5;
/** Before another one is started in place of one that has ended. */
const PAUSE_MS = 1000;

/**
 * A process (`gantry-init watch`) that kills this one when its loop hangs, in a call that does not return from the kernel for
 * example: that harms nobody, the stubs start another one.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #child: ChildProcess | undefined;
  #heart: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#isStopped) return;
    const { gantryInit, hangMs, logger } = this.#options;
    const child = spawn(gantryInit, ["watch", String(process.pid), String(hangMs)], {
      cwd: "/",
      env: {},
      stdio: ["pipe", "ignore", "inherit"],
    });
    this.#child = child;
    child.unref();
    child.stdin.on("error", () => {}); // "exit" follows
    let isOver = false;
    const ended = (how: unknown): void => {
      if (isOver || this.#isStopped) return;
      isOver = true;
      logger.log("warn", "nobody watches the server's loop for a moment", { end: String(how) });
      setTimeout(() => this.start(), PAUSE_MS).unref();
    };
    child.once("error", ended);
    child.once("exit", (code, signal) => ended(signal ?? code));
    this.#heart ??= setInterval(() => this.#beat(), hangMs / BEATS).unref();
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#heart);
    this.#child?.stdin?.end();
  }

  #beat(): void {
    const pipe = this.#child?.stdin;
    // One that does not read is stopped or starved itself.
    if (pipe?.writable && pipe.writableLength === 0) pipe.write(".");
  }
}
