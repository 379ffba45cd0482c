import { hostFiles } from "../../host/files.ts";
import type { Resources } from "../../spec/types.ts";
import { CgroupError } from "../errors.ts";
import { readCgroupFile, readNumber } from "../files.ts";
import type { CgroupMode, CgroupPaths, CgroupSetup, CgroupUnit } from "../types.ts";
import { compileAnnotations } from "./annotations.ts";
import { findUnitBus, hostUid } from "./bus.ts";
import { compileDeviceProperties } from "./devices.ts";
import { compileLimitProperties, compileOomPolicy, type UnitProperty } from "./limits.ts";
import { openSystemd, type SystemdManager } from "./manager.ts";
import { isSlice, parseUnitPath } from "./unit.ts";

/** Where a container's unit is to be: the cgroup's path for `planCgroup`, and what starts it. */
export interface LocatedUnit {
  readonly unit: CgroupUnit;
  readonly slice: string;
  /** Below the mount point, absolute. */
  readonly cgroupsPath: string;
}

/** Everything systemd is told about a new unit. */
export interface UnitRequest extends LocatedUnit {
  readonly id: string;
  readonly mode: CgroupMode;
  readonly resources: Resources;
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Decide which unit a container becomes. Asks a user's systemd where its own cgroup is; the machine's is at the top.
 *
 * @throws {CgroupError} codes "bad-value", "no-systemd"; {DbusError}
 */
export async function locateUnit(
  request: { readonly id: string; readonly cgroupsPath: string | undefined },
  env: Readonly<Record<string, string | undefined>>,
): Promise<LocatedUnit> {
  const bus = findUnitBus(env, ownUid());
  const place = parseUnitPath(request.cgroupsPath, request.id, bus.isUser ? "user.slice" : "system.slice");
  const unit = { name: place.unit, bus: bus.address };
  const above = bus.isUser ? await withSystemd(unit, (systemd) => systemd.controlGroup()) : "";
  return { unit, slice: place.slice, cgroupsPath: `${above === "/" ? "" : above}${place.path}` };
}

/**
 * Start a container's unit: afterwards its cgroup exists, with the process in it.
 *
 * @param holderPid a live process that keeps the scope from being empty; undefined for a slice, which needs none
 * @returns warnings
 * @throws {CgroupError} codes "bad-value", "unit-failed", "no-systemd"; {DbusError}
 */
export async function startUnit(request: UnitRequest, holderPid: number | undefined): Promise<string[]> {
  return withSystemd(request.unit, async (systemd) => {
    const version = await systemd.version();
    const isUser = ownUid() !== 0;
    if (isUser && request.mode !== "v2") {
      throw new CgroupError("no-permission", "a user's systemd can make cgroups of version 2 only");
    }
    // A user's systemd may load no device program: what it is asked for it would warn about and leave out.
    const devices = isUser
      ? { properties: [], warnings: [] }
      : compileDeviceProperties(request.resources.devices ?? [], hostFiles.readText("/proc/devices") ?? "");
    await systemd.startUnit(request.unit.name, [
      ...compileUnit(request, holderPid),
      ...devices.properties,
      ...compileLimitProperties(request.resources, request.mode, version),
      ...compileOomPolicy(request.resources, version),
      ...compileAnnotations(request.annotations),
    ]);
    return devices.warnings;
  });
}

/** What every unit of ours has; systemd.resource-control(5), systemd.unit(5). */
export function compileUnit(
  { id, unit, slice, mode }: UnitRequest,
  holderPid: number | undefined,
): UnitProperty[] {
  const accounting = ["Memory", "CPU", mode === "v2" ? "IO" : "BlockIO", "Tasks"];
  const text = (value: string) => ({ signature: "s", value });
  const yes = { signature: "b", value: true };
  return [
    ["Description", text(`gantry container ${id}`)],
    ...(isSlice(unit.name)
      ? [["Wants", { signature: "as", value: [slice] }] as const]
      : // Delegate: what is below the unit, and its files, are the container's and ours.
        [["Slice", text(slice)] as const, ["Delegate", yes] as const]),
    ...(holderPid === undefined ? [] : [["PIDs", { signature: "au", value: [holderPid] }] as const]),
    ...accounting.map((name) => [`${name}Accounting`, yes] as const),
    ["DefaultDependencies", { signature: "b", value: false }],
  ];
}

/** What systemd is told about limits that change, and how it is told again what it knew. */
export interface UnitUpdate {
  apply(): Promise<void>;
  undo(): Promise<void>;
}

/**
 * Plan to tell systemd about limits that change, so that it does not put the old ones back; the files are the caller's.
 * The limits it knows are read now.
 */
export async function planUnitUpdate(
  cgroup: CgroupPaths,
  unit: CgroupUnit,
  resources: Resources,
): Promise<UnitUpdate> {
  const complete = { ...resources, ...(resources.cpu && { cpu: withCurrentQuota(cgroup, resources.cpu) }) };
  const [after, before] = await withSystemd(unit, async (systemd) => {
    const properties = compileLimitProperties(complete, cgroup.mode, await systemd.version());
    const names = [...new Set(properties.map(([name]) => name))];
    return [properties, await systemd.readProperties(unit.name, names)];
  });
  const tell = (properties: readonly UnitProperty[]) =>
    withSystemd(unit, (systemd) => systemd.setProperties(unit.name, properties));
  return { apply: () => tell(after), undo: () => tell(before) };
}

/** systemd knows quota and period together: the one that is not given is the one in force. */
function withCurrentQuota({ paths }: CgroupPaths, cpu: NonNullable<Resources["cpu"]>) {
  const { quota, period } = cpu;
  if (Boolean(quota) === Boolean(period)) return cpu;
  const v1 = paths["cpu"];
  const [quotaNow, periodNow] =
    v1 === undefined
      ? (readCgroupFile(paths[""], "cpu.max")?.trim().split(" ") ?? [])
      : [readNumber(v1, "cpu.cfs_quota_us"), readNumber(v1, "cpu.cfs_period_us")].map(String);
  const known = (text: string | undefined): bigint =>
    text !== undefined && /^-?\d+$/.test(text) ? BigInt(text) : -1n;
  return quota ? { ...cpu, period: known(periodNow) } : { ...cpu, quota: known(quotaNow) };
}

/** Stop a container's unit, and what still runs in it; one that is gone is fine. */
export async function stopUnit(unit: CgroupUnit): Promise<void> {
  await withSystemd(unit, (systemd) => systemd.stopUnit(unit.name));
}

/**
 * The limit on processes must not count the holder: lifted until the container's process is there, and then set.
 *
 * @returns the setup with `lateWrites`
 */
export function deferTaskLimit(setup: CgroupSetup): CgroupSetup {
  const isLimit = ({ path, value }: { path: string; value: string }): boolean =>
    path.endsWith("/pids.max") && value !== "max";
  const lateWrites = setup.writes.filter(isLimit);
  const writes = setup.writes.map((write) => (isLimit(write) ? { ...write, value: "max" } : write));
  return { ...setup, writes, lateWrites };
}

function ownUid(): number {
  return hostUid(process.geteuid?.() ?? 0);
}

async function withSystemd<T>(unit: CgroupUnit, use: (systemd: SystemdManager) => Promise<T>): Promise<T> {
  const systemd = await openSystemd(unit.bus, ownUid());
  try {
    return await use(systemd);
  } finally {
    systemd.close();
  }
}
