import { mkdirSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../core/errors.ts";

/** A container of the group. */
export interface Member {
  readonly id: string;
  readonly bundle: string;
}

/** Enter a container into the group's list; already there is fine. @param dir see `membersDir` */
export function addMember(dir: string, member: Member): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const path = join(dir, member.id);
  try {
    symlinkSync(member.bundle, path);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    unlinkSync(path); // left by a server that was killed, for an earlier container of the same id
    symlinkSync(member.bundle, path);
  }
}

/** Take a container off the list. */
export function removeMember(dir: string, id: string): void {
  try {
    unlinkSync(join(dir, id));
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

/** The containers of the group; none when there is no list. */
export function listMembers(dir: string): Member[] {
  try {
    // The pod's own files begin with a dot; no id does.
    const ids = readdirSync(dir).filter((name) => !name.startsWith("."));
    return ids.map((id) => ({ id, bundle: readlinkSync(join(dir, id)) }));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}
