import type { Logger } from "../core/log.ts";
import { lastLoggedError, logSize } from "./command-log.ts";
import { runtimeError } from "./errors.ts";
import { type ColdRuntime, type Execute, executeCold } from "./execute.ts";
import { currentTrace } from "./trace.ts";

/** How the runtime is called; the same for every command on a container. */
export interface RuntimeConfig extends ColdRuntime {
  /** What carries commands out; absent: each is a process of its own. */
  readonly execute?: Execute | undefined;
  /** `--root`. */
  readonly stateRoot: string;
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

/** How long a command may take: more than the 60 s it may wait for a lock; hooks may take longer. */
const DEADLINE_MS = 90_000;
const HOOKS_DEADLINE_MS = 600_000;
const WITH_HOOKS: readonly string[] = ["create", "start", "exec", "delete"];

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
  const traceparent = currentTrace();
  const execute: Execute =
    config.execute ?? ((commandLine, options) => executeCold(config, commandLine, options));
  const result = await execute(
    [...globalFlags(config, logPath), ...(command.globals ?? []), ...command.args],
    {
      // The last argument is the container, but for kill, which has the signal behind it.
      what: `${name} ${command.args.at(name === "kill" ? -2 : -1) ?? ""}`,
      deadlineMs: WITH_HOOKS.includes(name) ? HOOKS_DEADLINE_MS : DEADLINE_MS,
      ...(traceparent !== undefined && { traceparent }),
      ...(command.input !== undefined && { input: command.input }),
      ...(command.wantsOutput !== undefined && { wantsOutput: command.wantsOutput }),
    },
  );
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

/** The end of what was said: what comes before is a hook's chatter. */
function lastLines(text: string): string {
  return text.length <= 4096 ? text : `…${text.slice(-4096)}`;
}
