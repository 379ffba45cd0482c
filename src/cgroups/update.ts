import { existsSync } from "node:fs";
import { messageOf } from "../core/errors.ts";
import type { Resources } from "../spec/types.ts";
import { CgroupError } from "./errors.ts";
import { readCgroupFile, readNumber, writeCgroupFile } from "./files.ts";
import type { LimitContext } from "./limit-group.ts";
import { compileLimits } from "./limits.ts";
import type { CgroupPaths, CgroupUnit, CgroupWrite, UpdateOptions } from "./types.ts";
import { compileUndo, isUndone } from "./undo.ts";

/** Takes one step back, or throws. */
type StepBack = () => void | Promise<void>;

/**
 * `CgroupManager.update`: all of the limits or none of them. What was changed before a step failed is put back, and the error
 * says so, or what could not be.
 */
export async function updateCgroup(
  cgroup: CgroupPaths,
  resources: Resources,
  { beforeStep = () => {}, commit = () => {} }: UpdateOptions,
): Promise<void> {
  const back: StepBack[] = [];
  try {
    checkUsage(cgroup, resources);
    const { unit } = cgroup;
    if (unit === undefined) writeLimits(compileWrites(cgroup, resources), beforeStep, back);
    else await updateUnit(cgroup, unit, resources, beforeStep, back);
    commit();
  } catch (error) {
    const left = await goBack(back, beforeStep);
    if (error instanceof Error) {
      // The same error, whatever its kind, that now tells the whole story.
      error.message +=
        left.length === 0
          ? " (the limits are as before)"
          : ` (not all limits could be put back: ${left.join("; ")})`;
    }
    throw error;
  }
}

/**
 * systemd first: it writes the same files, and rounds what it writes. How everything was has to be known before that. It also
 * writes files of the controller that nobody has named: the quota is then put back to what it was exactly.
 */
async function updateUnit(
  cgroup: CgroupPaths,
  unit: CgroupUnit,
  resources: Resources,
  beforeStep: (what: string) => void,
  back: StepBack[],
): Promise<void> {
  const { planUnitUpdate } = await import("./systemd/driver.ts");
  const kept = exactQuota(cgroup, resources);
  for (const write of [...kept, ...compileWrites(cgroup, resources)]) {
    const undo = compileUndo(write);
    if (undo !== undefined) back.unshift(() => putBack(undo));
  }
  const change = await planUnitUpdate(cgroup, unit, resources);
  back.unshift(() => change.undo());
  beforeStep("tell systemd of the limits");
  await change.apply();
  writeLimits([...kept, ...compileWrites(cgroup, resources)], beforeStep, []);
}

function writeLimits(
  writes: readonly CgroupWrite[],
  beforeStep: (what: string) => void,
  back: StepBack[],
): void {
  for (const write of writes) {
    beforeStep(`write ${write.path}`);
    const undo = compileUndo(write);
    if (writeCgroupFile(write) && undo !== undefined) back.unshift(() => putBack(undo));
  }
}

/** @returns what went wrong, one line each */
async function goBack(back: readonly StepBack[], beforeStep: (what: string) => void): Promise<string[]> {
  const left: string[] = [];
  for (const step of back) {
    try {
      beforeStep("put a limit back");
      await step();
    } catch (error) {
      left.push(messageOf(error));
    }
  }
  return left;
}

function putBack(undo: CgroupWrite): void {
  if (writeCgroupFile(undo) || isUndone(undo)) return;
  throw new CgroupError("write-failed", `${undo.path} does not take ${JSON.stringify(undo.value)} again`);
}

function compileWrites(cgroup: CgroupPaths, resources: Resources): readonly CgroupWrite[] {
  const controllers = readCgroupFile(cgroup.paths[""], "cgroup.controllers") ?? "";
  const offered = controllers.split(/\s+/).filter(Boolean);
  return compileLimits(resources, cgroup, offered, readContext(cgroup, resources)).writes;
}

/** The quota as it is, where other limits of the same controller are changed and it is not. */
function exactQuota({ mode, paths }: CgroupPaths, { cpu, unified }: Resources): CgroupWrite[] {
  const isNamed = Boolean(cpu?.quota) || Boolean(cpu?.period) || unified?.["cpu.max"] !== undefined;
  const isTouched = cpu !== undefined || Object.keys(unified ?? {}).some((file) => file.startsWith("cpu."));
  if (isNamed || !isTouched) return [];
  const [dir, file] = mode === "v2" ? [paths[""], "cpu.max"] : [paths["cpu"], "cpu.cfs_quota_us"];
  const value = readCgroupFile(dir, file)?.trim();
  return value === undefined ? [] : [{ path: `${dir}/${file}`, value, tolerate: 0 }];
}

/** What the right way to write depends on; each file is read only when it matters. */
function readContext({ mode, paths }: CgroupPaths, { memory, cpu, blockIO }: Resources): LimitContext {
  const unified = paths[""];
  const isV2 = mode === "v2";
  const wantsWeight = Boolean(blockIO?.weight || blockIO?.weightDevice?.length);
  const needsQuota = cpu?.period !== undefined && !cpu.quota && unified !== undefined;
  return {
    purpose: "update",
    isSwapFirst: !isV2 && isSwapFirst(paths["memory"], memory),
    ioWeightFiles: wantsWeight
      ? ["io.bfq.weight", "io.weight"].filter(
          (file) => unified !== undefined && existsSync(`${unified}/${file}`),
        )
      : [],
    currentQuota: (needsQuota ? readCgroupFile(unified, "cpu.max")?.split(" ")[0] : undefined) ?? "max",
  };
}

/** Memory may never exceed memory+swap, so the one that makes room moves first. */
function isSwapFirst(dir: string | undefined, memory: Resources["memory"]): boolean {
  // Without a limit on memory there is none on both together either, whether it is named or not (v1/limits.ts).
  const swap = memory?.swap || (BigInt(memory?.limit ?? 0) === -1n ? -1n : undefined);
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
