import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readTextIfExists, removeTree } from "../host/files.ts";
import { dumpConfig } from "./daemon-config.ts";
import { InstallError } from "./errors.ts";
import { configPath, type Handler, hasBlock, removeBlock } from "./handlers.ts";
import { profileText } from "./install.ts";
import { findCluster, labelNode } from "./label.ts";
import { lockNode } from "./lock.ts";
import { digestOf, digestOfText, removeEmptyDir, removeFile, stageText } from "./node-files.ts";
import type { NodeRoot } from "./node-root.ts";
import { PROGRAMS } from "./programs.ts";
import { type InstallRecord, RECORD_DIR, RECORD_FILE, readRecord, writeRecord } from "./record.ts";
import { restartDaemon } from "./service.ts";
import { findUsers } from "./users.ts";

export interface UninstallOptions {
  readonly root: NodeRoot;
  readonly force: boolean;
  readonly restart: boolean;
  readonly label: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: (line: string) => void;
  /** Have servers without pods end at once. */
  readonly endServers: () => Promise<void>;
}

const SHOWN_USERS = 5;
const DEFAULT_STATE = "/run/containerd";

/**
 * Take gantry off a node: afterwards it is as it was before the installation, byte for byte. May be repeated.
 *
 * @throws {InstallError} code "in-use" when containers run with it, and others
 */
export async function uninstallNode(options: UninstallOptions): Promise<void> {
  const { root, print, force } = options;
  if (!existsSync(root.path(RECORD_DIR)) || readRecord(root) === undefined) {
    print("gantry node install has put nothing on this node");
    return;
  }
  const lock = lockNode(root.path(RECORD_DIR));
  try {
    const record = readRecord(root);
    if (record === undefined) return; // the one that we have waited for has done it
    const users = findUsers(root, stateOf(root, record));
    if (users.length > 0 && !force) throw inUse(users);
    const cluster = options.label ? findCluster(options.env) : undefined;
    // First, so that no more pods come.
    if (cluster !== undefined) await labelNode(cluster, null);
    writeRecord(root, { ...record, phase: "uninstalling" });
    if (restoreConfig(root, record, print)) await restart(options, record);
    if (users.length === 0) {
      await options.endServers();
      removeTree(root.path("/run/gantry"));
    }
    removeFiles(root, record);
    print(`${record.binDir}: programs removed`);
  } finally {
    lock.release(!existsSync(root.path(RECORD_FILE)));
  }
}

function inUse(users: readonly string[]): InstallError {
  const more = users.length > SHOWN_USERS ? ` and ${users.length - SHOWN_USERS} more` : "";
  const names = `${users.slice(0, SHOWN_USERS).join(", ")}${more}`;
  return new InstallError(
    "in-use",
    `containers of this node run with gantry: ${names}; remove them first, or --force`,
  );
}

function stateOf(root: NodeRoot, { daemon }: InstallRecord): string {
  try {
    const { state } = dumpConfig(root, daemon, daemon.config).toml;
    return typeof state === "string" ? state : DEFAULT_STATE;
  } catch (error) {
    // A daemon that has gone or is broken by now must not keep us on its node.
    if (error instanceof InstallError) return DEFAULT_STATE;
    throw error;
  }
}

/** @returns whether the daemon must be told */
function restoreConfig(root: NodeRoot, { edit }: InstallRecord, print: (line: string) => void): boolean {
  const path = root.path(edit.path);
  const now = readTextIfExists(path);
  if (now === undefined) {
    print(`${edit.path}: is gone`);
    return false;
  }
  if (digestOfText(now) === edit.after) {
    if (edit.before === undefined) removeFile(path);
    else stageText(path, readFileSync(root.path(edit.before.backup)), 0o644).commit();
    print(`${edit.path}: ${edit.before === undefined ? "removed" : "as it was"}`);
    return true;
  }
  if (!hasBlock(now)) {
    print(`${edit.path}: has no lines of ours any more`);
    return false;
  }
  stageText(path, removeBlock(now), 0o644).commit();
  print(`${edit.path}: was changed since the installation; our lines are removed, the rest is as it is now`);
  return true;
}

async function restart(
  { root, restart: isWanted, print }: UninstallOptions,
  { daemon }: InstallRecord,
): Promise<void> {
  const unit = isWanted ? await restartDaemon(root, daemon) : undefined;
  const byHand = `${daemon.kind} was not restarted; now restart it: systemctl restart ${daemon.units.join(" or ")}`;
  print(unit === undefined ? byHand : `${unit}: restarted`);
}

function removeFiles(root: NodeRoot, record: InstallRecord): void {
  for (const name of PROGRAMS) removeFile(root.path(join(record.binDir, name)));
  for (const handler of record.handlers as readonly Handler[]) {
    const path = configPath(handler);
    if (path === undefined) continue;
    if (digestOf(root.path(path)) === digestOfText(profileText(handler))) removeFile(root.path(path));
  }
  if (record.edit.before !== undefined) removeFile(root.path(record.edit.before.backup));
  removeFile(root.path(RECORD_FILE));
  for (const dir of [...record.dirs].reverse()) if (dir !== RECORD_DIR) removeEmptyDir(root.path(dir));
}
