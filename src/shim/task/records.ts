import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../core/errors.ts";
import type { EventMount } from "../../events/task-event.ts";
import { readTextIfExists, removeKnown, writeFileAtomic, writeNewFile } from "../../host/files.ts";
import { ShimError } from "../errors.ts";

/** containerd's stdio strings and the terminal flag, which State must give back as they came. */
export interface StdioRecord {
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly hasTerminal: boolean;
}

/** `<bundle>/task.json`: what the shim was told at Create. What becomes of the container is not in it, the kernel and the monitor know. */
export interface TaskRecord extends StdioRecord {
  readonly id: string;
  readonly bundle: string;
  readonly containerdNamespace: string;
  readonly stateRoot: string;
  /** The gantry-runtime that made it, and that later commands go to. */
  readonly runtimePath: string;
  /** The group's socket. */
  readonly socket: string;
}

/** `<bundle>/execs/<execId>/record.json`: what the shim was told at Exec; the process spec is in `process.json` beside it. */
export interface ExecRecord extends StdioRecord {
  readonly execId: string;
}

/** How init ended, kept in the bundle when its state directory goes: `delete` may be asked later. */
export interface LastExit {
  readonly pid: number;
  readonly exitStatus: number;
  readonly exitedAtNs: bigint;
}

/** Write a task's record (0600), in one step. */
export function writeTaskRecord(record: TaskRecord): void {
  writeFileAtomic(join(record.bundle, "task.json"), `${JSON.stringify(record)}\n`, 0o600);
}

/** Read a task's record. @returns undefined when there is none. @throws {ShimError} code "corrupt" */
export function readTaskRecord(bundle: string): TaskRecord | undefined {
  const file = join(bundle, "task.json");
  const text = readTextIfExists(file);
  if (text === undefined) return undefined;
  const fields = parseFields(text, file);
  return {
    id: fields.string("id"),
    bundle,
    containerdNamespace: fields.string("containerdNamespace"),
    stateRoot: fields.string("stateRoot"),
    runtimePath: fields.string("runtimePath"),
    socket: fields.string("socket"),
    ...readStdio(fields),
  };
}

/** The mounts of the root filesystem that a container was created with; none when there is no file. */
export function readRootfsMounts(bundle: string): EventMount[] {
  const text = readTextIfExists(join(bundle, "rootfs-mounts.json"));
  return text === undefined ? [] : (JSON.parse(text) as EventMount[]); // written by `client/create.ts`
}

/** Undo `writeTaskRecord`: the container was not made. */
export function removeTaskRecord(bundle: string): void {
  rmSync(join(bundle, "task.json"), { force: true });
}

/** Where the process spec of an exec is kept for the runtime. */
export function processSpecPath(bundle: string, execId: string): string {
  return join(execDirectory(bundle, execId), "process.json");
}

/** Write an exec's record and its process spec. */
export function writeExecRecord(bundle: string, record: ExecRecord, processSpec: string | Uint8Array): void {
  mkdirSync(execDirectory(bundle, record.execId), { recursive: true, mode: 0o700 });
  writeNewFile(processSpecPath(bundle, record.execId), Buffer.from(processSpec), 0o600);
  // The record comes last: an exec is there when its record is.
  writeFileAtomic(execPath(bundle, record.execId), `${JSON.stringify(record)}\n`, 0o600);
}

/** Every exec that was added and not deleted. @throws {ShimError} code "corrupt" */
export function readExecRecords(bundle: string): ExecRecord[] {
  let names: string[];
  try {
    names = readdirSync(join(bundle, "execs"));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
  return names.flatMap((execId) => {
    const file = execPath(bundle, execId);
    const text = readTextIfExists(file);
    return text === undefined ? [] : [{ execId, ...readStdio(parseFields(text, file)) }];
  });
}

/** Remove an exec's record, which goes first, and its process spec. */
export function removeExecRecord(bundle: string, execId: string): void {
  const directory = execDirectory(bundle, execId);
  if (!removeKnown(directory, ["record.json", "process.json"]))
    rmSync(directory, { force: true, recursive: true });
}

/** Keep how init ended. */
export function writeLastExit(bundle: string, exit: LastExit): void {
  const text = JSON.stringify({ ...exit, exitedAtNs: exit.exitedAtNs.toString() });
  writeFileAtomic(join(bundle, "exit.json"), `${text}\n`, 0o600);
}

/** How init ended, if it was deleted. @throws {ShimError} code "corrupt" */
export function readLastExit(bundle: string): LastExit | undefined {
  const file = join(bundle, "exit.json");
  const text = readTextIfExists(file);
  if (text === undefined) return undefined;
  const fields = parseFields(text, file);
  const exitedAt = fields.string("exitedAtNs");
  if (!/^\d{1,19}$/.test(exitedAt)) throw corrupt(file, '"exitedAtNs" is not a decimal string');
  return {
    pid: fields.number("pid"),
    exitStatus: fields.number("exitStatus"),
    exitedAtNs: BigInt(exitedAt),
  };
}

function execPath(bundle: string, execId: string): string {
  return join(execDirectory(bundle, execId), "record.json");
}

// A directory for each: a name made of the id and an ending could be another id's.
function execDirectory(bundle: string, execId: string): string {
  return join(bundle, "execs", execId);
}

interface Fields {
  string(name: string): string;
  number(name: string): number;
  boolean(name: string): boolean;
}

function readStdio(fields: Fields): StdioRecord {
  return {
    stdin: fields.string("stdin"),
    stdout: fields.string("stdout"),
    stderr: fields.string("stderr"),
    hasTerminal: fields.boolean("hasTerminal"),
  };
}

function parseFields(text: string, file: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ShimError("corrupt", `Cannot read ${file}: not JSON`, { cause: error });
  }
  const object = (typeof value === "object" && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >;
  return {
    string(name) {
      const field = object[name];
      if (typeof field !== "string") throw corrupt(file, `"${name}" is not a string`);
      return field;
    },
    number(name) {
      const field = object[name];
      if (typeof field !== "number") throw corrupt(file, `"${name}" is not a number`);
      return field;
    },
    boolean(name) {
      const field = object[name];
      if (typeof field !== "boolean") throw corrupt(file, `"${name}" is not true or false`);
      return field;
    },
  };
}

function corrupt(file: string, problem: string): ShimError {
  return new ShimError("corrupt", `Cannot read ${file}: ${problem}`);
}
