import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf } from "../core/errors.ts";
import { readMountinfo } from "../host/mountinfo.ts";
import { ShimError } from "./errors.ts";

const MAX_OOM_SCORE_ADJ = 1000;
const CAP_SYS_RESOURCE = 24n; // linux/capability.h

/**
 * Make the kernel prefer a stub (or the server) to the daemon when memory runs out, and containers to it: the daemon's own
 * score plus one, as runc's shim does. Without the privilege the inherited score stays.
 */
export function adjustOomScore(pid: number, daemonPid: number): void {
  try {
    const score = Number(readFileSync(`/proc/${daemonPid}/oom_score_adj`, "utf8"));
    if (!Number.isInteger(score)) return;
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(Math.min(score + 1, MAX_OOM_SCORE_ADJ)));
  } catch (error) {
    const errno = errnoOf(error);
    // The daemon may be in another pid namespace or gone; the score is a preference, not a promise.
    if (errno !== "EPERM" && errno !== "EACCES" && errno !== "ENOENT" && errno !== "ESRCH") throw error;
  }
}

/**
 * The lowest OOM score adjustment that this process may give to another: `wanted`, or its own where it lacks the privilege to
 * go below that (CAP_SYS_RESOURCE).
 */
export function lowestOomScoreAdj(wanted: number): number {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  if (((BigInt(`0x${effective}`) >> CAP_SYS_RESOURCE) & 1n) === 1n) return wanted;
  return Math.max(wanted, Number(readFileSync("/proc/self/oom_score_adj", "utf8")));
}

/**
 * Put a stub into the cgroup of the option `ShimCgroup`, in every hierarchy that has it.
 * @throws {ShimError} code "refused" when none has
 */
export function joinShimCgroup(pid: number, cgroup: string): void {
  for (const file of findShimCgroup(cgroup)) writeFileSync(file, String(pid));
}

/** The files that take the pid. @throws {ShimError} code "refused" when there is no such cgroup */
export function findShimCgroup(cgroup: string): string[] {
  const mounts = readMountinfo("self", (line) => / - cgroup2? /.test(line));
  const files = mounts
    .map((mount) => join(mount.mountPoint, join("/", cgroup), "cgroup.procs"))
    .filter((file) => existsSync(file));
  if (files.length === 0) {
    throw new ShimError("refused", `option ShimCgroup: there is no cgroup ${JSON.stringify(cgroup)}`);
  }
  return files;
}

/**
 * What starts a program that shares a core with nothing but its pod; only native code can see to that. As with runc's shim, which
 * has the group itself and hands it down, a pod has one group: that of its stub.
 */
export function coreLauncher(executable: string, stubPid: number): readonly [string, ...string[]] {
  return [join(dirname(executable), "gantry-init"), "share-core", String(stubPid)];
}

/**
 * Give a pod's stub a core scheduling group.
 *
 * @param stubPid 0: only try whether it could be done
 * @throws {ShimError} code "refused" on a kernel without core scheduling
 */
export async function makeCoreGroup(executable: string, stubPid: number): Promise<void> {
  const gantryInit = join(dirname(executable), "gantry-init");
  const failure = await new Promise<string | undefined>((resolve) => {
    execFile(gantryInit, ["core-group", String(stubPid)], (error, _, stderr) =>
      resolve(error === null ? undefined : stderr.trim() || error.message),
    );
  });
  if (failure !== undefined) throw new ShimError("refused", failure);
}
