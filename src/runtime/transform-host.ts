import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

import { messageOf } from "../core/errors.ts";
import { parseJson, stringifyJson } from "../spec/json.ts";
import { TransformError } from "../transforms/errors.ts";
import { ANSWER_FD, type HostAnswer, type HostCall } from "../transforms/user/protocol.ts";

/** The start is ours, not a transform's: a busy machine may take its time. */
const START_MS = 10_000;
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
const MAX_STDERR_CHARS = 2000;

/** What a call is about, for a person. */
const WHAT = { load: "loading it", decide: "applies() or facts()", apply: "apply()" } as const;

/**
 * A process that calls the functions of transforms, and nothing else: whatever they do, it can be killed. One call at a time;
 * what comes meanwhile waits.
 */
export class TransformHost {
  readonly #child: ChildProcess;
  readonly #input: Writable;
  readonly #output: Readable;
  readonly #ready: Promise<unknown>;
  /** Settles when the last call is answered. */
  #queue: Promise<unknown> = Promise.resolve();
  #hasEnded = false;
  #stderr = "";

  /** @param command executable and arguments */
  constructor([executable, ...args]: readonly [string, ...string[]]) {
    const child = spawn(executable, args, {
      cwd: "/",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      stdio: ["pipe", "ignore", "pipe", "pipe"],
    });
    this.#child = child;
    this.#input = child.stdin as Writable;
    this.#output = child.stdio[ANSWER_FD] as Readable;
    child.once("exit", () => {
      this.#hasEnded = true;
    });
    this.#input.on("error", () => {}); // it has ended, which the call in progress is told
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-MAX_STDERR_CHARS);
    });
    this.#ready = this.#nextLine(START_MS);
    this.#ready.catch(() => {}); // the first call says so
  }

  /** It answers no more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * @param deadlineMs counted from when the call's turn has come
   * @returns what was answered, and what was said meanwhile
   * @throws {HostEnded} it ended before this call's turn; {TransformError} code "failed", naming the file
   */
  call(call: HostCall, deadlineMs: number): Promise<Answer> {
    const turn = this.#queue.then(() => this.#carryOut(call, deadlineMs));
    this.#queue = turn.catch(() => {}); // says nothing about the next
    return turn;
  }

  /** End it, when what was asked of it is answered. */
  retire(): void {
    void this.#queue.then(() => this.kill());
  }

  kill(): void {
    this.#hasEnded = true;
    this.#child.kill("SIGKILL");
  }

  async #carryOut(call: HostCall, deadlineMs: number): Promise<Answer> {
    try {
      await this.#ready;
    } catch (cause) {
      const problem = `the process for transforms ${messageOf(cause)}`;
      throw new TransformError("failed", problem, { cause });
    }
    if (this.#hasEnded) throw new HostEnded();
    let text: string;
    try {
      const answer = this.#nextLine(deadlineMs);
      this.#input.write(`${stringifyJson(call)}\n`);
      text = await answer;
    } catch (cause) {
      const problem = `${call.file}: ${WHAT[call.call]} ${messageOf(cause)}`;
      throw new TransformError("failed", problem, { cause });
    }
    const answer = parseJson(text, `the answer about ${call.file}`) as HostAnswer;
    if ("error" in answer) throw new TransformError("failed", `${call.file}: ${answer.error}`);
    return answer;
  }

  /** @throws an Error that goes on behind what was asked for; the process is killed then */
  #nextLine(deadlineMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#output.off("data", onData);
        this.#child.off("exit", onExit);
        this.#child.off("error", onError);
        act();
      };
      const fail = (problem: string): void => {
        this.kill();
        settle(() => reject(new Error(problem)));
      };
      const timer = setTimeout(() => fail(`took more than ${deadlineMs} ms`), deadlineMs);
      const onData = (chunk: Buffer): void => {
        chunks.push(chunk);
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) fail(`gave more than ${MAX_ANSWER_BYTES} bytes`);
        else if (chunk.at(-1) === NEWLINE) settle(() => resolve(Buffer.concat(chunks).toString()));
      };
      const onExit = (code: number | null, signal: string | null): void => {
        const last = this.#stderr.trim().split("\n").at(-1) ?? "";
        fail(`ended its process: ${signal ?? `exit status ${code}`}${last && `, ${last}`}`);
      };
      const onError = (error: Error): void => fail(error.message);
      this.#output.on("data", onData);
      this.#child.once("exit", onExit);
      this.#child.once("error", onError);
    });
  }
}

interface Answer {
  readonly value: unknown;
  readonly said: readonly string[];
}

const NEWLINE = 10;

/** The process ended in another call; this one can be repeated with a new one. */
export class HostEnded extends Error {}
