import { createRuntimeContext } from "../runtime/context.ts";
import { assertUtf8Arguments } from "./arguments.ts";
import type { CliEnvironment, CommandDef, CommandIo } from "./command.ts";
import { COMMANDS, GLOBAL_FLAGS } from "./commands.ts";
import { CliError } from "./errors.ts";
import { failureMessage } from "./failure.ts";
import { type ParsedFlags, parseFlags } from "./flags.ts";
import { globalOptions, logFormat, logPath } from "./globals.ts";
import { type CommandLog, openCommandLog } from "./log.ts";
import { ownTransforms } from "./own-transforms.ts";
import { assertSharable } from "./sharable.ts";

// runc's codes: 1 for any failure, 3 for a command it does not know, 255 for a failure of `exec`.
const EXIT_FAILURE = 1;
const EXIT_UNKNOWN_COMMAND = 3;
const EXIT_EXEC_FAILURE = 255;

/**
 * The runtime's command line, compatible with runc's.
 *
 * @param argv without the program's own name
 * @returns the exit code; everything has been written when it returns, and the caller ends the process at once
 */
export async function runCli(argv: readonly string[], environment: CliEnvironment): Promise<number> {
  const { io } = environment;
  let log = stderrLog(io);
  let command: CommandDef | undefined;
  try {
    const global = parseFlags(GLOBAL_FLAGS, argv, true);
    assertUtf8Arguments([logPath(global) ?? ""]);
    // Opened before anything can fail: a caller that finds no log cannot say what went wrong.
    log = openCommandLog({
      path: logPath(global),
      format: logFormat(global),
      isDebug: global.bools.get("debug") ?? false,
      now: () => new Date(),
      writeErr: io.writeErr,
      ...(environment.traceparent && { fields: { traceparent: environment.traceparent } }),
    });
    const [name, ...rest] = global.positional;
    if (global.bools.get("version") === true || name === "version") return printVersion(environment);
    if (name === undefined || name === "help" || name === "h" || global.bools.get("help") === true) {
      return await printHelp(name === "help" || name === "h" ? rest[0] : name, io);
    }
    command = COMMANDS.find((candidate) => candidate.name === name);
    if (command === undefined) throw unknownCommand(name);
    assertUtf8Arguments(argv);
    return await runCommand(command, rest, global, environment, log);
  } catch (error) {
    return reportFailure(error, command, log, io);
  } finally {
    log.close();
  }
}

function unknownCommand(name: string): CliError {
  return new CliError("unknown-command", `No help topic for '${name}'`);
}

async function runCommand(
  command: CommandDef,
  argv: readonly string[],
  global: ParsedFlags,
  environment: CliEnvironment,
  log: CommandLog,
): Promise<number> {
  const { io } = environment;
  if (isHelpAsked(argv)) return printHelp(command.name, io);
  const flags = parseFlags(command.flags, argv, command.stopAtPositional);
  const count = flags.positional.length;
  if (count < command.minArgs || count > command.maxArgs) {
    io.writeOut("Incorrect Usage.\n\n");
    await printHelp(command.name, io);
    throw new CliError("bad-arguments", describeCount(command, count));
  }
  if (environment.isShared) assertSharable(command.name, flags);
  const globals = globalOptions(global, environment);
  const runtime = createRuntimeContext({
    stateRoot: globals.stateRoot,
    gantryInit: environment.gantryInit,
    runInit: environment.runInit,
    fault: environment.fault,
    env: environment.env,
    version: environment.version,
    log,
    ownFds: log.ownFds,
    leaseDir: globals.leaseDir,
    readConfig: () => environment.configs.read(globals.configFile),
    remembered: environment.remembered,
    withUserTransforms: ownTransforms(environment, log),
  });
  const run = await command.load();
  return run({ flags, globals, environment, runtime, log, print: io.writeOut });
}

function isHelpAsked(argv: readonly string[]): boolean {
  return argv[0] === "-h" || argv[0] === "--help" || argv[0] === "-help";
}

function describeCount(command: CommandDef, count: number): string {
  const wanted =
    command.minArgs === command.maxArgs
      ? `exactly ${command.minArgs}`
      : count < command.minArgs
        ? `at least ${command.minArgs}`
        : `at most ${command.maxArgs}`;
  return `${command.name} requires ${wanted} argument(s), got ${count}`;
}

/**
 * dockerd takes whatever stands before and after the word "version" in the first line; go-runc (containerd's shim) reads
 * nothing from a line that does not begin with "runc version ", and does not mind. So we can say who we are.
 */
async function printVersion(environment: CliEnvironment): Promise<number> {
  const { OCI_VERSION } = await import("../spec/version.ts");
  environment.io.writeOut(`gantry-runtime version ${environment.version}\nspec: ${OCI_VERSION}\n`);
  return 0;
}

async function printHelp(topic: string | undefined, io: CommandIo): Promise<number> {
  const { helpText } = await import("./help.ts");
  io.writeOut(await helpText(topic));
  return 0;
}

/** One log line and, when the log is not standard error itself, the bare message there. */
function reportFailure(
  error: unknown,
  command: CommandDef | undefined,
  log: CommandLog,
  io: CommandIo,
): number {
  const message = failureMessage(error, command?.name);
  log.log("error", message);
  if (error instanceof Error && error.stack !== undefined) log.log("debug", error.stack);
  if (log.isFile) {
    try {
      io.writeErr(`${message}\n`);
    } catch {
      // Nobody reads standard error; the log has the message.
    }
  }
  if (error instanceof CliError && error.code === "unknown-command") return EXIT_UNKNOWN_COMMAND;
  return command?.name === "exec" ? EXIT_EXEC_FAILURE : EXIT_FAILURE;
}

/** For what goes wrong before the log is open. */
function stderrLog({ writeErr }: CommandIo): CommandLog {
  return openCommandLog({ path: undefined, format: "text", isDebug: false, now: () => new Date(), writeErr });
}
