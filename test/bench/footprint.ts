import { readFileSync } from "node:fs";

/** Memory of some processes, summed up. */
export interface Footprint {
  readonly processes: number;
  readonly threads: number;
  /** Proportional set size: a page that n processes share counts 1/n for each. */
  readonly pssKib: number;
  /** Pages that no other process maps, clean or dirty: what is freed when the process ends. */
  readonly privateKib: number;
  /** What the kernel needs besides: a stack of 16 KiB for each thread, and the page tables. */
  readonly kernelKib: number;
}

// THREAD_SIZE on x86-64 and arm64 with 4 KiB pages
const KERNEL_STACK_KIB = 16;

/** Read the memory of processes, all of which must still run. */
export function readFootprint(pids: readonly number[]): Footprint {
  const sums = { processes: pids.length, threads: 0, pssKib: 0, privateKib: 0, kernelKib: 0 };
  for (const pid of pids) {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const threads = numberOf(status, "Threads");
    sums.threads += threads;
    sums.pssKib += numberOf(rollup, "Pss");
    sums.privateKib += numberOf(rollup, "Private_Clean") + numberOf(rollup, "Private_Dirty");
    sums.kernelKib += threads * KERNEL_STACK_KIB + numberOf(status, "VmPTE");
  }
  return sums;
}

function numberOf(text: string, field: string): number {
  const [, digits] = new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(text) ?? [];
  if (digits === undefined) throw new Error(`no "${field}" in /proc`);
  return Number(digits);
}
