import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { errnoOf, messageOf } from "../core/errors.ts";
import { ClientError } from "./errors.ts";

/**
 * Carry out one command line of gantry-runtime.
 *
 * @param args global flags first
 * @throws {ClientError} when the command could not be begun, or nothing is known about its end
 */
export type Execute = (args: readonly string[], options: ExecuteOptions) => Promise<CommandEnd>;

export interface ExecuteOptions {
  /** For messages: command and container, e.g. `create web`. */
  readonly what: string;
  readonly input?: string;
  readonly wantsOutput?: boolean;
  /** How long it may take. */
  readonly deadlineMs: number;
  /** The trace that it is a part of. */
  readonly traceparent?: string;
}

/** How a command ended. */
export interface CommandEnd {
  /** Exit code, or the name of the signal. */
  readonly end: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command line is run by when it is a process of its own. */
export interface ColdRuntime {
  /** Absolute path of gantry-runtime. */
  readonly path: string;
  /** Executable and arguments that start gantry-runtime, instead of the caller itself. */
  readonly launcher?: (() => readonly [string, ...string[]]) | undefined;
  /** The child's whole environment; see `scrubEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
}

/** How much is kept: the end of standard error, where the reason is, and the beginning of standard output. */
const MAX_STDERR_BYTES = 64 * 1024;
const MAX_STDOUT_BYTES = 4 * 1024 * 1024;
/** How long a failed command's standard error may stay open after its end: a stray child could hold it. */
const STDERR_GRACE_MS = 500;

/** Run one command line as a process of its own. @throws {ClientError} code "runtime-missing" when it cannot be run */
export function executeCold(
  runtime: ColdRuntime,
  args: readonly string[],
  options: Pick<ExecuteOptions, "input" | "wantsOutput" | "traceparent">,
): Promise<CommandEnd> {
  return new Promise((resolve, reject) => {
    const [file, ...before] = [...(runtime.launcher?.() ?? []), runtime.path];
    const child = spawn(file ?? runtime.path, [...before, ...args], {
      cwd: "/", // ours may be a bundle that is long gone
      // The name that OpenTelemetry gives it; a runtime that is not ours does not mind.
      // Whoever else may want another runtime in its place, we want this one.
      env: {
        ...runtime.env,
        GANTRY_FROM_SHIM: "1",
        ...(options.traceparent !== undefined && { TRACEPARENT: options.traceparent }),
      },
      stdio: [
        options.input === undefined ? "ignore" : "pipe",
        options.wantsOutput ? "pipe" : "ignore",
        "pipe",
      ],
    });
    const stdout = collect(child.stdout, (kept) => kept.subarray(0, MAX_STDOUT_BYTES));
    const stderr = collect(child.stderr, (kept) => kept.subarray(-MAX_STDERR_BYTES));
    child.on("error", (error) => reject(spawnError(runtime.path, error)));
    feed(child, options.input);
    const finish = (code: number | null, signal: string | null): void => {
      child.stderr?.destroy();
      resolve({ end: code ?? signal ?? "?", stdout: stdout.text(), stderr: stderr.text() });
    };
    child.on("close", finish);
    // Not "close" alone: whoever inherited standard error would hold the answer up.
    child.on("exit", (code, signal) => {
      if (code === 0 && !options.wantsOutput) finish(code, signal);
      else setTimeout(() => finish(code, signal), STDERR_GRACE_MS).unref();
    });
  });
}

function feed(child: ChildProcess, input: string | undefined): void {
  if (input === undefined || child.stdin === null) return;
  child.stdin.on("error", () => {}); // EPIPE: the command ended without reading it, and says why itself
  child.stdin.end(input);
}

/** Read everything, so that the child never blocks on it, and keep what `cut` leaves of it. */
function collect(stream: Readable | null, cut: (bytes: Buffer) => Buffer): { text(): string } {
  let kept: Buffer = Buffer.alloc(0);
  stream?.on("data", (chunk: Buffer) => {
    kept = cut(Buffer.concat([kept, chunk]));
  });
  stream?.on("error", () => {}); // the exit code tells what happened
  return { text: () => kept.toString("utf8") };
}

function spawnError(path: string, error: Error): ClientError {
  const errno = errnoOf(error);
  if (errno === "ENOENT" || errno === "EACCES" || errno === "ENOEXEC") {
    return new ClientError("runtime-missing", `cannot execute ${path}: ${errno}`, { cause: error });
  }
  return new ClientError("failed", `cannot start ${path}: ${messageOf(error)}`, { cause: error });
}
