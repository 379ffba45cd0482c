import type { DeviceRule } from "../spec/types.ts";
import { CgroupError } from "./errors.ts";

/** A set of accesses as bits, numbered as the kernel does in `bpf_cgroup_dev_ctx`. */
export const ACCESS = { mknod: 1, read: 2, write: 4, all: 7 } as const;

/** What differs from the default for a kind of device; -1 stands for every number. */
export interface DeviceException {
  readonly type: "c" | "b";
  readonly major: number;
  readonly minor: number;
  /** A sum of `ACCESS` bits, not 0. */
  readonly access: number;
}

/** A rule list carried out: what is so by default, and the exceptions from it, sorted. */
export interface DevicePolicy {
  readonly isAllowedByDefault: boolean;
  readonly exceptions: readonly DeviceException[];
}

/** What every container may do, whatever its rules say: appended to them, as runc does. */
const RUNTIME_RULES: readonly DeviceRule[] = [
  { allow: true, type: "c", access: "m" },
  { allow: true, type: "b", access: "m" },
  allowNode(1, 3), // null
  allowNode(1, 5), // zero
  allowNode(1, 7), // full
  allowNode(1, 8), // random
  allowNode(1, 9), // urandom
  allowNode(5, 0), // tty
  { allow: true, type: "c", major: 136, access: "rwm" }, // pts
  allowNode(5, 2), // ptmx
  allowNode(10, 200), // net/tun
];

function allowNode(major: number, minor: number): DeviceRule {
  return { allow: true, type: "c", major, minor, access: "rwm" };
}

/**
 * Carry out a container's device rules in order, then the runtime's own. Before the first rule nothing is allowed.
 *
 * @throws {CgroupError} "bad-value" for a rule that is malformed, or takes away part of what a wildcard gives: v1 cannot say that
 */
export function compileDevicePolicy(rules: readonly DeviceRule[]): DevicePolicy {
  let isAllowedByDefault = false;
  const exceptions = new Map<string, DeviceException>();
  for (const [index, rule] of [...rules, ...RUNTIME_RULES].entries()) {
    const where = index < rules.length ? `resources.devices[${index}]` : "the runtime's device rules";
    if (rule.type === undefined || rule.type === "" || rule.type === "a") {
      isAllowedByDefault = rule.allow;
      exceptions.clear();
      continue;
    }
    for (const exception of parseRule(rule, where)) {
      if (rule.allow === isAllowedByDefault) removeException(exceptions, exception, where);
      else addException(exceptions, exception);
    }
  }
  return { isAllowedByDefault, exceptions: [...exceptions.values()].sort(compare) };
}

function parseRule(rule: DeviceRule, where: string): DeviceException[] {
  const access = parseAccess(rule.access ?? "", where);
  const numbers = { major: parseNumber(rule.major, where), minor: parseNumber(rule.minor, where), access };
  switch (rule.type) {
    case "c":
    case "u":
      return [{ type: "c", ...numbers }];
    case "b":
      return [{ type: "b", ...numbers }];
    default:
      throw new CgroupError("bad-value", `${where}: type ${JSON.stringify(rule.type)} is not a, b, c or u`);
  }
}

function parseAccess(text: string, where: string): number {
  if (!/^[rwm]+$/.test(text)) {
    throw new CgroupError("bad-value", `${where}: access ${JSON.stringify(text)} is not made of r, w and m`);
  }
  return (
    (text.includes("m") ? ACCESS.mknod : 0) |
    (text.includes("r") ? ACCESS.read : 0) |
    (text.includes("w") ? ACCESS.write : 0)
  );
}

function parseNumber(value: DeviceRule["major"], where: string): number {
  if (value === undefined || Number(value) === -1) return -1;
  if (value < 0 || value > 0x7fffffff) {
    throw new CgroupError("bad-value", `${where}: device number ${value} is out of range`);
  }
  return Number(value);
}

function addException(exceptions: Map<string, DeviceException>, added: DeviceException): void {
  const access = added.access | (exceptions.get(keyOf(added))?.access ?? 0);
  exceptions.set(keyOf(added), { ...added, access });
}

function removeException(
  exceptions: Map<string, DeviceException>,
  removed: DeviceException,
  where: string,
): void {
  for (const wider of [
    { ...removed, major: -1 },
    { ...removed, minor: -1 },
    { ...removed, major: -1, minor: -1 },
  ]) {
    const overlap = (exceptions.get(keyOf(wider))?.access ?? 0) & removed.access;
    if (keyOf(wider) !== keyOf(removed) && overlap !== 0) {
      throw new CgroupError(
        "bad-value",
        `${where}: ${describeException(removed)} would punch a hole into ${describeException({ ...wider, access: overlap })}`,
      );
    }
  }
  const access = (exceptions.get(keyOf(removed))?.access ?? 0) & ~removed.access;
  if (access === 0) exceptions.delete(keyOf(removed));
  else exceptions.set(keyOf(removed), { ...removed, access });
}

/** As the devices cgroup reads and prints it: `c 1:* rwm`. */
export function describeException({ type, major, minor, access }: DeviceException): string {
  const letters = [
    access & ACCESS.read ? "r" : "",
    access & ACCESS.write ? "w" : "",
    access & ACCESS.mknod ? "m" : "",
  ];
  return `${type} ${major < 0 ? "*" : major}:${minor < 0 ? "*" : minor} ${letters.join("")}`;
}

function keyOf({ type, major, minor }: DeviceException): string {
  return `${type} ${major}:${minor}`;
}

function compare(a: DeviceException, b: DeviceException): number {
  return a.major - b.major || a.minor - b.minor || (a.type < b.type ? -1 : 1);
}
