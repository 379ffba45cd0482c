import type { Problem } from "./errors.ts";
import { RLIMITS } from "./rlimits.ts";
import type { Draft } from "./rules-spec.ts";
import type { Process } from "./types.ts";

/** Rules over more than one field of a process: runtime-spec config.md, "Process". */
export function checkProcess(process: Draft<Process> | undefined, path: string, problems: Problem[]): void {
  if (process === undefined) return;
  if (process.args === undefined || process.args.length === 0) {
    problems.push({ path: `${path}.args`, message: "must have at least one entry" });
  }
  const seen = new Set<string>();
  for (const [index, rlimit] of (process.rlimits ?? []).entries()) {
    if (rlimit?.type === undefined) continue;
    const at = `${path}.rlimits[${index}]`;
    if (!Object.hasOwn(RLIMITS, rlimit.type)) {
      problems.push({ path: `${at}.type`, message: `unknown resource limit ${JSON.stringify(rlimit.type)}` });
    }
    if (seen.has(rlimit.type))
      problems.push({ path: `${at}.type`, message: `${rlimit.type} is given twice` });
    seen.add(rlimit.type);
    if (rlimit.soft !== undefined && rlimit.hard !== undefined && rlimit.soft > rlimit.hard) {
      problems.push({ path: `${at}.soft`, message: `${rlimit.soft} is above the hard limit ${rlimit.hard}` });
    }
  }
}
