import { FLAG_OPTIONS, MS_BIND, MS_REC, MS_REMOUNT, PROPAGATION_OPTIONS } from "../spec/mount-options.ts";
import { CLONE_FLAGS } from "./namespaces.ts";

/** MOUNT_ATTR_* by the names of mount_setattr(2). */
const ATTRIBUTES: readonly (readonly [string, bigint])[] = [
  ["rdonly", 0x1n],
  ["nosuid", 0x2n],
  ["nodev", 0x4n],
  ["noexec", 0x8n],
  ["nodiratime", 0x80n],
  ["nosymfollow", 0x200000n],
];
const ATTRIBUTE_ATIME_MASK = 0x70n;

/** MS_* flags as mount options, `ro,nosuid`; bits without a name in hexadecimal, nothing as `-`. */
export function describeMountFlags(flags: bigint): string {
  const propagation = Object.entries(PROPAGATION_OPTIONS).find(([, value]) => value === flags);
  if (propagation !== undefined) return propagation[0];
  const names: string[] = [];
  let rest = flags;
  if ((flags & MS_BIND) !== 0n) names.push((flags & MS_REC) === 0n ? "bind" : "rbind");
  rest &= ~(MS_BIND | MS_REC);
  if ((flags & MS_REMOUNT) !== 0n) names.push("remount");
  rest &= ~MS_REMOUNT;
  for (const [name, { set = 0n }] of Object.entries(FLAG_OPTIONS)) {
    if (set !== 0n && (rest & set) === set) {
      names.push(name);
      rest &= ~set;
    }
  }
  if (rest !== 0n) names.push(`0x${rest.toString(16)}`);
  return names.join(",") || "-";
}

/** MOUNT_ATTR_* flags. The access time is a field, shown as its number. */
export function describeAttributes(flags: bigint): string {
  const names = ATTRIBUTES.filter(([, value]) => (flags & value) !== 0n).map(([name]) => name);
  const atime = flags & ATTRIBUTE_ATIME_MASK;
  if (atime !== 0n) names.push(`atime=0x${atime.toString(16)}`);
  return names.join(",") || "-";
}

/** CLONE_NEW* flags by the specification's names. */
export function describeNamespaces(flags: bigint): string {
  const names = Object.entries(CLONE_FLAGS).filter(([, value]) => (flags & BigInt(value)) !== 0n);
  return `[${names.map(([name]) => name).join(" ")}]`;
}
