import { statSync } from "node:fs";

import type { HostPath } from "../core/brand.ts";
import { compileSeccompProfile } from "../executor/seccomp.ts";
import type { SeccompProgram } from "../plan/input.ts";
import { compileSeccomp } from "../seccomp/compile.ts";
import type { Seccomp } from "../spec/types.ts";
import type { RuntimeContext } from "./context.ts";

/** Where compiling a profile may write. */
export interface SeccompPlaces {
  /** Compiled profiles by hash; need not exist. */
  readonly cacheDir: HostPath;
  /** An existing directory of ours. */
  readonly scratchDir: string;
}

/**
 * The compiled form of a spec's profile, from the cache when it was compiled before by this very gantry-init.
 *
 * @throws {ExecutorError} code "seccomp-failed"
 */
export async function compileProfile(
  context: RuntimeContext,
  seccomp: Seccomp | undefined,
  places: SeccompPlaces,
): Promise<SeccompProgram | undefined> {
  if (seccomp === undefined) return undefined;
  // Asking gantry-init for its version would cost a process; a different build differs in size or time.
  const { size, mtimeMs } = statSync(context.gantryInit);
  return compileSeccomp(seccomp, {
    cacheDir: places.cacheDir,
    compilerVersion: `${context.version} ${size} ${mtimeMs}`,
    runCompiler: (profile) =>
      compileSeccompProfile(
        { gantryInit: context.gantryInit, runInit: context.runInit, scratchDir: places.scratchDir },
        profile,
      ),
  });
}
