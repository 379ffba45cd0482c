import { ShimError } from "./errors.ts";

/** The shim's command line (containerd passes Go flags: one dash, value as the next argument). */
export interface ShimArgs {
  /** "start", "delete", or "" for none. */
  readonly action: string;
  readonly containerdNamespace: string;
  readonly id: string;
  /** containerd's gRPC socket, a path without scheme. */
  readonly address: string;
  readonly publishBinary: string;
  readonly bundle: string;
  readonly isDebug: boolean;
  readonly wantsInfo: boolean;
  readonly wantsVersion: boolean;
}

/** gantry-shimd's command line, as a stub or a front makes it (docs/decisions/005). */
export interface ServerArgs {
  readonly address: string;
  readonly nodeDir: string;
  /** The listening socket. */
  readonly listenFd: number;
  readonly isDebug: boolean;
}

const STRING_FLAGS = [
  "namespace",
  "id",
  "address",
  "publish-binary",
  "bundle",
  "node-dir",
  "listen-fd",
  "lock-fd",
] as const;
const BOOL_FLAGS = ["debug", "info", "v", "version"] as const;

/**
 * Take the command line apart. A flag we do not know is skipped, with its value when the next argument looks like one:
 * a newer containerd may send flags that did not exist when this was written.
 *
 * @param argv without the program's own name
 * @throws {ShimError} code "bad-arguments" for a flag without its value
 */
export function parseShimArgs(argv: readonly string[]): ShimArgs {
  const { action, text, bools } = parseFlags(argv);
  return {
    action,
    containerdNamespace: text("namespace"),
    id: text("id"),
    address: text("address"),
    publishBinary: text("publish-binary"),
    bundle: text("bundle"),
    isDebug: bools.has("debug"),
    wantsInfo: bools.has("info"),
    wantsVersion: bools.has("v") || bools.has("version"),
  };
}

/** @throws {ShimError} code "bad-arguments": nobody but a stub or a front starts the server */
export function parseServerArgs(argv: readonly string[]): ServerArgs {
  const { text, bools } = parseFlags(argv);
  const nodeDir = text("node-dir");
  const listenFd = text("listen-fd");
  if (!nodeDir.startsWith("/") || !/^\d{1,6}$/.test(listenFd)) {
    throw new ShimError(
      "bad-arguments",
      "gantry-shimd is started by containerd-shim-gantry-v2, with -node-dir and -listen-fd",
    );
  }
  return { address: text("address"), nodeDir, listenFd: Number(listenFd), isDebug: bools.has("debug") };
}

interface Flags {
  readonly action: string;
  readonly bools: ReadonlySet<string>;
  text(name: (typeof STRING_FLAGS)[number]): string;
}

function parseFlags(argv: readonly string[]): Flags {
  const strings = new Map<string, string>();
  const bools = new Set<string>();
  let action = "";
  for (let i = 0; i < argv.length; i++) {
    const arg = argv[i] ?? "";
    if (arg === "--" || !/^--?[A-Za-z]/.test(arg)) {
      // The first argument that is no flag is the action, and ends the flags.
      action = arg === "--" ? (argv[i + 1] ?? "") : arg;
      break;
    }
    const [name = "", inline] = splitFlag(arg);
    if (isOneOf(BOOL_FLAGS, name)) {
      if (inline === undefined || /^(1|t|true)$/i.test(inline)) bools.add(name);
    } else if (inline !== undefined) {
      strings.set(name, inline);
    } else if (isOneOf(STRING_FLAGS, name)) {
      const value = argv[i + 1];
      if (value === undefined) throw new ShimError("bad-arguments", `flag needs an argument: -${name}`);
      strings.set(name, value);
      i += 1;
    } else if (looksLikeValue(argv[i + 1])) {
      i += 1;
    }
  }
  return { action, bools, text: (name) => strings.get(name) ?? "" };
}

function splitFlag(arg: string): [string, string | undefined] {
  const bare = arg.replace(/^--?/, "");
  const equals = bare.indexOf("=");
  return equals < 0 ? [bare, undefined] : [bare.slice(0, equals), bare.slice(equals + 1)];
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function looksLikeValue(arg: string | undefined): boolean {
  return arg !== undefined && !arg.startsWith("-") && arg !== "start" && arg !== "delete";
}
