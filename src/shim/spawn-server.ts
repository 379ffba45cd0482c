import { spawn } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { errnoOf, messageOf } from "../core/errors.ts";
import { ShimError } from "./errors.ts";

/** How the server is started. */
export interface ServerCall {
  /** Executable and first arguments of gantry-shimd. */
  readonly command: readonly [string, ...string[]];
  readonly args: readonly string[];
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  /** `GANTRY_SHIM_LOG`; empty: the bundle's fifo. */
  readonly logFile: string;
}

/** What a server says on descriptor 3 before it closes it; one line. */
export type Readiness =
  | { readonly type: "listening"; readonly pid: number }
  /** Another server was quicker; the one that was started has ended. */
  | { readonly type: "taken" };

/** Descriptor on which the server reports. Not 1: what it inherits there would keep containerd waiting. */
export const READY_FD = 3;
const READY_TIMEOUT_MS = 10_000;
const MAX_REPORT_CHARS = 4096;

/**
 * Start gantry-shimd in a session of its own and wait until its socket accepts connections.
 * @throws {ShimError} codes "server-failed", with what it had to say, and "bad-arguments" for its log
 */
export async function spawnServer(call: ServerCall): Promise<Readiness> {
  const [executable, ...firstArgs] = call.command;
  const stderr = openStderr(call);
  try {
    const child = spawn(executable, [...firstArgs, ...call.args], {
      cwd: "/", // the bundle may be removed at any time, and the engine does not start in a directory that is gone
      env: call.env,
      detached: true,
      stdio: ["ignore", "ignore", stderr ?? "ignore", "pipe"],
    });
    const failed = new Promise<never>((_, reject) => {
      child.on("error", (error) =>
        reject(new ShimError("server-failed", `cannot execute ${executable}: ${messageOf(error)}`)),
      );
    });
    const report = await Promise.race([readReport(child.stdio[READY_FD] as Readable | null), failed]);
    const [word, detail] = splitOnce(report);
    if (word === "listening" && child.pid !== undefined) {
      child.unref();
      return { type: "listening", pid: child.pid };
    }
    if (word === "taken") return { type: "taken" };
    child.kill("SIGKILL");
    throw new ShimError(
      "server-failed",
      `gantry-shimd did not start: ${detail || word || "it said nothing"}`,
    );
  } finally {
    if (stderr !== undefined) closeSync(stderr);
  }
}

function readReport(stream: Readable | null): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const timer = setTimeout(() => finish("failed not ready in time"), READY_TIMEOUT_MS);
    const finish = (report: string): void => {
      clearTimeout(timer);
      stream?.destroy();
      resolve(report.trim());
    };
    stream?.on("data", (chunk: Buffer) => {
      text += chunk.toString("utf8");
      // One line is all there is; its end of file may be held open by a process that the server starts.
      if (text.includes("\n") || text.length > MAX_REPORT_CHARS) finish(text);
    });
    stream?.on("error", () => finish(text));
    stream?.on("end", () => finish(text));
  });
}

/**
 * Where the engine's own last words go. Without a reader a fifo cannot be opened, and nobody misses them.
 * @throws {ShimError} code "bad-arguments" for a `GANTRY_SHIM_LOG` that nothing can be written to: whoever set it waits for lines
 */
function openStderr({ logFile, bundle }: ServerCall): number | undefined {
  if (logFile !== "" && !logFile.startsWith("/")) {
    // It would be another file for `start`, in the bundle, than for the server.
    throw new ShimError(
      "bad-arguments",
      `GANTRY_SHIM_LOG: ${JSON.stringify(logFile)} is not an absolute path`,
    );
  }
  const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
  try {
    if (logFile === "") return openSync(join(bundle, "log"), flags);
    return openSync(logFile, flags | constants.O_CREAT | constants.O_APPEND, 0o640);
  } catch (error) {
    if (logFile === "" || errnoOf(error) === "ENXIO") return undefined;
    throw new ShimError("bad-arguments", `GANTRY_SHIM_LOG: ${messageOf(error)}`, { cause: error });
  }
}

function splitOnce(text: string): readonly [string, string] {
  const space = text.indexOf(" ");
  return space < 0 ? [text, ""] : [text.slice(0, space), text.slice(space + 1)];
}
