import { setTimeout as sleep } from "node:timers/promises";
import { type CommandEnd, type ExecuteOptions, executeCold } from "../client/execute.ts";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { WarmWorker } from "./warm-worker.ts";

/** What a warm runtime is made with. */
export interface WarmRuntimeOptions {
  /** Our own gantry-runtime, absolute: nothing else has workers. */
  readonly path: string;
  /** More arguments before `worker`, for tests that run the source. */
  readonly firstArgs?: readonly string[];
  /** Workers listen on this path with a number added. Its directory exists, and is ours alone. */
  readonly socketPath: string;
  /** The workers' whole environment; see `scrubEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
  readonly logger: Logger;
  /** A worker that leaves a ping unanswered for so long is stuck. Default 2000. */
  readonly pingTimeoutMs?: number;
  /** As `WorkerCall`. */
  readonly graceMs?: number;
}

const PING_TIMEOUT_MS = 2000;
const PING_PAUSE_MS = 1000;
/** After a worker that could not be started, commands are processes of their own for so long. */
const START_PAUSE_MS = 5000;
/** A worker is replaced after so many commands, so that nothing can add up in it for ever. */
const MAX_COMMANDS = 20_000;
/** After so long without a command, nothing is kept warm: a worker is 30 MiB, and a new one there in 50 ms. */
const IDLE_MS = 30_000;
/** Workers that are stuck or have had their day and still have commands; the oldest of more is killed. */
const MAX_RETIRED = 4;

/**
 * Carries out commands of gantry-runtime in a worker process that is started on first need and stays. Nothing depends on its
 * life: one that dies, hangs or cannot be started is replaced, by a new one or by cold commands.
 */
export class WarmRuntime {
  readonly #options: WarmRuntimeOptions;
  #starting: Promise<WarmWorker> | undefined;
  #current: WarmWorker | undefined;
  #retired: WarmWorker[] = [];
  #watched: WarmWorker | undefined;
  #started = 0;
  #coldUntil = 0;
  #lastAt = 0;

  /** Of workers; and commands that had to do without. */
  readonly counts = { started: 0, died: 0, stuck: 0, cold: 0 };

  constructor(options: WarmRuntimeOptions) {
    this.#options = options;
  }

  /**
   * Run one command to its end. An `Execute` for `RuntimeConfig`.
   *
   * @throws {ClientError} codes "worker-died" (it may have done all, some or none of its work) and "abandoned"
   */
  run = async (args: readonly string[], options: ExecuteOptions): Promise<CommandEnd> => {
    const worker = await this.#worker();
    if (worker === undefined) {
      this.counts.cold += 1;
      return executeCold(this.#options, args, options);
    }
    const end = worker.run(args, options);
    void this.#watch(worker);
    if (worker.count >= MAX_COMMANDS) this.#retire(worker);
    try {
      return await end;
    } catch (error) {
      this.#options.logger.log("error", messageOf(error), { worker: worker.pid, args: args.join(" ") });
      throw error;
    } finally {
      this.#lastAt = performance.now();
      this.#dismissIfIdle(worker);
    }
  };

  /** Pids of the workers. */
  get workers(): readonly number[] {
    return this.#all().map(({ pid }) => pid);
  }

  /** Commands in progress. */
  get pending(): number {
    return this.#all().reduce((sum, worker) => sum + worker.pending, 0);
  }

  /** Have a worker ready before the first command. */
  start(): void {
    void this.#worker();
  }

  /** Let the workers go; they finish what is in progress. No command may be given any more. */
  async close(): Promise<void> {
    await this.#starting?.catch(() => {}); // It never came up, which has been said.
    for (const worker of this.#all()) {
      this.#forget(worker);
      worker.close();
    }
  }

  #all(): WarmWorker[] {
    return [this.#current, ...this.#retired].filter((worker) => worker !== undefined);
  }

  /** The worker that takes commands now; undefined: none can be had at the moment. */
  async #worker(): Promise<WarmWorker | undefined> {
    if (this.#current !== undefined) return this.#current;
    if (performance.now() < this.#coldUntil) return undefined;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    try {
      return await this.#starting;
    } catch {
      return undefined;
    }
  }

  async #start(): Promise<WarmWorker> {
    const { path, firstArgs = [], socketPath, env, logger, graceMs } = this.#options;
    const startedAt = performance.now();
    this.#started += 1;
    let worker: WarmWorker;
    try {
      worker = await WarmWorker.start({
        command: [path, ...firstArgs],
        socketPath: `${socketPath}.${process.pid}.${this.#started}`,
        env,
        ...(graceMs === undefined ? {} : { graceMs }),
      });
    } catch (error) {
      this.#coldUntil = performance.now() + START_PAUSE_MS;
      logger.log("warn", `commands are cold for a while: ${messageOf(error)}`);
      throw error;
    }
    this.#current = worker;
    this.counts.started += 1;
    this.#lastAt = performance.now();
    this.#retireWhenIdle(worker, IDLE_MS);
    const ms = Math.round(performance.now() - startedAt);
    logger.log("debug", "gantry-runtime worker started", { worker: worker.pid, ms });
    void this.#bury(worker);
    return worker;
  }

  async #bury(worker: WarmWorker): Promise<void> {
    await worker.closed;
    const wasNeeded = this.#forget(worker);
    if (wasNeeded) this.counts.died += 1;
    const message = `gantry-runtime worker ended: ${await worker.ended}`;
    this.#options.logger.log(wasNeeded ? "error" : "debug", message, { worker: worker.pid });
  }

  /** @returns whether it was the one that takes commands */
  #forget(worker: WarmWorker): boolean {
    this.#retired = this.#retired.filter((other) => other !== worker);
    if (this.#current !== worker) return false;
    this.#current = undefined;
    return true;
  }

  /** While commands are pending, make sure that the worker still does anything at all. */
  async #watch(worker: WarmWorker): Promise<void> {
    if (this.#watched === worker) return;
    this.#watched = worker;
    const { pingTimeoutMs = PING_TIMEOUT_MS } = this.#options;
    while (worker.pending > 0 && worker === this.#current) {
      await sleep(PING_PAUSE_MS, undefined, { ref: false });
      if (worker.pending === 0 || worker !== this.#current) break;
      if (await worker.ping(pingTimeoutMs)) continue;
      if (worker === this.#current) {
        this.#options.logger.log("error", "gantry-runtime worker is stuck", {
          worker: worker.pid,
          commands: worker.pending,
        });
        this.counts.stuck += 1;
        this.#retire(worker);
      }
    }
    if (this.#watched === worker) this.#watched = undefined;
  }

  #retireWhenIdle(worker: WarmWorker, inMs: number): void {
    setTimeout(() => {
      if (worker !== this.#current) return;
      const leftMs = worker.pending > 0 ? IDLE_MS : this.#lastAt + IDLE_MS - performance.now();
      if (leftMs <= 0) this.#retire(worker);
      else this.#retireWhenIdle(worker, leftMs);
    }, inMs).unref();
  }

  /** New commands go to another one. */
  #retire(worker: WarmWorker): void {
    if (!this.#forget(worker)) return;
    this.#retired.push(worker);
    if (this.#retired.length > MAX_RETIRED) this.#retired[0]?.kill();
    this.#dismissIfIdle(worker);
  }

  #dismissIfIdle(worker: WarmWorker): void {
    if (worker.pending > 0 || !this.#retired.includes(worker)) return;
    this.#forget(worker);
    void worker.dismiss();
  }
}
