import { setTimeout as sleep } from "node:timers/promises";
import { CgroupError } from "../errors.ts";
import { readCgroupFile, writeCgroupFile } from "../files.ts";
import { TOLERATE } from "../types.ts";

const TRIES = 1000;

/**
 * Freeze a v1 freezer cgroup. A process that forks while it is being frozen can keep the state at FREEZING: ask again, and
 * every so often let it run for a moment.
 * @throws {CgroupError} code "freeze-timeout", thawed again
 */
export async function freezeV1(dir: string): Promise<void> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    if (attempt % 50 === 0) {
      thawV1(dir);
      await sleep(10);
    }
    setState(dir, "FROZEN", TOLERATE.none);
    const state = readCgroupFile(dir, "freezer.state")?.trim();
    if (state === "FROZEN") return;
    if (state !== "FREEZING") break;
    if (attempt % 10 === 0) await sleep(1);
  }
  const state = readCgroupFile(dir, "freezer.state")?.trim();
  thawV1(dir);
  throw new CgroupError("freeze-timeout", `cannot freeze ${dir}: freezer.state is ${state ?? "missing"}`);
}

/** Thaw it; a cgroup that is gone is fine. */
export function thawV1(dir: string): void {
  setState(dir, "THAWED", TOLERATE.missing);
}

/** Frozen by ourselves: when only a parent is frozen, the container does not count as paused. */
export async function isFrozenV1(dir: string): Promise<boolean> {
  for (let attempt = 1; attempt <= TRIES; attempt++) {
    const state = readCgroupFile(dir, "freezer.state")?.trim();
    if (state === "FROZEN") return readCgroupFile(dir, "freezer.self_freezing")?.trim() !== "0";
    if (state !== "FREEZING") return false;
    await sleep(1);
  }
  return false;
}

function setState(dir: string, value: string, tolerate: number): void {
  writeCgroupFile({ path: `${dir}/freezer.state`, value, tolerate });
}
