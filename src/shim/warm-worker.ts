import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { ClientError } from "../client/errors.ts";
import type { CommandEnd, ExecuteOptions } from "../client/execute.ts";
import { messageOf } from "../core/errors.ts";
import { gantry } from "../gen/runtime.js";
import { callUnary, TtrpcClient } from "../ttrpc/client.ts";
import { TtrpcError } from "../ttrpc/errors.ts";

const { PingRequest, PingResponse, RunRequest, RunResponse } = gantry.runtime.v1;
const SERVICE = "gantry.runtime.v1.Runtime";
const RUN = { service: SERVICE, method: "Run", request: RunRequest, response: RunResponse };
const PING = { service: SERVICE, method: "Ping", request: PingRequest, response: PingResponse };

/** How a worker is started. */
export interface WorkerCall {
  /** Executable and first arguments of gantry-runtime. */
  readonly command: readonly [string, ...string[]];
  /** Where it listens until it is connected to; nothing is there yet. */
  readonly socketPath: string;
  /** Its whole environment, and that of hooks without one of their own. */
  readonly env: Readonly<Record<string, string>>;
  /** How long it has after a command's deadline to take back what the command has done, and to say so. Default 15 s. */
  readonly graceMs?: number;
}

/** Descriptor on which a worker says one line. */
const READY_FD = 3;
const READY_TIMEOUT_MS = 10_000;
const GRACE_MS = 15_000;
/** How long a worker that has nothing to do any more may take to end. */
const END_MS = 5000;

/** One process of `gantry-runtime worker`, and the connection to it. */
export class WarmWorker {
  readonly pid: number;
  /** Settles when the connection is gone: it takes no commands any more. */
  readonly closed: Promise<void>;
  /** Settles when the process has ended, with how. */
  readonly ended: Promise<string>;
  /** Commands that were sent, ever. */
  count = 0;
  /** Commands that have not been answered. */
  pending = 0;
  readonly #child: ChildProcess;
  readonly #client: TtrpcClient;
  readonly #graceMs: number;

  private constructor(child: ChildProcess, ended: Promise<string>, client: TtrpcClient, graceMs: number) {
    this.#child = child;
    this.ended = ended;
    this.#client = client;
    this.#graceMs = graceMs;
    this.closed = client.closed;
    this.pid = child.pid ?? 0;
  }

  /**
   * Start a worker and connect to it.
   *
   * @throws {ClientError} code "runtime-missing" or "failed"
   */
  static async start(call: WorkerCall): Promise<WarmWorker> {
    const [executable, ...firstArgs] = call.command;
    const child = spawn(executable, [...firstArgs, "worker", call.socketPath, String(process.pid)], {
      cwd: "/",
      env: call.env,
      stdio: ["ignore", "ignore", "inherit", "pipe"],
    });
    const ended = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(messageOf(error)));
      child.once("exit", (code, signal) => resolve(signal ?? `exit status ${code}`));
    });
    try {
      const report = await Promise.race([readLine(child.stdio[READY_FD] as Readable | null), ended]);
      if (report !== "listening") {
        child.kill("SIGKILL");
        throw new Error(report || (await ended));
      }
      return new WarmWorker(
        child,
        ended,
        await TtrpcClient.connect(call.socketPath),
        call.graceMs ?? GRACE_MS,
      );
    } catch (cause) {
      child.kill("SIGKILL");
      const code = child.pid === undefined ? "runtime-missing" : "failed";
      throw new ClientError(code, `cannot start ${executable} worker: ${messageOf(cause)}`, { cause });
    }
  }

  /** @throws {ClientError} codes "worker-died", "abandoned", "failed" (it has not begun) */
  async run(args: readonly string[], options: ExecuteOptions): Promise<CommandEnd> {
    const { what, input, wantsOutput = false, deadlineMs, traceparent } = options;
    const request = {
      args: [...args],
      wantsOutput,
      timeoutMs: deadlineMs,
      ...(input === undefined ? {} : { input }),
      ...(traceparent === undefined ? {} : { traceparent }),
    };
    this.count += 1;
    this.pending += 1;
    try {
      const answer = await callUnary(this.#client, RUN, request, { timeoutMs: deadlineMs + this.#graceMs });
      return { end: answer.exitCode, stdout: answer.stdout, stderr: answer.stderr };
    } catch (cause) {
      throw explain(cause, what, this.pid, deadlineMs);
    } finally {
      this.pending -= 1;
    }
  }

  /** @returns whether it answered in time; also when it has died, which is noticed elsewhere */
  async ping(timeoutMs: number): Promise<boolean> {
    const answered = callUnary(this.#client, PING, {}).then(
      () => true,
      () => true,
    );
    const late = async (): Promise<boolean> => {
      await sleep(timeoutMs, undefined, { ref: false });
      // It may be ourselves who were late: the answer, if it is there, is read before this timer.
      await sleep(1, undefined, { ref: false });
      return false;
    };
    return Promise.race([answered, late()]);
  }

  /** Let it go: it finishes what is in progress and ends; what it answers is not heard any more. */
  close(): void {
    this.#client.close();
  }

  /** The same for one of which nothing is wanted any more: when it has not ended soon, it is killed. */
  async dismiss(): Promise<void> {
    this.close();
    const isOver = this.ended.then(() => true);
    if (!(await Promise.race([isOver, sleep(END_MS, false, { ref: false })]))) this.kill();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

function explain(cause: unknown, what: string, pid: number, deadlineMs: number): ClientError {
  if (cause instanceof TtrpcError) {
    return cause.code === "DEADLINE_EXCEEDED"
      ? new ClientError(
          "abandoned",
          `gantry-runtime ${what}: not done after ${deadlineMs} ms, and given up`,
          { cause },
        )
      : new ClientError("failed", `gantry-runtime ${what}: ${cause.message}`, { cause });
  }
  return new ClientError("worker-died", `gantry-runtime ${what}: its worker (pid ${pid}) died`, { cause });
}

/** The first line; "" when there is none in time. */
function readLine(stream: Readable | null): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const finish = (): void => {
      clearTimeout(timer);
      stream?.destroy();
      resolve(text.trim());
    };
    const timer = setTimeout(finish, READY_TIMEOUT_MS);
    stream?.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (text.includes("\n")) finish();
    });
    stream?.on("error", finish);
    stream?.on("end", finish);
  });
}
