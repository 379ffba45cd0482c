import { HostError } from "./errors.ts";
import { type HostFiles, hostFiles } from "./files.ts";

/** What /proc/PID/stat says about a process. See proc(5). */
export interface ProcessStat {
  readonly pid: number;
  readonly name: string;
  /** One letter: R S D T t Z X I … */
  readonly state: string;
  readonly parentPid: number;
  /** Field 22, clock ticks since boot: with the pid, the identity of a process. */
  readonly startTime: number;
}

/** Read /proc/PID/stat. @returns undefined when there is no such process. @throws {HostError} code "unreadable-proc" */
export function readProcessStat(pid: number, files: HostFiles = hostFiles): ProcessStat | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const text = files.readText(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseProcessStat(text);
}

/** Parse the line of /proc/PID/stat. The name may hold spaces and brackets: the last ")" ends it. */
export function parseProcessStat(text: string): ProcessStat {
  const open = text.indexOf("(");
  const close = text.lastIndexOf(")");
  const pid = Number(text.slice(0, open));
  const fields = text.slice(close + 2).split(" ");
  const state = fields[0];
  const parentPid = Number(fields[1]);
  const startTime = Number(fields[19]); // the first of `fields` is number 3
  if (open < 1 || close < open || !state || Number.isNaN(pid + parentPid + startTime)) {
    throw new HostError("unreadable-proc", `cannot read /proc/PID/stat: ${JSON.stringify(text)}`);
  }
  return { pid, name: text.slice(open + 1, close), state, parentPid, startTime };
}

/**
 * True while the process that was seen with this pid and start time lives: another start time is another process that
 * got the same pid, and a zombie or dead one no longer runs.
 */
export function isSameProcess(pid: number, startTime: number, files: HostFiles = hostFiles): boolean {
  const stat = readProcessStat(pid, files);
  return stat !== undefined && stat.startTime === startTime && stat.state !== "Z" && stat.state !== "X";
}
