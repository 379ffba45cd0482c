import { readdirSync, readlinkSync } from "node:fs";
import { readTextIfExists } from "../../host/files.ts";
import { readProcessStat } from "../../host/proc.ts";

/** A monitor, and the directory of the process it is the parent of. */
export interface MonitorProcess {
  readonly pid: number;
  readonly stateRoot: string;
  readonly id: string;
  /** Empty for init. */
  readonly execId: string;
  /** The directory was removed under it. */
  readonly isDeleted: boolean;
}

/** Every monitor of the machine, found by the process directory that each holds open. */
export function findMonitors(): MonitorProcess[] {
  return listPids().flatMap((pid) => {
    if (!isGantryInit(pid)) return [];
    for (const target of openFiles(pid)) {
      const match = /^(\/.+)\/([^/]+)\/(?:init|execs\/([^/]+))( \(deleted\))?$/.exec(target);
      if (match === null) continue;
      const [, stateRoot = "", id = "", execId = "", deleted] = match;
      return [{ pid, stateRoot, id, execId, isDeleted: deleted !== undefined }];
    }
    return [];
  });
}

/** Stubs of the servers whose node directories are below `base`. */
export function findStubs(base: string | undefined): { readonly pid: number; readonly args: string }[] {
  return listPids().flatMap((pid) => {
    const [program = "", ...args] = (readTextIfExists(`/proc/${pid}/cmdline`) ?? "").split("\0");
    if (!program.endsWith("containerd-shim-gantry-v2") || !args.includes("start")) return [];
    const variables = (readTextIfExists(`/proc/${pid}/environ`) ?? "").split("\0");
    const own = variables
      .find((line) => line.startsWith("GANTRY_NODE_DIR="))
      ?.slice("GANTRY_NODE_DIR=".length);
    return (own || "") === (base || "") ? [{ pid, args: args.join(" ").trim() }] : [];
  });
}

/** The monitor of a process, if it has one. */
export function monitorOf(pid: number): number | undefined {
  const parent = pid === 0 ? undefined : readProcessStat(pid)?.parentPid;
  return parent !== undefined && isGantryInit(parent) ? parent : undefined;
}

/** By its command line: it was executed through a descriptor, and its name is that descriptor's. */
function isGantryInit(pid: number): boolean {
  return (readTextIfExists(`/proc/${pid}/cmdline`) ?? "").startsWith("gantry-init\0");
}

/** Bytes of memory: `private` is what would be free without the process, `pss` counts shared pages in part. */
export function memoryOf(pid: number): { readonly private: number; readonly pss: number } {
  let text = "";
  try {
    text = readTextIfExists(`/proc/${pid}/smaps_rollup`) ?? "";
  } catch {
    // It has ended, or is not ours to look at.
  }
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0) * 1024;
  return { private: field("Private_Clean") + field("Private_Dirty"), pss: field("Pss") };
}

function listPids(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
      } catch {
        return []; // closed meanwhile
      }
    });
  } catch {
    return []; // it has ended
  }
}
