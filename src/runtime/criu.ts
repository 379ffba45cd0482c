import { accessSync, closeSync, constants, openSync, readSync, rmSync, statSync } from "node:fs";
import { resolve } from "node:path";

import type { HostPath } from "../core/brand.ts";
import { parseHostPath } from "../core/ids.ts";
import { ExecutorError } from "../executor/errors.ts";
import { describeStep } from "../executor/report.ts";
import type { CriuSettings } from "../plan/criu.ts";
import { environmentList, type RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";

/** What the caller says about criu's work; the rest of `CriuSettings` is found out here. */
export type CriuRequest<Settings extends CriuSettings> = Omit<Settings, "criu" | "env">;

/** Add where criu is and what it is started with. @throws {RuntimeError} code "no-criu" */
export function completeSettings<Settings extends CriuSettings>(
  context: RuntimeContext,
  request: CriuRequest<Settings>,
): CriuRequest<Settings> & Pick<CriuSettings, "criu" | "env"> {
  return { ...request, criu: findCriu(context), env: environmentList(context) };
}

function findCriu(context: RuntimeContext): HostPath {
  const candidates = (context.env["PATH"] ?? "").split(":").map((dir) => resolve(dir, "criu"));
  const found = candidates.find(isExecutable);
  if (found === undefined) {
    const message = 'criu executable not found in $PATH: checkpoint and restore need it (package "criu")';
    throw new RuntimeError("no-criu", message);
  }
  return parseHostPath(found, "criu");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** @throws {RuntimeError} code "bad-images" unless it is a directory */
export function assertDirectory(path: HostPath, what: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new RuntimeError("bad-images", `${what} ${JSON.stringify(path)} is not a directory`);
}

/**
 * Run what criu has a part in. Its failure is told with what its log says, and where that is.
 *
 * @param what it was to do: `checkpoint container "web"`
 * @throws {RuntimeError} code "criu-failed"; what `body` throws otherwise
 */
export async function withCriuLog<T>(what: string, log: string, body: () => Promise<T>): Promise<T> {
  rmSync(log, { force: true }); // an earlier one must not be quoted as this one's
  try {
    return await body();
  } catch (error) {
    if (!(error instanceof ExecutorError) || error.step?.op !== "criu") throw error;
    // criu's own word for what went wrong is the first error it met, which may be a harmless one.
    const lines = lastErrors(log);
    const reason = lines.length === 0 ? describeStep(error.step) : `criu failed: ${lines.join("; ")}`;
    const message = `cannot ${what}: ${reason}\nlog file: ${log}`;
    throw new RuntimeError("criu-failed", message, { cause: error });
  }
}

const TAIL_BYTES = 256 * 1024;
const QUOTED_LINES = 4;
/** Said of every criu without CAP_SYS_RESOURCE, and harmless. */
const NOISE = /Can't setup RLIMIT_NOFILE for self/;

/** The last lines of a criu log that are about errors, without time and place in criu's sources. */
function lastErrors(log: string): string[] {
  return readTail(log)
    .split("\n")
    .filter((line) => /\bError\b/.test(line) && !NOISE.test(line))
    .slice(-QUOTED_LINES)
    .map((line) => line.replace(/^\([\d.]+\)\s*/, "").trim());
}

function readTail(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return ""; // criu did not get as far as its log
  }
  try {
    const start = Math.max(0, statSync(path).size - TAIL_BYTES);
    const buffer = Buffer.alloc(TAIL_BYTES);
    return buffer.toString("utf8", 0, readSync(fd, buffer, 0, TAIL_BYTES, start));
  } finally {
    closeSync(fd);
  }
}
