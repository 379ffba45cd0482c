import { posix } from "node:path";
import { type HostFiles, hostFiles } from "../host/files.ts";
import { CgroupError } from "./errors.ts";
import type { CgroupPaths } from "./types.ts";

/**
 * The cgroups that `exec --cgroup` chooses: for all hierarchies, or on version 1 for some controllers, one below the
 * container's own. The others stay the container's.
 *
 * @param wanted `PATH` or `CONTROLLER[,CONTROLLER…]:PATH`, relative to the container's cgroup; each must exist
 * @throws {CgroupError} code "bad-value"
 */
export function selectSubCgroups(
  cgroup: CgroupPaths,
  wanted: readonly string[],
  files: HostFiles = hostFiles,
): CgroupPaths {
  const paths: Record<string, string> = { ...cgroup.paths };
  for (const { controllers, path } of wanted.map(parseWanted)) {
    for (const controller of controllers ?? Object.keys(cgroup.paths)) {
      const own = cgroup.paths[controller];
      if (own === undefined || (controller === "" && controllers !== undefined)) {
        throw bad(`unknown controller ${JSON.stringify(controller)} in --cgroup`);
      }
      const dir = posix.join(own, path);
      // A hybrid host's version 2 hierarchy is none that a container's user made cgroups in.
      if (controller === "" && cgroup.mode === "hybrid" && !files.exists(dir)) continue;
      if (!files.exists(dir))
        throw bad(`error adding pid to cgroups: ${dir}/cgroup.procs: no such file or directory`);
      paths[controller] = dir;
    }
  }
  return { ...cgroup, paths };
}

function parseWanted(text: string): {
  readonly controllers: readonly string[] | undefined;
  readonly path: string;
} {
  const colon = text.indexOf(":");
  const path = posix.normalize(`./${colon < 0 ? text : text.slice(colon + 1)}`);
  if (path === ".." || path.startsWith("../")) throw bad(`${text} is not a sub cgroup path`);
  return { controllers: colon < 0 ? undefined : text.slice(0, colon).split(","), path };
}

function bad(message: string): CgroupError {
  return new CgroupError("bad-value", message);
}
