import { createHash } from "node:crypto";
import { mkdirSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { basename, join } from "node:path";

import { errnoOf } from "../core/errors.ts";
import { readTextIfExists } from "../host/files.ts";
import { withLock } from "../state/lock.ts";
import { parseContainerRecord, type UndoStep } from "../state/record.ts";
import type { RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";

/*
 * A lease is a symbolic link in the node's lease directory, named by a hash of what is leased, that leads to the directory of the
 * container that holds it. It counts while that container's record lists it.
 */

const LOCK_OPTIONS = { timeoutMs: 10_000 };

/**
 * Take a lease for a container whose record lists it already.
 *
 * @throws {RuntimeError} code "in-use", naming the container that holds it
 */
export async function takeLease(context: RuntimeContext, name: string, stateDir: string): Promise<void> {
  await withLeases(context, (directory) => {
    context.faults.step(`lease ${name}`);
    const link = linkOf(directory, name);
    const holder = readHolder(link);
    if (holder !== undefined && holder !== stateDir) {
      if (isHeld(holder, name)) {
        throw new RuntimeError(
          "in-use",
          `${JSON.stringify(name)} is in use by container ${basename(holder)}`,
        );
      }
      unlinkSync(link);
    }
    if (holder !== stateDir) symlinkSync(stateDir, link);
  });
}

/** Let go of a lease; one that is another container's, or nobody's, is left alone. */
export async function releaseLease(context: RuntimeContext, name: string, stateDir: string): Promise<void> {
  await withLeases(context, (directory) => {
    context.faults.step(`release ${name}`);
    const link = linkOf(directory, name);
    if (readHolder(link) === stateDir) unlinkSync(link);
  });
}

/** One at a time on the whole node: a lease of a dead container may be replaced. */
async function withLeases(context: RuntimeContext, fn: (directory: string) => void): Promise<void> {
  const directory = context.leaseDir;
  // Not `lock` in the directory itself: that would look like a container's.
  const turn = join(directory, "turn");
  mkdirSync(join(turn, "lock"), { recursive: true, mode: 0o700 });
  await withLock(turn, LOCK_OPTIONS, () => fn(directory));
}

function linkOf(directory: string, name: string): string {
  return join(directory, createHash("sha256").update(name).digest("hex"));
}

function readHolder(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function isHeld(stateDir: string, name: string): boolean {
  return isListed(stateDir, (step) => step.kind === "release" && step.lease === name);
}

/** Whether a container has something to undo. A record that cannot be read may list it. */
export function isListed(stateDir: string, isMeant: (step: UndoStep) => boolean): boolean {
  const file = join(stateDir, "state.json");
  const text = readTextIfExists(file);
  if (text === undefined) return false;
  try {
    return parseContainerRecord(text, file).undo.some(isMeant);
  } catch {
    return true; // as said
  }
}
