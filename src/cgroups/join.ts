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

/** Every directory of a cgroup, each once. */
export function listDirs({ paths }: CgroupPaths): string[] {
  return [...new Set(Object.values(paths))];
}
