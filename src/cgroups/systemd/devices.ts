import type { DeviceRule } from "../../spec/types.ts";
import { ACCESS, compileDevicePolicy, type DeviceException } from "../devices.ts";
import type { UnitProperty } from "./limits.ts";

/**
 * Device rules as properties: otherwise systemd would open every device again (version 1) or leave a program of its own beside
 * ours (version 2) when it next writes the unit's rules.
 *
 * @param groups /proc/devices: the only way to name all devices of a kind is by the name of its driver
 * @throws {CgroupError} code "bad-value" for a rule that is malformed
 */
export function compileDeviceProperties(
  rules: readonly DeviceRule[],
  groups: string,
): { readonly properties: UnitProperty[]; readonly warnings: string[] } {
  const policy = compileDevicePolicy(rules);
  const none: UnitProperty = ["DeviceAllow", { signature: "a(ss)", value: [] }]; // clears what was there before
  if (policy.isAllowedByDefault) {
    const warnings = policy.exceptions.length > 0 ? ["systemd knows no rules that only forbid devices"] : [];
    return { properties: [["DevicePolicy", text("auto")], none], warnings };
  }
  const names = parseDeviceGroups(groups);
  const entries = policy.exceptions.map((exception) => describe(exception, names));
  return {
    properties: [
      ["DevicePolicy", text("strict")],
      none,
      ["DeviceAllow", { signature: "a(ss)", value: entries.filter((entry) => Array.isArray(entry)) }],
    ],
    warnings: entries.filter((entry) => typeof entry === "string"),
  };
}

/** What systemd.resource-control(5) calls a device and its access, or a warning: it cannot name every set. */
function describe(
  exception: DeviceException,
  names: ReadonlyMap<string, string>,
): readonly [string, string] | string {
  const { type, major, minor } = exception;
  const kind = type === "c" ? "char" : "block";
  const access = letters(exception.access);
  if (major >= 0 && minor >= 0) return [`/dev/${kind}/${major}:${minor}`, access];
  if (major < 0 && minor < 0) return [`${kind}-*`, access];
  if (major < 0) return `systemd cannot name device ${type} *:${minor}: it keeps it shut`;
  const name = names.get(`${kind} ${major}`);
  if (name === undefined) return `systemd cannot name devices ${type} ${major}:*: no driver has that number`;
  return [`${kind}-${name}`, access];
}

/** Parse /proc/devices: "char 136" → "pts". */
export function parseDeviceGroups(devices: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  let kind = "char";
  for (const line of devices.split("\n")) {
    if (line.startsWith("Block devices:")) kind = "block";
    const match = /^\s*(\d+)\s+(\S+)$/.exec(line);
    if (match?.[2] !== undefined) names.set(`${kind} ${match[1]}`, match[2]);
  }
  return names;
}

function letters(access: number): string {
  return `${access & ACCESS.read ? "r" : ""}${access & ACCESS.write ? "w" : ""}${access & ACCESS.mknod ? "m" : ""}`;
}

function text(value: string) {
  return { signature: "s", value };
}
