import { existsSync } from "node:fs";
import type { Resources } from "../spec/types.ts";
import { CgroupError } from "./errors.ts";
import { readCgroupFile, readNumber, readPairs, writeCgroupFile } from "./files.ts";
import { openFreezer } from "./freezer.ts";
import { listDirs } from "./join.ts";
import { killCgroup } from "./kill.ts";
import type { LimitContext } from "./limit-group.ts";
import { compileLimits } from "./limits.ts";
import { readStats } from "./stats.ts";
import { listPids, removeCgroup } from "./tree.ts";
import type { CgroupManager, CgroupPaths, CgroupWrite } from "./types.ts";
import { compileUndo } from "./undo.ts";

/** The manager of an existing (or former) cgroup. Touches nothing until it is asked to. */
export function openCgroup(cgroup: CgroupPaths): CgroupManager {
  const freezer = openFreezer(cgroup);
  const { paths } = cgroup;
  const unified = paths[""];
  // Every process is in every hierarchy; one that others rarely move processes in is as good as any.
  const members = paths["devices"] ?? paths["pids"] ?? listDirs(cgroup)[0];
  return {
    paths: cgroup,
    exists: async () => listDirs(cgroup).some((dir) => existsSync(dir)),
    async update(resources) {
      // systemd first: it writes the same files, and rounds what it writes.
      if (cgroup.unit !== undefined) await (await driver()).updateUnit(cgroup, cgroup.unit, resources);
      updateCgroup(cgroup, resources);
    },
    stats: async () => readStats(cgroup),
    freeze: () => freezer.freeze(),
    thaw: async () => freezer.thaw(),
    isFrozen: () => freezer.isFrozen(),
    pids: async () => (members === undefined ? [] : listPids(members)),
    async kill(signal) {
      if (members !== undefined) await killCgroup(members, unified, freezer, signal);
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

function updateCgroup(cgroup: CgroupPaths, resources: Resources): void {
  const unified = cgroup.paths[""];
  checkUsage(cgroup, resources);
  const offered = (readCgroupFile(unified, "cgroup.controllers") ?? "").split(/\s+/).filter(Boolean);
  const { writes } = compileLimits(resources, cgroup, offered, readContext(cgroup, resources));
  const undos: CgroupWrite[] = [];
  try {
    for (const write of writes) {
      const undo = compileUndo(write);
      if (writeCgroupFile(write) && undo) undos.unshift(undo);
    }
  } catch (error) {
    for (const undo of undos) putBack(undo);
    throw error;
  }
}

/** What the right way to write depends on; each file is read only when it matters. */
function readContext({ mode, paths }: CgroupPaths, { memory, cpu, blockIO }: Resources): LimitContext {
  const unified = paths[""];
  const isV2 = mode === "v2";
  const wantsWeight = Boolean(blockIO?.weight || blockIO?.weightDevice?.length);
  const needsQuota = cpu?.period !== undefined && !cpu.quota && unified !== undefined;
  return {
    purpose: "update",
    isSwapFirst: !isV2 && isSwapFirst(paths["memory"], memory?.swap),
    ioWeightFiles: wantsWeight
      ? ["io.bfq.weight", "io.weight"].filter(
          (file) => unified !== undefined && existsSync(`${unified}/${file}`),
        )
      : [],
    currentQuota: (needsQuota ? readCgroupFile(unified, "cpu.max")?.split(" ")[0] : undefined) ?? "max",
  };
}

/** Memory may never exceed memory+swap, so the one that makes room moves first. */
function isSwapFirst(dir: string | undefined, swap: number | bigint | undefined): boolean {
  if (swap === undefined || dir === undefined) return false;
  const limit = readNumber(dir, "memory.limit_in_bytes");
  return BigInt(swap) === -1n || (typeof limit === "bigint" && limit < BigInt(swap));
}

/** On v2 a limit below the usage is accepted, and the OOM killer enforces it; `checkBeforeUpdate` asks to be refused instead. */
function checkUsage({ mode, paths }: CgroupPaths, { memory }: Resources): void {
  if (mode !== "v2" || !memory?.checkBeforeUpdate || !memory.limit || BigInt(memory.limit) < 0n) return;
  const usage = readNumber(paths[""], "memory.current");
  if (typeof usage === "bigint" && BigInt(memory.limit) <= usage) {
    throw new CgroupError(
      "limit-below-usage",
      `memory.limit ${memory.limit} is not above the current usage ${usage}`,
    );
  }
}

function putBack(undo: CgroupWrite): void {
  try {
    writeCgroupFile(undo);
  } catch {
    // The error that made us turn back is the one to report.
  }
}
