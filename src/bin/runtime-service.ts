import type { CommandIo } from "../cli/command.ts";
import { gantry } from "../gen/runtime.js";
import { TtrpcError } from "../ttrpc/errors.ts";
import { type Service, unary } from "../ttrpc/service.ts";

const { PingRequest, PingResponse, RunRequest, RunResponse } = gantry.runtime.v1;

/** What the service needs of the program around it. */
export interface RuntimeServiceOptions {
  /** One command of the command line. @returns its exit code. @param giveUp aborted when its time is over */
  readonly run: (
    args: readonly string[],
    io: CommandIo,
    giveUp: AbortSignal,
    traceparent: string | undefined,
  ) => Promise<number>;
  /** Whether the process that started us is gone: what it wanted begun must not begin any more. */
  readonly isOrphan: () => boolean;
}

/** Answers have to fit into a frame of 4 MiB. */
const MAX_STDOUT_BYTES = 4 * 1024 * 1024 - 128 * 1024;
const MAX_STDERR_CHARS = 16 * 1024;

/** `gantry.runtime.v1.Runtime`, and what is in progress. */
export class RuntimeService {
  readonly definition: Service;
  readonly #options: RuntimeServiceOptions;
  #running = 0;
  #onIdle: () => void = () => {};

  constructor(options: RuntimeServiceOptions) {
    this.#options = options;
    this.definition = {
      name: "gantry.runtime.v1.Runtime",
      methods: {
        Run: unary(RunRequest, RunResponse, (request) => this.#run(request)),
        Ping: unary(PingRequest, PingResponse, async () => ({})),
      },
    };
  }

  /** Settles when no command is in progress; call it once no further one can come. */
  async idle(): Promise<void> {
    if (this.#running === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  async #run(request: gantry.runtime.v1.RunRequest): Promise<gantry.runtime.v1.RunResponse.$Properties> {
    if (this.#options.isOrphan()) throw new TtrpcError("UNAVAILABLE", "whoever started this worker is gone");
    const giveUp = new AbortController();
    const timer = request.timeoutMs === 0 ? undefined : setTimeout(() => giveUp.abort(), request.timeoutMs);
    const streams = new Streams(request.input ?? "", request.wantsOutput);
    this.#running += 1;
    try {
      const trace = request.traceparent ?? undefined;
      const exitCode = await this.#options.run(request.args, streams, giveUp.signal, trace);
      return { exitCode, stdout: streams.stdout, stderr: streams.stderr };
    } finally {
      clearTimeout(timer);
      this.#running -= 1;
      if (this.#running === 0) this.#onIdle();
    }
  }
}

/** The standard streams of one command. */
class Streams implements CommandIo {
  stdout = "";
  stderr = "";
  readonly #input: string;
  #room: number;

  constructor(input: string, wantsOutput: boolean) {
    this.#input = input;
    this.#room = wantsOutput ? MAX_STDOUT_BYTES : 0;
  }

  writeOut = (text: string): void => {
    if (this.#room === 0) return;
    const bytes = Buffer.from(text);
    this.stdout += bytes.length <= this.#room ? text : bytes.toString("utf8", 0, this.#room);
    this.#room = Math.max(0, this.#room - bytes.length);
  };

  writeErr = (text: string): void => {
    this.stderr = (this.stderr + text).slice(-MAX_STDERR_CHARS);
  };

  readInput = async (): Promise<Uint8Array> => Buffer.from(this.#input);
}
