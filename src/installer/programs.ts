import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { InstallError } from "./errors.ts";
import { digestOf, type Staged, stageCopy, stagedPath } from "./node-files.ts";
import type { NodeRoot } from "./node-root.ts";

export const SHIM = "containerd-shim-gantry-v2";
export const PROGRAMS = [SHIM, "gantry-shimd", "gantry-runtime", "gantry-init", "gantry"] as const;

/** Digests of the programs in a directory, by name. @throws {InstallError} code "bad-arguments" when one is missing */
export function readPrograms(dir: string): Readonly<Record<string, string>> {
  const missing = PROGRAMS.filter((name) => !existsSync(join(dir, name)));
  if (missing.length > 0) {
    throw new InstallError(
      "bad-arguments",
      `${dir} has no ${missing.join(", ")}: install from where all programs are`,
    );
  }
  const known = new Map<string, string>();
  return Object.fromEntries(PROGRAMS.map((name) => [name, digestOf(join(dir, name), known) ?? ""]));
}

/**
 * Copy the programs beside their places. Those that run are not touched by the commit: it puts new files under their names.
 *
 * @param from directory of ours @param digests of `readPrograms(from)`
 * @returns those that differ from what is there
 * @throws {InstallError} code "write-failed"; nothing is left behind
 */
export function stagePrograms(
  root: NodeRoot,
  binDir: string,
  from: string,
  digests: Readonly<Record<string, string>>,
): Staged[] {
  const staged: Staged[] = [];
  // Two names of one file remain that.
  const twins = new Map<string, string>();
  const known = new Map<string, string>();
  try {
    for (const name of PROGRAMS) {
      const digest = digests[name] ?? "";
      const path = root.path(join(binDir, name));
      if (digestOf(path, known) === digest && (statSync(path).mode & 0o111) !== 0) {
        twins.set(digest, path);
        continue;
      }
      staged.push(stageCopy(path, join(from, name), twins.get(digest)));
      twins.set(digest, stagedPath(path));
    }
    return staged;
  } catch (error) {
    for (const one of staged) one.discard();
    throw error;
  }
}
