import { HostError } from "./errors.ts";
import { type HostFiles, hostFiles } from "./files.ts";

/** RLIM_INFINITY of a 64-bit kernel. */
const INFINITY = 2n ** 64n - 1n;

/**
 * The descriptor limits of a process, from /proc/PID/limits. A container without a limit of its own should get those of
 * whoever called us: JavaScript runtimes raise their own soft limit when they start.
 *
 * @returns undefined when the process is gone or hidden from us; "unlimited" is 2^64-1
 */
export function readNofileLimit(
  pid: number,
  files: HostFiles = hostFiles,
): { readonly soft: bigint; readonly hard: bigint } | undefined {
  const text = files.readText(`/proc/${pid}/limits`);
  if (text === undefined) return undefined;
  const line = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(text);
  if (line?.[1] === undefined || line[2] === undefined) {
    throw new HostError("unreadable-proc", `/proc/${pid}/limits has no line "Max open files"`);
  }
  return { soft: parseLimit(line[1]), hard: parseLimit(line[2]) };
}

function parseLimit(text: string): bigint {
  return text === "unlimited" ? INFINITY : BigInt(text);
}
