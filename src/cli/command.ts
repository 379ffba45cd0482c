import type { RunInit } from "../executor/init-process.ts";
import type { RuntimeContext } from "../runtime/context.ts";
import type { FaultPoint } from "../runtime/faults.ts";
import type { ConfigReader } from "../runtime/node-config.ts";
import type { Remembered } from "../runtime/remembered.ts";
import type { UserTransforms } from "../runtime/user-transforms.ts";
import type { FlagDef, ParsedFlags } from "./flags.ts";
import type { CommandLog } from "./log.ts";

/** The standard streams of a command: those of the process, or buffers when several commands share one. */
export interface CommandIo {
  /** Each returns when everything is written. */
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
  /** Standard input to its end. */
  readonly readInput: () => Promise<Uint8Array>;
}

/** What the program was started with, read once in `bin/`. */
export interface CliEnvironment {
  /** For tests: which step of the command goes wrong, and how. */
  readonly fault: FaultPoint;
  /** Absolute path of the gantry-init executable. */
  readonly gantryInit: string;
  /** How to wait for its end. */
  readonly runInit: RunInit;
  readonly version: string;
  /** W3C trace context, for the log. */
  readonly traceparent?: string | undefined;
  readonly io: CommandIo;
  /** Several commands are carried out in this process: none may use what is the process's own. */
  readonly isShared: boolean;
  /** Absent: nothing is. */
  readonly remembered?: Remembered;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly configs: ConfigReader;
  /** Most nodes have none. */
  readonly userTransforms: () => Promise<UserTransforms>;
}

/** The flags before the command. */
export interface GlobalOptions {
  readonly stateRoot: string;
  /** False: a state root that does not exist is an empty one. */
  readonly isRootGiven: boolean;
  readonly logPath: string | undefined;
  readonly logFormat: "text" | "json";
  readonly isDebug: boolean;
  readonly isSystemdCgroup: boolean;
  /** undefined: the default one. */
  readonly configFile: string | undefined;
  readonly leaseDir: string;
}

/** One command line, taken apart. */
export interface CommandCall {
  readonly flags: ParsedFlags;
  readonly globals: GlobalOptions;
  readonly environment: CliEnvironment;
  readonly runtime: RuntimeContext;
  readonly log: CommandLog;
  /** `environment.io.writeOut` */
  readonly print: (text: string) => void;
}

/** Carries a command out and returns the exit code. What it throws becomes one log line and exit code 1. */
export type CommandRun = (call: CommandCall) => Promise<number>;

/** A command as the dispatcher and the help need to know it; `load` brings in its code. */
export interface CommandDef {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly FlagDef[];
  readonly minArgs: number;
  readonly maxArgs: number;
  /** True: what follows the first argument is not searched for flags. */
  readonly stopAtPositional: boolean;
  readonly load: () => Promise<CommandRun>;
}
