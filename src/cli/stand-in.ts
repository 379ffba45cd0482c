import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { posix, resolve } from "node:path";

import { messageOf } from "../core/errors.ts";
import { parseContainerId, parseHostPath } from "../core/ids.ts";
import type { Logger } from "../core/log.ts";
import { createRuntimeContext, type RuntimeContext } from "../runtime/context.ts";
import {
  type ForeignCommand,
  makesContainer,
  readCommandLine,
  readLogFlags,
} from "../runtime/delegate/command-line.ts";
import { hasCompanion, prepareCompanion, undoCompanion } from "../runtime/delegate/companion.ts";
import { openDecisionLog } from "../runtime/delegate/decision-log.ts";
import { findDelegate } from "../runtime/delegate/find.ts";
import { Child, type HandOver, Launcher } from "../runtime/delegate/hand-over.ts";
import { rewriteBundle } from "../runtime/delegate/rewrite.ts";
import { RuntimeError } from "../runtime/errors.ts";
import type { NodeConfig } from "../transforms/config.ts";
import type { CliEnvironment } from "./command.ts";
import { failureMessage } from "./failure.ts";
import { defaultStateRoot } from "./globals.ts";
import { type CommandLog, openCommandLog } from "./log.ts";
import { ownTransforms } from "./own-transforms.ts";

/** How this program was called, besides its arguments. */
export interface StandInCall {
  /** The launcher's socket; undefined: there is none. */
  readonly launcherFd: number | undefined;
  /** argv[0] as the caller gave it. */
  readonly calledAs: string;
  /** Our own executables. */
  readonly ourselves: readonly string[];
  readonly cwd: string;
}

const SEED_NAME = "sgs-runc-wrapper";
const NVIDIA_NAME = "nvidia-container-runtime";
const EXIT_FAILURE = 1;

/** What the steps below share. */
interface Stand {
  readonly args: readonly string[];
  readonly environment: CliEnvironment;
  readonly call: StandInCall;
  readonly config: NodeConfig;
  readonly handOver: HandOver;
}

/**
 * Stand in front of another runtime: rewrite the bundle of a container that is to be made, then let that runtime have the command.
 * Every other command is passed on as it is (SGS-3).
 *
 * @returns the exit code; undefined: it is ours to carry out
 */
export async function standIn(
  argv: readonly string[],
  environment: CliEnvironment,
  call: StandInCall,
): Promise<number | undefined> {
  const { file, args } = splitOwnFlags(argv);
  const launcher = call.launcherFd === undefined ? undefined : new Launcher(call.launcherFd);
  try {
    const configFile = file ?? (environment.env["GANTRY_CONFIG"] || undefined);
    const config = await environment.configs.read(configFile === undefined ? undefined : resolve(configFile));
    if (!isDelegating(config, environment.env, call.calledAs)) return launcher?.beEngine();
    const handOver = launcher ?? new Child(args, environment.env);
    return await handleCommand({ args, environment, call, config, handOver });
  } catch (error) {
    return reportFailure(error, args, environment);
  }
}

/** A `--config` that comes first is for us and for nobody else. */
function splitOwnFlags(argv: readonly string[]): {
  readonly file?: string;
  readonly args: readonly string[];
} {
  const [first = "", second] = argv;
  if (first.startsWith("--config=")) return { file: first.slice("--config=".length), args: argv.slice(1) };
  if (first === "--config" && second !== undefined) return { file: second, args: argv.slice(2) };
  return { args: argv };
}

/** @throws {RuntimeError} code "no-delegate" for an engine that does not exist */
function isDelegating(config: NodeConfig, env: CliEnvironment["env"], calledAs: string): boolean {
  const name = posix.basename(calledAs);
  if (env["SGS_WRAPPER_MODE"] || name === SEED_NAME || name.includes(NVIDIA_NAME)) return true;
  const engine = env["GANTRY_ENGINE"] || config.engine;
  if (engine === "native" || engine === "delegate") return engine === "delegate";
  throw new RuntimeError(
    "no-delegate",
    `GANTRY_ENGINE must be "native" or "delegate", got ${JSON.stringify(engine)}`,
  );
}

async function handleCommand(stand: Stand): Promise<number> {
  const { args, call, config, environment, handOver } = stand;
  const command = readCommandLine(args, call.cwd);
  const { path, warnings } = findDelegate({
    env: environment.env,
    configured: config.delegate.path,
    calledAs: call.calledAs,
    ourselves: call.ourselves,
  });
  if (makesContainer(command)) return makeContainer(stand, command, path, warnings);
  if (command.verb === "delete" && command.id !== undefined) return deleteContainer(stand, command, path);
  return handOver.become(path, config.delegate.args);
}

