import type { Problem } from "./errors.ts";
import { IO_PRIORITY_CLASSES, MAX_CPU, SCHEDULER_FLAGS, SCHEDULER_POLICIES } from "./kernel-names.ts";
import { parseRanges } from "./ranges.ts";
import { RLIMITS } from "./rlimits.ts";
import type { Draft } from "./rules-spec.ts";
import type { CpuAffinity, IoPriority, Process, Rlimit, Scheduler } from "./types.ts";

/** Rules over more than one field of a process: runtime-spec config.md, "Process". */
export function checkProcess(process: Draft<Process> | undefined, path: string, problems: Problem[]): void {
  if (process === undefined) return;
  if (process.args === undefined || process.args.length === 0) {
    problems.push({ path: `${path}.args`, message: "must have at least one entry" });
  }
  checkRlimits(process.rlimits ?? [], `${path}.rlimits`, problems);
  if (process.scheduler !== undefined) checkScheduler(process.scheduler, `${path}.scheduler`, problems);
  if (process.ioPriority !== undefined) checkIoPriority(process.ioPriority, `${path}.ioPriority`, problems);
  checkAffinity(process.execCPUAffinity ?? {}, `${path}.execCPUAffinity`, problems);
}

function checkRlimits(
  rlimits: readonly (Draft<Rlimit> | undefined)[],
  path: string,
  problems: Problem[],
): void {
  const seen = new Set<string>();
  for (const [index, rlimit] of rlimits.entries()) {
    if (rlimit?.type === undefined) continue;
    const at = `${path}[${index}]`;
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

/** What belongs to which policy: sched_setattr(2). The range of `nice` counts only where the kernel looks at it. */
function checkScheduler(scheduler: Draft<Scheduler>, path: string, problems: Problem[]): void {
  const { policy, nice = 0, priority = 0 } = scheduler;
  if (policy === undefined) return;
  if (!Object.hasOwn(SCHEDULER_POLICIES, policy)) {
    problems.push({ path: `${path}.policy`, message: `unknown policy ${JSON.stringify(policy)}` });
    return;
  }
  for (const [index, flag] of (scheduler.flags ?? []).entries()) {
    if (flag !== undefined && !Object.hasOwn(SCHEDULER_FLAGS, flag)) {
      problems.push({ path: `${path}.flags[${index}]`, message: `unknown flag ${JSON.stringify(flag)}` });
    }
  }
  const isPlain = policy === "SCHED_OTHER" || policy === "SCHED_BATCH";
  if (isPlain && (nice < -20 || nice > 19)) {
    problems.push({ path: `${path}.nice`, message: `must be between -20 and 19, got ${nice}` });
  }
  if (priority !== 0 && policy !== "SCHED_FIFO" && policy !== "SCHED_RR") {
    problems.push({ path: `${path}.priority`, message: "is for SCHED_FIFO and SCHED_RR only" });
  }
  if (policy === "SCHED_DEADLINE") return;
  for (const field of ["runtime", "deadline", "period"] as const) {
    if (BigInt(scheduler[field] ?? 0) !== 0n) {
      problems.push({ path: `${path}.${field}`, message: "is for SCHED_DEADLINE only" });
    }
  }
}

function checkIoPriority(ioPriority: Draft<IoPriority>, path: string, problems: Problem[]): void {
  const { class: name, priority = 0 } = ioPriority;
  if (name !== undefined && !Object.hasOwn(IO_PRIORITY_CLASSES, name)) {
    problems.push({ path: `${path}.class`, message: `unknown class ${JSON.stringify(name)}` });
  }
  if (priority < 0 || priority > 7) {
    problems.push({ path: `${path}.priority`, message: `must be between 0 and 7, got ${priority}` });
  }
}

/** Both are lists; an empty text counts as not given. */
function checkAffinity(affinity: Draft<CpuAffinity>, path: string, problems: Problem[]): void {
  for (const field of ["initial", "final"] as const) {
    const text = affinity[field];
    if (!text) continue;
    const ranges = parseRanges(text, MAX_CPU);
    if (ranges === undefined || ranges.length === 0) {
      const message = `must be a list of CPUs up to ${MAX_CPU} such as "0-3,7", got ${JSON.stringify(text)}`;
      problems.push({ path: `${path}.${field}`, message });
    }
  }
}
