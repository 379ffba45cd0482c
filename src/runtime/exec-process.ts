import type { Capabilities, Process, User } from "../spec/types.ts";
import { RuntimeError } from "./errors.ts";

/** What the flags of `exec` change about the container's own process. */
export interface ExecOverrides {
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  /** Appended; `NAME=value`. */
  readonly env: readonly string[];
  readonly terminal: boolean;
  /** `uid[:gid]` */
  readonly user: string | undefined;
  readonly additionalGids: readonly string[];
  readonly processLabel: string | undefined;
  readonly apparmor: string | undefined;
  /** undefined: as the container's own. */
  readonly noNewPrivileges: boolean | undefined;
  /** Added to bounding, effective and permitted. */
  readonly capabilities: readonly string[];
}

/**
 * The container's process with the changes of `exec`'s flags; not validated yet.
 *
 * @throws {RuntimeError} code "bad-user"
 */
export function overrideProcess(own: Process, changes: ExecOverrides): Process {
  const capabilities = addCapabilities(own.capabilities, changes.capabilities);
  return {
    ...own,
    args: changes.args,
    cwd: changes.cwd ?? own.cwd,
    env: [...(own.env ?? []), ...changes.env],
    // Always as asked: whether init has a terminal says nothing about this process.
    terminal: changes.terminal,
    user: overrideUser(own.user, changes),
    noNewPrivileges: changes.noNewPrivileges ?? own.noNewPrivileges ?? false,
    ...(changes.processLabel === undefined ? {} : { selinuxLabel: changes.processLabel }),
    ...(changes.apparmor === undefined ? {} : { apparmorProfile: changes.apparmor }),
    ...(capabilities === undefined ? {} : { capabilities }),
  };
}

/**
 * A process from a file, and the container's own where it says nothing: the fields for which runc does so. Without
 * capabilities of its own it must not get those of the runtime.
 */
export function completeProcess(process: Process, own: Process): Process {
  const { capabilities, scheduler, ioPriority, execCPUAffinity, oomScoreAdj, apparmorProfile, selinuxLabel } =
    own;
  const rlimits = process.rlimits?.length ? process.rlimits : own.rlimits;
  return {
    ...definedOnly({ capabilities, scheduler, ioPriority, execCPUAffinity, oomScoreAdj }),
    ...process,
    ...definedOnly({
      rlimits,
      apparmorProfile: process.apparmorProfile || apparmorProfile,
      selinuxLabel: process.selinuxLabel || selinuxLabel,
    }),
  };
}

/** Without the fields that are undefined: they would hide those of another object. */
function definedOnly<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: NonNullable<Fields[Key]> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Fields]?: NonNullable<Fields[Key]> };
}

/**
 * Parse `uid` or `uid:gid`: digits and nothing else. A lenient parser has let `1000:` and the like run as somebody else
 * (CVE-2026-30892). 4294967295 is not an id but "do not change" to setresuid(2).
 *
 * @throws {RuntimeError} code "bad-user"
 */
export function parseUser(text: string): { readonly uid: number; readonly gid?: number } {
  const [uid = "", gid, ...rest] = text.split(":");
  if (rest.length > 0) throw badUser(text);
  return gid === undefined
    ? { uid: parseId(uid, text) }
    : { uid: parseId(uid, text), gid: parseId(gid, text) };
}

function overrideUser(own: User, changes: ExecOverrides): User {
  const additionalGids = [
    ...(own.additionalGids ?? []),
    ...changes.additionalGids.map((gid) => parseId(gid, gid)),
  ];
  return {
    ...own,
    ...(changes.user === undefined ? {} : parseUser(changes.user)),
    ...(additionalGids.length === 0 ? {} : { additionalGids }),
  };
}

function parseId(digits: string, whole: string): number {
  const id = /^\d{1,10}$/.test(digits) ? Number(digits) : Number.NaN;
  if (!(id <= 0xffff_fffe)) throw badUser(whole);
  return id;
}

function badUser(text: string): RuntimeError {
  return new RuntimeError(
    "bad-user",
    `invalid user or group ${JSON.stringify(text)}: must be numbers, UID[:GID]`,
  );
}

/** Never inheritable, and ambient only where the container's process has inheritable ones (CVE-2022-29162). */
function addCapabilities(own: Capabilities | undefined, added: readonly string[]): Capabilities | undefined {
  if (added.length === 0) return own;
  const union = (set: readonly string[] | undefined): string[] => [...new Set([...(set ?? []), ...added])];
  const hasInheritable = (own?.inheritable ?? []).length > 0;
  return {
    ...own,
    bounding: union(own?.bounding),
    effective: union(own?.effective),
    permitted: union(own?.permitted),
    ...(hasInheritable ? { ambient: union(own?.ambient) } : {}),
  };
}

/** Take what the container's own process cannot have, either: its bounding set, where it has one. */
export function limitCapabilities(process: Process, own: Process): Process {
  const limit = own.capabilities?.bounding;
  if (limit === undefined || process.capabilities === undefined) return process;
  const sets = Object.entries(process.capabilities as Record<string, readonly string[]>).map(
    ([set, names]) => {
      return [set, names.filter((name) => limit.includes(name))];
    },
  );
  return { ...process, capabilities: Object.fromEntries(sets) as Capabilities };
}
