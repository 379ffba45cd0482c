import { posix } from "node:path";

import { RuntimeError } from "../errors.ts";

/** A runtime's command line as far as it matters to whoever stands in front of that runtime. */
export interface ForeignCommand {
  /** The first word that is no flag; undefined when there is none (`--version`). */
  readonly verb: string | undefined;
  readonly log: {
    readonly path: string | undefined;
    readonly format: "text" | "json";
    readonly isDebug: boolean;
  };
  readonly stateRoot: string | undefined;
  /** For `create` and `run`. */
  readonly bundle: string;
  /** The first word after the verb that is no flag. */
  readonly id: string | undefined;
  /** `run` does not wait for the container's end. */
  readonly isDetached: boolean;
}

/** Flags before the verb that take a value, of runc, crun and runsc. */
const GLOBAL_VALUES: ReadonlySet<string> = new Set([
  ..."root log log-format criu cgroup-manager".split(" "),
  ..."coverage-fd coverage-report dcache debug-command debug-log debug-log-fd debug-log-format fdlimit".split(
    " ",
  ),
  ..."file-access file-access-mounts gvisor-gro host-fifo host-uds log-fd network num-network-channels".split(
    " ",
  ),
  ..."overlay2 panic-log panic-log-fd panic-signal pcap-log platform platform_device_path".split(" "),
  ..."pod-init-config profile-block profile-cpu profile-heap profile-mutex qdisc ref-leak-mode".split(" "),
  ..."strace-log-size strace-syscalls trace traceback watchdog-action".split(" "),
]);
/** Flags of `create` and `run` that take a value. */
const CREATE_VALUES: ReadonlySet<string> = new Set(
  "bundle b console-socket pid-file preserve-fds pidfd-socket user-log config f".split(" "),
);
/** The verbs before which a word cannot be the value of a flag we do not know. */
const INTERCEPTED: ReadonlySet<string> = new Set(["create", "run"]);
const KNOWN_VERBS: ReadonlySet<string> = new Set([
  ..."create run start state kill delete exec ps list events pause resume update spec features checkpoint".split(
    " ",
  ),
  ..."restore init mounts help h version wait debug do boot gofer flags install mitigate usage".split(" "),
]);

/** Whether a command makes a container, which is all that concerns us (SGS-3). */
export function makesContainer(command: ForeignCommand): boolean {
  return command.verb !== undefined && INTERCEPTED.has(command.verb);
}

/**
 * Read a runtime's arguments; unknown flags are the runtime's business (SGS-4).
 *
 * @param cwd where a command without `--bundle` finds its bundle
 * @throws {RuntimeError} code "bad-command-line" when it cannot be told whether a container is to be made, or from what
 */
export function readCommandLine(args: readonly string[], cwd: string): ForeignCommand {
  const globals = readFlags(args, GLOBAL_VALUES, true);
  const [verb, ...rest] = globals.words;
  const lateVerb = rest.find((word) => INTERCEPTED.has(word));
  if (verb !== undefined && !KNOWN_VERBS.has(verb) && lateVerb !== undefined) {
    throw new RuntimeError(
      "bad-command-line",
      `cannot tell whether ${JSON.stringify(verb)} is the command or belongs to the flag before it: ` +
        `write --flag=VALUE (${JSON.stringify(lateVerb)} follows)`,
    );
  }
  const { values, words } = readFlags(rest, CREATE_VALUES, false);
  if (verb !== undefined && INTERCEPTED.has(verb) && (values.has("config") || values.has("f"))) {
    throw new RuntimeError(
      "bad-command-line",
      `${verb}: --config is not supported: the spec is BUNDLE/config.json`,
    );
  }
  return {
    verb,
    log: logOf(globals.values),
    stateRoot: globals.values.get("root"),
    bundle: posix.resolve(cwd, values.get("bundle") ?? values.get("b") ?? "."),
    id: words[0],
    isDetached: values.has("detach") || values.has("d"),
  };
}

/** Where the runtime is to log, whatever else its arguments say. */
export function readLogFlags(args: readonly string[]): ForeignCommand["log"] {
  return logOf(readFlags(args, GLOBAL_VALUES, true).values);
}

function logOf(flags: ReadonlyMap<string, string>): ForeignCommand["log"] {
  return {
    path: flags.get("log"),
    format: flags.get("log-format") === "json" ? "json" : "text",
    isDebug: flags.has("debug"),
  };
}

/**
 * Flags as Go programs read them, and the words that are none.
 *
 * @param stopAtWord everything from the first word on belongs to the command; else flags may also follow it, as with crun
 */
function readFlags(
  args: readonly string[],
  takesValue: ReadonlySet<string>,
  stopAtWord: boolean,
): { readonly values: ReadonlyMap<string, string>; readonly words: readonly string[] } {
  const values = new Map<string, string>();
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? "";
    if (arg === "--") return { values, words: [...words, ...args.slice(at + 1)] };
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(arg);
    if (match === null && stopAtWord) return { values, words: args.slice(at) };
    if (match === null) {
      words.push(arg);
      continue;
    }
    const [, name = "", given] = match;
    // runsc has a switch of this name, the others want a value.
    const isValue =
      takesValue.has(name) || (name === "rootless" && /^(true|false|auto)$/.test(args[at + 1] ?? ""));
    values.set(name, given ?? (isValue ? (args[++at] ?? "") : ""));
  }
  return { values, words };
}
