import { setTimeout as sleep } from "node:timers/promises";
import { CgroupError } from "../errors.ts";
import { readCgroupFile, readPairs, writeCgroupFile } from "../files.ts";
import { TOLERATE } from "../types.ts";

const TIMEOUT_MS = 10_000;

/**
 * Freeze a v2 cgroup and wait until `cgroup.events` says so.
 * @throws {CgroupError} code "freeze-timeout", thawed again
 */
export async function freezeV2(dir: string, timeoutMs: number = TIMEOUT_MS): Promise<void> {
  writeCgroupFile({ path: `${dir}/cgroup.freeze`, value: "1", tolerate: TOLERATE.none });
  const deadline = performance.now() + timeoutMs;
  for (let waitMs = 1; readPairs(dir, "cgroup.events")["frozen"] !== 1n; waitMs = Math.min(waitMs * 2, 10)) {
    if (performance.now() > deadline) {
      thawV2(dir);
      throw new CgroupError("freeze-timeout", `cannot freeze ${dir}: not frozen after ${timeoutMs} ms`);
    }
    await sleep(waitMs);
  }
}

/** Thaw it; a cgroup that is gone is fine. */
export function thawV2(dir: string): void {
  writeCgroupFile({ path: `${dir}/cgroup.freeze`, value: "0", tolerate: TOLERATE.missing });
}

/** Frozen by ourselves; a cgroup that is gone is not. */
export function isFrozenV2(dir: string): boolean {
  return readCgroupFile(dir, "cgroup.freeze")?.trim() === "1";
}
