import { mkdirSync, readdirSync, readlinkSync, rmdirSync, symlinkSync, unlinkSync } from "node:fs";
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

/** Take a container off the list, and the list away with the last one. */
export function removeMember(dir: string, id: string): void {
  ignore(["ENOENT"], () => unlinkSync(join(dir, id)));
  ignore(["ENOENT", "ENOTEMPTY"], () => rmdirSync(dir));
}

/** The containers of the group; none when there is no list. */
export function listMembers(dir: string): Member[] {
  try {
    return readdirSync(dir).map((id) => ({ id, bundle: readlinkSync(join(dir, id)) }));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

function ignore(errnos: readonly string[], act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!errnos.includes(errnoOf(error) ?? "")) throw error;
  }
}
