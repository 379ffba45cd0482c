import { CgroupError } from "../errors.ts";

/** A container's place among systemd's units. */
export interface UnitPlace {
  /** The slice above, e.g. "kubepods-besteffort.slice". */
  readonly slice: string;
  /** `<prefix>-<name>.scope`, or a slice of the container's own. */
  readonly unit: string;
  /** Below the manager's own cgroup, starting with "/". */
  readonly path: string;
}

/**
 * Where `linux.cgroupsPath` of the form `slice:prefix:name` leads: unit `<prefix>-<name>.scope` below `slice`, or unit
 * `name` itself when it ends in ".slice". An empty path stands for `:gantry:<id>`.
 *
 * @param defaultSlice for an empty slice: "system.slice", or "user.slice" below a user's own manager
 * @throws {CgroupError} code "bad-value"
 */
export function parseUnitPath(cgroupsPath: string | undefined, id: string, defaultSlice: string): UnitPlace {
  const asked = cgroupsPath || `:gantry:${id}`;
  const parts = asked.split(":");
  const [slice, prefix, name] = parts;
  if (parts.length !== 3 || !name) {
    throw new CgroupError(
      "bad-value",
      `linux.cgroupsPath: ${JSON.stringify(asked)} is not of the form "slice:prefix:name", as the systemd cgroup driver needs it`,
    );
  }
  const unit = name.endsWith(".slice") ? name : `${prefix}-${name}.scope`;
  // It becomes a directory: the characters of unit names, systemd.unit(5).
  if (!/^[A-Za-z0-9:_.\\@-]+$/.test(unit) || unit.length > 255) {
    throw new CgroupError("bad-value", `linux.cgroupsPath: ${JSON.stringify(unit)} is no name of a unit`);
  }
  const parent = expandSlice(slice || defaultSlice);
  const path = isSlice(unit) ? expandSlice(unit) : `${parent === "/" ? "" : parent}/${unit}`;
  return { slice: slice || defaultSlice, unit, path };
}

export function isSlice(unit: string): boolean {
  return unit.endsWith(".slice");
}

/**
 * The directory of a slice: "a-b.slice" lies in "a.slice", so it is "/a.slice/a-b.slice". "-.slice" is "/".
 *
 * @throws {CgroupError} code "bad-value"
 * @see systemd.slice(5)
 */
export function expandSlice(slice: string): string {
  if (slice === "-.slice") return "/";
  const names = slice.slice(0, -".slice".length).split("-");
  if (!isSlice(slice) || !/^[A-Za-z0-9:_.\\@-]+$/.test(slice) || names.includes("")) {
    throw new CgroupError("bad-value", `linux.cgroupsPath: ${JSON.stringify(slice)} is no name of a slice`);
  }
  return names.map((_, i) => `/${names.slice(0, i + 1).join("-")}.slice`).join("");
}
