import { readdirSync, rmdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { errnoOf } from "../core/errors.ts";
import { readTextIfExists } from "../host/files.ts";
import { CgroupError } from "./errors.ts";
import type { CgroupPaths } from "./types.ts";

/** Every directory of a cgroup, each once. */
export function listDirs({ paths }: CgroupPaths): string[] {
  return [...new Set(Object.values(paths))];
}

/**
 * The processes of a cgroup and of those below it, each once, ascending. A missing directory has none. Processes
 * outside our pid namespace, which the kernel shows as 0, are left out.
 */
export function listPids(dir: string): number[] {
  const pids = new Set<number>();
  collectPids(dir, pids);
  return [...pids].sort((a, b) => a - b);
}

function collectPids(dir: string, pids: Set<number>): void {
  for (const line of readMembers(dir).split("\n")) {
    const pid = Number(line);
    if (pid > 0) pids.add(pid);
  }
  for (const child of listChildren(dir)) collectPids(`${dir}/${child}`, pids);
}

function readMembers(dir: string): string {
  try {
    return readTextIfExists(`${dir}/cgroup.procs`) ?? "";
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== "EOPNOTSUPP" && errno !== "ENOTSUP") throw error;
    return readTextIfExists(`${dir}/cgroup.threads`) ?? ""; // a threaded v2 cgroup has no cgroup.procs to read
  }
}

/** Names of the cgroups directly below. */
export function listChildren(dir: string): string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR" || errno === "ENODEV") return [];
    throw error;
  }
}

/** Waits between tries, ms: a killed process leaves its cgroup only once it is dead, which may take a while. */
const RETRY_MS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/**
 * Remove a cgroup and those below it; already gone is fine.
 * @throws {CgroupError} code "remove-failed" when it stays busy for about a second
 */
export async function removeCgroup(dir: string): Promise<void> {
  for (const waitMs of [...RETRY_MS, undefined]) {
    const errno = tryRmdir(dir);
    if (errno === undefined) return;
    if (errno !== "EBUSY" && errno !== "ENOTEMPTY" && errno !== "EINTR") throw removeFailed(dir, errno);
    for (const child of listChildren(dir)) await removeCgroup(`${dir}/${child}`);
    const again = tryRmdir(dir);
    if (again === undefined) return;
    if (waitMs === undefined) throw removeFailed(dir, again);
    await sleep(waitMs);
  }
}

/** @returns the errno, or undefined when the directory is gone */
function tryRmdir(dir: string): string | undefined {
  try {
    rmdirSync(dir);
    return undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    // A cgroup mounted read-only gives EROFS even for a name that is not there.
    return errno === "EROFS" && readTextIfExists(`${dir}/cgroup.procs`) === undefined ? undefined : errno;
  }
}

function removeFailed(dir: string, errno: string): CgroupError {
  const pids = listPids(dir);
  const members =
    pids.length === 0 ? "" : `, it holds ${pids.length} processes (${pids.slice(0, 10).join(", ")})`;
  return new CgroupError("remove-failed", `cannot remove cgroup ${dir}: ${errno}${members}`);
}
