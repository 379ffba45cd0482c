import type { HostPath } from "../core/brand.ts";
import { StdioError } from "./errors.ts";

/** containerd's three stdio strings of a process, verbatim. */
export interface StdioStrings {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly hasTerminal: boolean;
}

/** What a logging program is told about the process it logs. */
export interface LoggedProcess {
  /** The exec id, or the container id for init. */
  readonly processId: string;
  readonly containerdNamespace: string;
}

/** What the strings ask for, before the file system was looked at. */
export type StdioRequest =
  | {
      readonly kind: "paths";
      /** Absent: /dev/null. With a terminal `stderr` is always absent. */
      readonly stdin?: HostPath;
      readonly stdout?: HostPath;
      readonly stderr?: HostPath;
    }
  | { readonly kind: "file"; readonly stdin?: HostPath; readonly file: HostPath }
  | { readonly kind: "logger"; readonly stdin?: HostPath; readonly logger: LoggerCommand };

/** A logging program as the process starts it; the shape of `LoggerProgram` in plan/input.ts. */
export interface LoggerCommand {
  readonly path: HostPath;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  /** `binary-v2`: ready only after a byte on fd 5, not at its end of file. */
  readonly needsByte: boolean;
}

/**
 * Understand containerd's stdio strings. The scheme of stdout decides, as in runc's shim: a path or `fifo://` means
 * fifos (or existing files), `file://` one file for both outputs, `binary://` and `binary-v2://` a logging program.
 *
 * @param logged names the process for a logging program's environment
 * @throws {StdioError} code "unknown-scheme" or "bad-uri", naming the stream
 */
export function parseStdio(strings: StdioStrings, logged: LoggedProcess): StdioRequest {
  const stdin = parsePath("stdin", strings.stdin);
  const output = splitScheme(strings.stdout);
  const withStdin = stdin === undefined ? {} : { stdin };
  switch (output.scheme) {
    case "":
    case "fifo": {
      const stdout = parsePath("stdout", strings.stdout);
      // With a terminal there is one output; clients may name a stderr all the same.
      const stderr = strings.hasTerminal ? undefined : parsePath("stderr", strings.stderr);
      return { kind: "paths", ...withStdin, ...(stdout && { stdout }), ...(stderr && { stderr }) };
    }
    case "file":
      return { kind: "file", ...withStdin, file: absolutePath("stdout", strings.stdout, output.rest) };
    case "binary":
    case "binary-v2":
      return {
        kind: "logger",
        ...withStdin,
        logger: parseLogger(strings.stdout, output.rest, output.scheme === "binary-v2", logged),
      };
    default:
      throw new StdioError(
        "unknown-scheme",
        `stdout ${JSON.stringify(strings.stdout)}: unknown STDIO scheme`,
      );
  }
}

function parsePath(stream: string, text: string): HostPath | undefined {
  if (text === "") return undefined;
  const { scheme, rest } = splitScheme(text);
  if (scheme !== "" && scheme !== "fifo") {
    throw new StdioError("unknown-scheme", `${stream} ${JSON.stringify(text)}: expected a path or fifo://`);
  }
  return absolutePath(stream, text, scheme === "" ? rest : decode(stream, text, rest));
}

function parseLogger(text: string, rest: string, needsByte: boolean, logged: LoggedProcess): LoggerCommand {
  const question = rest.indexOf("?");
  const path = question < 0 ? rest : rest.slice(0, question);
  const query = new URLSearchParams(question < 0 ? "" : rest.slice(question + 1));
  const program = absolutePath("stdout", text, decode("stdout", text, path));
  // runc's shim passes each parameter's name, then its first value, and nothing of its own environment.
  const argv: string[] = [program];
  for (const key of new Set(query.keys())) {
    argv.push(key);
    const value = query.get(key);
    if (value) argv.push(value);
  }
  if (argv.some((arg) => arg.includes("\0"))) {
    throw new StdioError("bad-uri", `stdout ${JSON.stringify(text)} holds a NUL byte`);
  }
  const env = [`CONTAINER_ID=${logged.processId}`, `CONTAINER_NAMESPACE=${logged.containerdNamespace}`];
  return { path: program, argv, env, needsByte };
}

function splitScheme(text: string): { readonly scheme: string; readonly rest: string } {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(text);
  if (match?.[1] === undefined) return { scheme: "", rest: text };
  return { scheme: match[1].toLowerCase(), rest: text.slice(match[0].length) };
}

function decode(stream: string, text: string, path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    throw new StdioError("bad-uri", `${stream} ${JSON.stringify(text)}: broken %-escape`, { cause: error });
  }
}

function absolutePath(stream: string, text: string, path: string): HostPath {
  if (!path.startsWith("/") || path.includes("\0")) {
    throw new StdioError("bad-uri", `${stream} ${JSON.stringify(text)}: expected an absolute path`);
  }
  return path as HostPath;
}
