import { type HostFiles, hostFiles } from "../host/files.ts";
import { parseOwnCgroups } from "./host.ts";
import type { CgroupJoin, CgroupPaths } from "./types.ts";

/**
 * How another process (an exec) gets into a container's cgroup: v1 `tasks` files and the v2 directory.
 * Controllers that share a directory are joined once.
 */
export function joinCgroup({ paths }: CgroupPaths): CgroupJoin {
  const { "": unified, ...v1 } = paths;
  const dirs = [...new Set(Object.values(v1))];
  return {
    joins: dirs.map((dir) => ({ path: `${dir}/tasks`, tolerate: false })),
    ...(unified !== undefined && { cloneInto: unified }),
  };
}

/**
 * Where an exec belongs. Normally the container's own cgroup; but when a container manages cgroups itself (an init system
 * does), its v2 cgroup has enabled controllers for children and may hold no process of its own (EBUSY): then it is init's.
 *
 * @param initPid the container's init
 */
export function findExecCgroup(
  cgroup: CgroupPaths,
  initPid: number,
  files: HostFiles = hostFiles,
): CgroupPaths {
  const unified = cgroup.paths[""];
  if (unified === undefined) return cgroup;
  if ((files.readText(`${unified}/cgroup.subtree_control`) ?? "").trim() === "") return cgroup;
  const initPath = parseOwnCgroups(files.readText(`/proc/${initPid}/cgroup`) ?? "").get("");
  const dir = initPath === undefined ? undefined : findBelow(unified, initPath);
  return dir === undefined ? cgroup : { ...cgroup, paths: { ...cgroup.paths, "": dir } };
}

/**
 * The directory of a cgroup path, given that it is at or below `dir`. The mount point need not be known: what `dir` has below
 * it is what the path begins with.
 */
function findBelow(dir: string, path: string): string | undefined {
  for (let slash = 0; slash >= 0; slash = dir.indexOf("/", slash + 1)) {
    const place = dir.slice(slash);
    if (path === place || path.startsWith(`${place}/`)) return dir + path.slice(place.length);
  }
  return undefined;
}
