import { readFileSync } from "node:fs";
import { errnoOf, messageOf } from "../core/errors.ts";
import { writeFileAtomic } from "../host/files.ts";
import type { Daemon } from "./daemons.ts";
import { InstallError } from "./errors.ts";
import type { NodeRoot } from "./node-root.ts";

/** Where the installer keeps what it must know later. The node's path. */
export const RECORD_DIR = "/var/lib/gantry";
export const RECORD_FILE = `${RECORD_DIR}/install.json`;

/** What was installed, written before anything is changed. All paths are the node's. */
export interface InstallRecord {
  /** Other than "installed": an installer was stopped half-way; the next one goes on from there. */
  readonly phase: "installing" | "installed" | "uninstalling";
  readonly version: string;
  readonly daemon: Daemon;
  readonly binDir: string;
  readonly handlers: readonly string[];
  /** Digests by name. */
  readonly programs: Readonly<Record<string, string>>;
  readonly edit: EditRecord;
  /** Directories that did not exist before, outermost first. */
  readonly dirs: readonly string[];
}

/** The one configuration file that was made or changed. */
export interface EditRecord {
  readonly path: string;
  readonly how: "drop-in" | "edit" | "template";
  /** Digest and copy of what was there; absent: there was no such file. */
  readonly before?: { readonly digest: string; readonly backup: string };
  /** Digest of what is there since. */
  readonly after: string;
}

/** @returns undefined when nothing was installed @throws {InstallError} code "bad-config" */
export function readRecord(root: NodeRoot): InstallRecord | undefined {
  const path = root.path(RECORD_FILE);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw new InstallError("bad-config", `cannot read ${RECORD_FILE}: ${messageOf(error)}`, { cause: error });
  }
  let record: InstallRecord;
  try {
    record = JSON.parse(text) as InstallRecord;
  } catch (error) {
    throw new InstallError("bad-config", `${RECORD_FILE} is not JSON: ${messageOf(error)}`, { cause: error });
  }
  if (
    typeof record?.edit?.path !== "string" ||
    typeof record.binDir !== "string" ||
    record.daemon === undefined
  ) {
    throw new InstallError("bad-config", `${RECORD_FILE} is not what gantry node install writes`);
  }
  return record;
}

/** @throws {InstallError} code "write-failed" */
export function writeRecord(root: NodeRoot, record: InstallRecord): void {
  try {
    writeFileAtomic(root.path(RECORD_FILE), `${JSON.stringify(record, undefined, 2)}\n`, 0o600);
  } catch (error) {
    throw new InstallError("write-failed", messageOf(error), { cause: error });
  }
}
