import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { errnoOf, messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { lastLoggedError, logSize } from "./command-log.ts";
import { ClientError, runtimeError } from "./errors.ts";

/** How the runtime is called; the same for every command on a container. */
export interface RuntimeConfig {
  /** Absolute path of gantry-runtime. */
  readonly path: string;
  /** Executable and arguments that start gantry-runtime, instead of the caller itself. */
  readonly launcher?: readonly [string, ...string[]] | undefined;
  /** `--root`. */
  readonly stateRoot: string;
  /** The child's whole environment; see `scrubEnvironment`. */
  readonly env: Readonly<Record<string, string>>;
  readonly isDebug: boolean;
  readonly logger: Logger;
}

/** One command. */
export interface RuntimeCommand {
  /** Command name, flags and arguments; the global flags are added. */
  readonly args: readonly string[];
  /** More global flags, before the command. */
  readonly globals?: readonly string[];
  /** `--log`, with `--log-format json`; absent: the error is read from standard error alone. */
  readonly logPath?: string;
  /** Text for standard input; absent: /dev/null. */
  readonly input?: string;
  /** Standard output is wanted; otherwise it is /dev/null. */
  readonly wantsOutput?: boolean;
}

/** How much is kept: the end of standard error, where the reason is, and the beginning of standard output. */
const MAX_STDERR_BYTES = 64 * 1024;
const MAX_STDOUT_BYTES = 4 * 1024 * 1024;
/** How long a failed command's standard error may stay open after its end: a stray child could hold it. */
const STDERR_GRACE_MS = 500;

/**
 * Run one command of gantry-runtime to its end.
 *
 * @returns its standard output when `wantsOutput`, otherwise ""
 * @throws {ClientError} the runtime's own message under the code that fits it; "runtime-missing" when it cannot be run
 */
export async function runRuntime(config: RuntimeConfig, command: RuntimeCommand): Promise<string> {
  const name = command.args[0] ?? "";
  const { logPath } = command;
  const logStart = logPath === undefined ? 0 : logSize(logPath);
  const startedAt = performance.now();
  const result = await runChild(config, command, [
    ...globalFlags(config, logPath),
    ...(command.globals ?? []),
    ...command.args,
  ]);
  config.logger.log("debug", `gantry-runtime ${name}`, {
    args: command.args.join(" "),
    exit: result.end,
    ms: Math.round(performance.now() - startedAt),
  });
  if (result.end === 0) return result.stdout;
  const logged = logPath === undefined ? undefined : lastLoggedError(logPath, logStart);
  const said = result.stderr.trim();
  // Standard error is this command's alone, the log may be shared: believe the log where both say the same.
  const message = said === "" || (logged !== undefined && said.includes(logged)) ? logged : lastLines(said);
  throw runtimeError(
    name,
    message ?? `gantry-runtime ${name} ended with ${String(result.end)} and said nothing`,
  );
}

function globalFlags(config: RuntimeConfig, logPath: string | undefined): string[] {
  const flags = ["--root", config.stateRoot];
  if (logPath !== undefined) flags.push("--log", logPath, "--log-format", "json");
  if (config.isDebug) flags.push("--debug");
  return flags;
}

interface ChildResult {
  /** Exit code, or the name of the signal. */
  readonly end: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

function runChild(
  config: RuntimeConfig,
  command: RuntimeCommand,
  args: readonly string[],
): Promise<ChildResult> {
  return new Promise((resolve, reject) => {
    const [file, ...before] = [...(config.launcher ?? []), config.path];
    const child = spawn(file ?? config.path, [...before, ...args], {
      cwd: "/", // ours may be a bundle that is long gone
      env: config.env,
      stdio: [
        command.input === undefined ? "ignore" : "pipe",
        command.wantsOutput ? "pipe" : "ignore",
        "pipe",
      ],
    });
    const stdout = collect(child.stdout, (kept) => kept.subarray(0, MAX_STDOUT_BYTES));
    const stderr = collect(child.stderr, (kept) => kept.subarray(-MAX_STDERR_BYTES));
    child.on("error", (error) => reject(spawnError(config.path, error)));
    feed(child, command.input);
    const finish = (code: number | null, signal: string | null): void => {
      child.stderr?.destroy();
      resolve({ end: code ?? signal ?? "?", stdout: stdout.text(), stderr: stderr.text() });
    };
    child.on("close", finish);
    // Not "close" alone: whoever inherited standard error would hold the answer up.
    child.on("exit", (code, signal) => {
      if (code === 0 && !command.wantsOutput) finish(code, signal);
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

/** The end of what was said: what comes before is a hook's chatter. */
function lastLines(text: string): string {
  return text.length <= 4096 ? text : `…${text.slice(-4096)}`;
}

function spawnError(path: string, error: Error): ClientError {
  const errno = errnoOf(error);
  if (errno === "ENOENT" || errno === "EACCES" || errno === "ENOEXEC") {
    return new ClientError("runtime-missing", `cannot execute ${path}: ${errno}`, { cause: error });
  }
  return new ClientError("failed", `cannot start ${path}: ${messageOf(error)}`, { cause: error });
}
