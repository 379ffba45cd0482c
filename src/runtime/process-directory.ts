import type { HostPath } from "../core/brand.ts";
import { parseHostPath } from "../core/ids.ts";

/** The process directory of init, or of an exec: docs/plan-format.md, "Process directory". */
export function processDirectory(stateDir: string, execId?: string): HostPath {
  return parseHostPath(
    execId === undefined ? `${stateDir}/init` : `${stateDir}/execs/${execId}`,
    "process directory",
  );
}