async function makeContainer(
  stand: Stand,
  command: ForeignCommand,
  path: string,
  warnings: readonly string[],
): Promise<number> {
  const { args, config, handOver } = stand;
  // Before anything can fail: a caller that finds no log cannot say what went wrong (ENG-2).
  const log = openLog(command.log, stand.environment);
  const decisions = openDecisions(stand, command.id ?? "");
  try {
    decisions.log("info", `called with ${JSON.stringify(args)}`);
    for (const warning of warnings) decisions.log("warn", warning);
    const context = contextOf(stand, command, bothOf(log, decisions), log.ownFds);
    const id = parseContainerId(command.id ?? "");
    const bundle = parseHostPath(command.bundle, "bundle");
    if (hasCompanion(context, id) && isKnownTo(path, stand, command)) {
      throw new RuntimeError("delegate-failed", "container with given ID already exists");
    }
    const transformed = await rewriteBundle(context, id, bundle);
    decisions.log("info", `root is ${transformed.spec.root.path}; to be run by ${path}`);
    if (transformed.prepare.length === 0) return handOver.become(path, config.delegate.args);
    await prepareCompanion(context, id, bundle, transformed);
    return await attend(context, command, () => handOver.run(path, config.delegate.args));
  } catch (error) {
    decisions.log("error", messageOf(error));
    throw error;
  } finally {
    decisions.close();
    log.close();
  }
}

/** What was prepared for a container goes when that is not made, or when it has ended before the command does. */
async function attend(context: RuntimeContext, command: ForeignCommand, run: () => number): Promise<number> {
  const id = parseContainerId(command.id ?? "");
  let status = EXIT_FAILURE;
  try {
    status = run();
    return status;
  } finally {
    const hasEnded = command.verb === "run" && !command.isDetached;
    if (status !== 0 || hasEnded) await undoCompanion(context, id);
  }
}

/** Only where something was prepared do we have to see its end. */
async function deleteContainer(stand: Stand, command: ForeignCommand, path: string): Promise<number> {
  const { config, handOver, environment } = stand;
  const log = lazyLog(command.log, environment);
  const context = contextOf(stand, command, log, []);
  const id = parseContainerId(command.id ?? "");
  if (!hasCompanion(context, id)) return handOver.become(path, config.delegate.args);
  const status = handOver.run(path, config.delegate.args);
  if (status === 0) await undoCompanion(context, id);
  return status;
}

/** Whether the other runtime has a container of this id. */
function isKnownTo(path: string, { config }: Stand, command: ForeignCommand): boolean {
  const root = command.stateRoot === undefined ? [] : ["--root", command.stateRoot];
  const args = [...config.delegate.args, ...root, "state", command.id ?? ""];
  return spawnSync(path, args, { stdio: "ignore", argv0: posix.basename(path) }).status === 0;
}

function contextOf(
  { environment, config }: Stand,
  command: ForeignCommand,
  log: Logger,
  ownFds: readonly number[],
): RuntimeContext {
  const nodeRoot = defaultStateRoot(environment);
  // One for each root of the other runtime's, whose ids are its own.
  const place = createHash("sha256")
    .update(command.stateRoot ?? "")
    .digest("hex")
    .slice(0, 16);
  return createRuntimeContext({
    stateRoot: `${nodeRoot}/.delegated/${place}`,
    leaseDir: `${nodeRoot}/.leases`,
    gantryInit: environment.gantryInit,
    runInit: environment.runInit,
    fault: environment.fault,
    env: environment.env,
    version: environment.version,
    log,
    ownFds,
    readConfig: async () => config,
    withUserTransforms: ownTransforms(environment, log),
  });
}

function openDecisions({ environment, config, call }: Stand, id: string) {
  const isSeed = posix.basename(call.calledAs) === SEED_NAME;
  const { logFormat: format, logMaxBytes: maxBytes } = config.delegate;
  return openDecisionLog({
    path: config.delegate.log ?? `/var/log/${isSeed ? SEED_NAME : "gantry-delegate"}.log`,
    format,
    maxBytes,
    now: () => new Date(),
    fields: { pid: String(process.pid), id },
    complain: environment.io.writeErr,
  });
}

function openLog(flags: ForeignCommand["log"], environment: CliEnvironment): CommandLog {
  return openCommandLog({
    path: flags.path === undefined || flags.path === "" ? undefined : resolve(flags.path),
    format: flags.format,
    isDebug: flags.isDebug,
    now: () => new Date(),
    writeErr: environment.io.writeErr,
  });
}

/** Warnings go to the caller as well; what was decided is only of interest to the node's owner. */
function bothOf(log: CommandLog, decisions: Logger): Logger {
  return {
    log(level, message) {
      decisions.log(level, message);
      if (level === "warn") log.log(level, message);
    },
  };
}

/** A log that is opened when there is something to say. */
function lazyLog(flags: ForeignCommand["log"], environment: CliEnvironment): Logger {
  return {
    log(level, message) {
      if (level === "debug" || level === "info") return;
      const log = openLog(flags, environment);
      log.log(level, message);
      log.close();
    },
  };
}

function reportFailure(error: unknown, args: readonly string[], environment: CliEnvironment): number {
  const flags = readLogFlags(args);
  const message = failureMessage(error, verbOf(args));
  try {
    const log = openLog(flags, environment);
    log.log("error", message);
    log.close();
    if (log.isFile) environment.io.writeErr(`${message}\n`);
  } catch {
    environment.io.writeErr(`${message}\n`); // the log's own path was what is wrong
  }
  return EXIT_FAILURE;
}

function verbOf(args: readonly string[]): string | undefined {
  try {
    return readCommandLine(args, "/").verb;
  } catch {
    return undefined; // that is what is being reported
  }
}
