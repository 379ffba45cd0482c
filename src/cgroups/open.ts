import { existsSync } from "node:fs";
import { CgroupError } from "./errors.ts";
import { readPairs } from "./files.ts";
import { openFreezer } from "./freezer.ts";
import { listDirs, listPids, removeCgroup } from "./tree.ts";
import type { CgroupManager, CgroupPaths } from "./types.ts";

/**
 * The manager of an existing (or former) cgroup. Touches nothing until it is asked to, and loads only then what not every command
 * needs.
 */
export function openCgroup(cgroup: CgroupPaths): CgroupManager {
  const freezer = openFreezer(cgroup);
  const { paths } = cgroup;
  const unified = paths[""];
  // Every process is in every hierarchy; one that others rarely move processes in is as good as any.
  const members = paths["devices"] ?? paths["pids"] ?? listDirs(cgroup)[0];
  return {
    paths: cgroup,
    exists: async () => listDirs(cgroup).some((dir) => existsSync(dir)),
    update: async (resources, options = {}) =>
      (await import("./update.ts")).updateCgroup(cgroup, resources, options),
    stats: async () => (await import("./stats.ts")).readStats(cgroup),
    freeze: () => freezer.freeze(),
    thaw: async () => freezer.thaw(),
    isFrozen: () => freezer.isFrozen(),
    pids: async () => (members === undefined ? [] : listPids(members)),
    async kill(signal) {
      if (members === undefined) return;
      const { killCgroup } = await import("./kill.ts");
      await killCgroup(members, unified, freezer, signal);
    },
    async oomKillCount() {
      const v1 = readPairs(paths["memory"], "memory.oom_control")["oom_kill"];
      return Number(v1 ?? readPairs(unified, "memory.events")["oom_kill"] ?? 0n);
    },
    async remove() {
      try {
        if (cgroup.unit !== undefined) await (await driver()).stopUnit(cgroup.unit);
      } finally {
        await Promise.all(listDirs(cgroup).map((dir) => removeCgroup(dir)));
      }
    },
  };
}

/** Only loaded for the containers whose cgroup is systemd's. */
function driver() {
  return import("./systemd/driver.ts");
}

/**
 * Refuse a cgroup that is in use before a container is created in it: its processes would share our limits, and die with us.
 * @throws {CgroupError} codes "not-empty" and "frozen"
 */
export async function assertCgroupUnused(cgroup: CgroupPaths): Promise<void> {
  const manager = openCgroup(cgroup);
  if (!(await manager.exists())) return;
  for (const dir of listDirs(cgroup)) {
    const pids = listPids(dir);
    if (pids.length > 0) {
      throw new CgroupError(
        "not-empty",
        `container's cgroup is not empty: ${pids.length} process(es) found in ${dir}`,
      );
    }
  }
  if (await manager.isFrozen()) throw new CgroupError("frozen", "container's cgroup unexpectedly frozen");
}
