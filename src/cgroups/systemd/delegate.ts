import { chownSync } from "node:fs";
import { errnoOf } from "../../core/errors.ts";
import { type HostFiles, hostFiles } from "../../host/files.ts";
import type { ValidSpec } from "../../spec/types.ts";

const DELEGATED = "/sys/kernel/cgroup/delegate";
/** Before that file existed (Linux 4.15). */
const ALWAYS = ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"];

/**
 * Whose a version 2 cgroup is to be: the container's user, if it is to manage cgroups below its own. That takes a cgroup
 * namespace of its own and a cgroup filesystem it may write to.
 *
 * @returns a user id of the host; undefined: it stays ours
 * @see runtime-spec, config-linux.md, "Cgroup ownership"
 */
export function findCgroupOwner(spec: ValidSpec): number | undefined {
  const { linux } = spec;
  const hasNamespace = linux?.namespaces?.some(({ type, path }) => type === "cgroup" && !path) ?? false;
  const mount = spec.mounts?.find(({ destination }) => destination === "/sys/fs/cgroup");
  if (!hasNamespace || mount?.type !== "cgroup" || mount.options?.includes("ro")) return undefined;
  const uid = spec.process.user?.uid ?? 0;
  const isMapped = linux?.namespaces?.some(({ type, path }) => type === "user" && !path) ?? false;
  if (!isMapped) return uid === 0 ? undefined : uid;
  const range = linux?.uidMappings?.find(
    ({ containerID, size }) => uid >= containerID && uid < Number(containerID) + Number(size),
  );
  return range === undefined ? undefined : Number(range.hostID) + (uid - Number(range.containerID));
}

/** Give a cgroup to somebody: the directory, and the files the kernel names for it. Missing ones are fine. */
export function delegateCgroup(dir: string, uid: number, files: HostFiles = hostFiles): void {
  const names = files.readText(DELEGATED)?.split(/\s+/).filter(Boolean) ?? ALWAYS;
  for (const path of [dir, ...names.map((name) => `${dir}/${name}`)]) {
    try {
      chownSync(path, uid, -1);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
    }
  }
}
