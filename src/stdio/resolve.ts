import { closeSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type { HostPath } from "../core/brand.ts";
import { errnoOf } from "../core/errors.ts";
import { StdioError } from "./errors.ts";
import type { LoggerCommand, StdioRequest } from "./parse.ts";

/** Where one stream goes; assignable to `StdioTarget` in plan/input.ts. */
export type ResolvedStream =
  | { readonly kind: "null" }
  | { readonly kind: "fifo"; readonly path: HostPath }
  | { readonly kind: "file"; readonly path: HostPath }
  | { readonly kind: "logger" };

/** The three streams of a process; assignable to those of `Supervision` in plan/input.ts. */
export interface ResolvedStdio {
  readonly stdin: ResolvedStream;
  readonly stdout: ResolvedStream;
  readonly stderr: ResolvedStream;
  readonly logger?: LoggerCommand;
}

/**
 * Look at what the paths are, and make the file of a `file://` URI with its directories (0755 and 0644, as runc's shim
 * does). Nothing is opened for reading or writing here: a fifo without a peer could block.
 *
 * @throws {StdioError} code "missing" for a plain path that does not exist
 */
export function resolveStdio(request: StdioRequest): ResolvedStdio {
  const stdin = resolvePath("stdin", request.stdin);
  switch (request.kind) {
    case "paths":
      return {
        stdin,
        stdout: resolvePath("stdout", request.stdout),
        stderr: resolvePath("stderr", request.stderr),
      };
    case "file": {
      mkdirSync(dirname(request.file), { recursive: true, mode: 0o755 });
      closeSync(openSync(request.file, "a", 0o644));
      const file = { kind: "file", path: request.file } as const;
      return { stdin, stdout: file, stderr: file };
    }
    case "logger":
      return { stdin, stdout: { kind: "logger" }, stderr: { kind: "logger" }, logger: request.logger };
  }
}

function resolvePath(stream: string, path: HostPath | undefined): ResolvedStream {
  if (path === undefined) return { kind: "null" };
  try {
    return { kind: statSync(path).isFIFO() ? "fifo" : "file", path };
  } catch (error) {
    if (errnoOf(error) !== "ENOENT" && errnoOf(error) !== "ENOTDIR") throw error;
    throw new StdioError("missing", `${stream} ${JSON.stringify(path)} does not exist`, { cause: error });
  }
}
