import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../core/errors.ts";
import { readMountinfo } from "../host/mountinfo.ts";
import { ShimError } from "./errors.ts";

const MAX_OOM_SCORE_ADJ = 1000;

/**
 * Make the kernel prefer the server to the daemon when memory runs out, and containers to the server: the daemon's own
 * score plus one, as runc's shim does. Without the privilege the inherited score stays.
 */
export function adjustOomScore(serverPid: number, daemonPid: number): void {
  try {
    const score = Number(readFileSync(`/proc/${daemonPid}/oom_score_adj`, "utf8"));
    if (!Number.isInteger(score)) return;
    writeFileSync(`/proc/${serverPid}/oom_score_adj`, String(Math.min(score + 1, MAX_OOM_SCORE_ADJ)));
  } catch (error) {
    const errno = errnoOf(error);
    // The daemon may be in another pid namespace or gone; the score is a preference, not a promise.
    if (errno !== "EPERM" && errno !== "EACCES" && errno !== "ENOENT" && errno !== "ESRCH") throw error;
  }
}

/**
 * Put the server into the cgroup of the option `ShimCgroup`, in every hierarchy that has it.
 * @throws {ShimError} code "refused" when none has
 */
export function joinShimCgroup(serverPid: number, cgroup: string): void {
  const mounts = readMountinfo("self", (line) => / - cgroup2? /.test(line));
  const files = mounts
    .map((mount) => join(mount.mountPoint, join("/", cgroup), "cgroup.procs"))
    .filter((file) => existsSync(file));
  if (files.length === 0) {
    throw new ShimError("refused", `option ShimCgroup: there is no cgroup ${JSON.stringify(cgroup)}`);
  }
  for (const file of files) writeFileSync(file, String(serverPid));
}
