import { join } from "node:path";
import { readTextIfExists } from "../host/files.ts";
import { ClientError } from "./errors.ts";

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, clock ticks since boot. */
  readonly startTime: number;
}

/** How a process ended: the monitor's `exit.json` (docs/plan-format.md, "Process directory"). */
export interface ExitRecord {
  readonly pid: number;
  /** 0…255, or 128 + signal. */
  readonly status: number;
  readonly exitedAtNs: bigint;
  /** The kernel's OOM killer struck in the container's cgroup. */
  readonly isOom: boolean;
}

/** Directory of init's monitor. */
export function initDir(stateRoot: string, id: string): string {
  return join(stateRoot, id, "init");
}

/** Directory of an exec's monitor. */
export function execDir(stateRoot: string, id: string, execId: string): string {
  return join(stateRoot, id, "execs", execId);
}

/** Read `<processDir>/pid`. @returns undefined when there is none (yet) */
export function readProcessIdentity(processDir: string): ProcessIdentity | undefined {
  const match = /^(\d+) (\d+)\n?$/.exec(readTextIfExists(join(processDir, "pid")) ?? "");
  return match ? { pid: Number(match[1]), startTime: Number(match[2]) } : undefined;
}

/**
 * Read `<processDir>/exit.json`.
 *
 * @returns undefined when there is none: the process lives, or its monitor was killed
 * @throws {ClientError} code "corrupt"
 */
export function readExitRecord(processDir: string): ExitRecord | undefined {
  const file = join(processDir, "exit.json");
  const text = readTextIfExists(file);
  return text === undefined ? undefined : parseExitRecord(text, file);
}

/** Parse the text of an exit.json. @throws {ClientError} code "corrupt", naming file and field */
export function parseExitRecord(text: string, file: string): ExitRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ClientError("corrupt", `Cannot read ${file}: not JSON`, { cause: error });
  }
  if (typeof value !== "object" || value === null) throw corrupt(file, "is no object");
  const { pid, status, exitedAt, oom } = value as Readonly<Record<string, unknown>>;
  if (typeof pid !== "number") throw corrupt(file, '"pid" is not a number');
  if (typeof status !== "number" || !Number.isInteger(status) || status < 0 || status > 255) {
    throw corrupt(file, '"status" is not in 0…255');
  }
  if (typeof exitedAt !== "string" || !/^\d{1,19}$/.test(exitedAt)) {
    throw corrupt(file, '"exitedAt" is not a decimal string');
  }
  return { pid, status, exitedAtNs: BigInt(exitedAt), isOom: oom === true };
}

function corrupt(file: string, problem: string): ClientError {
  return new ClientError("corrupt", `Cannot read ${file}: ${problem}`);
}
