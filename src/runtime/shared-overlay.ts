import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

import { readMountinfo } from "../host/mountinfo.ts";
import { compileUnmountPlan } from "../plan/host-mounts.ts";
import { compilePrepare, type PrepareOperation } from "../plan/prepare.ts";
import { withLock } from "../state/lock.ts";
import { carryOut } from "./carry-out.ts";
import type { RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";
import { isListed } from "./leases.ts";

/*
 * An overlay that several containers share lives in one directory: `upper` and `work`, the mount `merged` while there are
 * users, and `holders`, a symbolic link for each user to its container's directory. A link counts while that container's record
 * lists the overlay. What was written stays when the last user goes.
 */

export type SharedOverlay = Extract<PrepareOperation, { kind: "shared-overlay" }>;

const LOCK_OPTIONS = { timeoutMs: 30_000 };

/** Use an overlay that the record of the container lists already: the first user mounts it. @throws {ExecutorError} */
export async function joinOverlay(
  context: RuntimeContext,
  overlay: SharedOverlay,
  stateDir: string,
): Promise<void> {
  const { directory, lower } = overlay;
  const [holders, upper, work, merged] = partsOf(directory);
  await withOverlays(dirname(directory), async () => {
    context.faults.step(`join overlay ${directory}`);
    for (const path of [directory, holders]) mkdirSync(path, { recursive: true, mode: 0o700 });
    const link = linkOf(directory, stateDir);
    if (!isThere(link)) symlinkSync(stateDir, link);
    if (isMounted(merged)) return;
    context.faults.step(`fill overlay ${directory}`);
    for (const path of [upper, work, merged]) mkdirSync(path, { recursive: true });
    chmodSync(upper, statSync(lower).mode & 0o7777); // it is the root that they see
    for (const file of overlay.files) replaceFile(upper, lower, file);
    const options = [`lowerdir=${lower}`, `upperdir=${upper}`, `workdir=${work}`];
    const mount = { kind: "mount", type: "overlay", source: "overlay", target: merged, options } as const;
    const plan = {
      ops: [{ kind: "stage", stage: "host" } as const, ...compilePrepare([mount])],
      warnings: [],
    };
    await carryOut(context, plan, stateDir, { lockedDir: stateDir });
  });
}

/** Stop using an overlay: the last user unmounts it. @throws {ExecutorError} */
export async function leaveOverlay(
  context: RuntimeContext,
  directory: string,
  stateDir: string,
): Promise<void> {
  if (!existsSync(directory)) return;
  await withOverlays(dirname(directory), async () => {
    context.faults.step(`leave overlay ${directory}`);
    rmSync(linkOf(directory, stateDir), { force: true });
    if (holdersOf(directory).length === 0) await unmount(context, directory, stateDir);
  });
}

/** What there is to know about one overlay. */
export interface OverlayState {
  readonly name: string;
  readonly directory: string;
  /** Ids of the containers that use it. */
  readonly users: readonly string[];
  /** Files that differ from the node's, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  /** When it was last left or joined. */
  readonly changedAt: Date;
}

/** Every overlay below a directory, by name. */
export function listOverlays(base: string): readonly OverlayState[] {
  return namesOf(base).map((name) => {
    const directory = join(base, name);
    const [holders, upper] = partsOf(directory);
    const users = holdersOf(directory).map((stateDir) => basename(stateDir));
    const changedAt = statSync(existsSync(holders) ? holders : directory).mtime;
    return { name, directory, users, ...sizeOf(upper), changedAt };
  });
}

/**
 * Forget what was written to an overlay; with `isRemoved` the whole of it.
 *
 * @throws {RuntimeError} code "no-overlay", or "in-use" naming the containers that use it
 */
export async function clearOverlay(
  context: RuntimeContext,
  base: string,
  name: string,
  isRemoved: boolean,
): Promise<void> {
  if (!namesOf(base).includes(name)) {
    throw new RuntimeError("no-overlay", `no overlay ${JSON.stringify(name)} in ${base}`);
  }
  const directory = join(base, name);
  await withOverlays(base, async () => {
    const users = holdersOf(directory);
    if (users.length > 0) {
      const ids = users.map((stateDir) => basename(stateDir)).join(", ");
      throw new RuntimeError("in-use", `overlay ${name} is in use by ${ids}`);
    }
    await unmount(context, directory, base);
    const [, upper, work] = partsOf(directory);
    for (const path of isRemoved ? [directory] : [upper, work])
      rmSync(path, { recursive: true, force: true });
  });
}

function partsOf(directory: string): readonly [string, string, string, string] {
  const at = (name: string): string => join(directory, name);
  return [at("holders"), at("upper"), at("work"), at("merged")];
}

/** One at a time below one base. */
async function withOverlays(base: string, fn: () => Promise<void>): Promise<void> {
  const turn = join(base, ".turn");
  mkdirSync(join(turn, "lock"), { recursive: true, mode: 0o700 });
  await withLock(turn, LOCK_OPTIONS, fn);
}

function namesOf(base: string): string[] {
  if (!existsSync(base)) return [];
  return readdirSync(base)
    .filter((name) => !name.startsWith("."))
    .sort();
}

function linkOf(directory: string, stateDir: string): string {
  return join(directory, "holders", createHash("sha256").update(stateDir).digest("hex"));
}

/** The directories of the containers that use it. Links of others are removed. */
function holdersOf(directory: string): string[] {
  const [holders] = partsOf(directory);
  if (!existsSync(holders)) return [];
  return readdirSync(holders).flatMap((name) => {
    const link = join(holders, name);
    const stateDir = readlinkSync(link);
    if (isListed(stateDir, (step) => step.kind === "leave" && step.overlay === directory)) return [stateDir];
    unlinkSync(link);
    return [];
  });
}

async function unmount(context: RuntimeContext, directory: string, scratchDir: string): Promise<void> {
  const [, , , merged] = partsOf(directory);
  if (isMounted(merged)) await carryOut(context, compileUnmountPlan(merged), scratchDir);
}

function isMounted(path: string): boolean {
  return readMountinfo("self", (line) => line.includes(` ${path} `)).length > 0;
}

/** A copy with other content; one that is there, or was removed, since is the users' own. */
function replaceFile(upper: string, lower: string, file: SharedOverlay["files"][number]): void {
  const path = join(upper, file.path);
  if (isThere(path)) return;
  copyDirectory(upper, lower, dirname(file.path));
  const unfinished = join(dirname(upper), "unfinished");
  writeFileSync(unfinished, file.content, { mode: 0o600 });
  chownSync(unfinished, file.uid, file.gid);
  chmodSync(unfinished, file.mode); // after chown, which clears some bits
  renameSync(unfinished, path);
}

function copyDirectory(upper: string, lower: string, path: string): void {
  const copy = join(upper, path);
  if (isThere(copy)) return;
  copyDirectory(upper, lower, dirname(path));
  const { mode, uid, gid } = statSync(join(lower, path));
  mkdirSync(copy);
  chownSync(copy, uid, gid);
  chmodSync(copy, mode & 0o7777);
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function sizeOf(directory: string): Pick<OverlayState, "files" | "bytes"> {
  let files = 0;
  let bytes = 0;
  if (!existsSync(directory)) return { files, bytes };
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    files += 1;
    bytes += lstatSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return { files, bytes };
}
