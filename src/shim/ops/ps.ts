import { memoryOf, monitorOf } from "./processes.ts";
import type { NodeReport } from "./report-types.ts";

/** One container of the node, or a pod without any. */
export interface PsRow {
  readonly nodeDir: string;
  readonly containerdNamespace: string;
  /** The name of the pod. */
  readonly pod: string;
  readonly socket: string;
  /** 0: none. */
  readonly stubPid: number;
  /** Empty for a pod without containers. */
  readonly id: string;
  readonly bundle: string;
  readonly status: string;
  /** 0 before there is one. */
  readonly pid: number;
  /** Init's first. */
  readonly monitorPids: readonly number[];
  /** Execs that run. */
  readonly execs: number;
  /** Of stub and monitors, in bytes; that of the stub counts for the first container of its pod only. */
  readonly memory: { readonly private: number; readonly pss: number };
}

/** What `gantry ps` shows; looks processes up in /proc. */
export function listContainers({ nodeDir, pods }: NodeReport): PsRow[] {
  return pods.flatMap(({ id: pod, containerdNamespace, socket, stubPid, containers }) => {
    const shared = { nodeDir, containerdNamespace, pod, socket, stubPid };
    if (containers.length === 0) {
      const nothing = { id: "", bundle: "", status: "empty", pid: 0, monitorPids: [], execs: 0 };
      return [{ ...shared, ...nothing, memory: sumMemory([stubPid]) }];
    }
    return containers.map(({ id, bundle, status, processes }, i) => {
      const living = processes.filter((process) => process.status !== "stopped");
      const monitorPids = living.flatMap(({ pid }) => monitorOf(pid) ?? []);
      return {
        ...shared,
        id,
        bundle,
        status,
        pid: processes[0]?.pid ?? 0,
        monitorPids,
        execs: living.filter(({ execId }) => execId !== "").length,
        memory: sumMemory(i === 0 ? [stubPid, ...monitorPids] : monitorPids),
      };
    });
  });
}

function sumMemory(pids: readonly number[]): { readonly private: number; readonly pss: number } {
  const all = pids.filter((pid) => pid !== 0).map(memoryOf);
  return {
    private: all.reduce((sum, each) => sum + each.private, 0),
    pss: all.reduce((sum, each) => sum + each.pss, 0),
  };
}

/** As a table for people. */
export function formatContainers(rows: readonly PsRow[]): string {
  return formatTable([
    ["NAMESPACE", "POD", "CONTAINER", "STATUS", "PID", "STUB", "MONITORS", "EXECS", "PSS", "PRIVATE"],
    ...rows.map((row) => [
      row.containerdNamespace,
      row.pod || "?",
      row.id || "-",
      row.status,
      String(row.pid || "-"),
      String(row.stubPid || "-"),
      row.monitorPids.join(",") || "-",
      String(row.execs),
      kibibytes(row.memory.pss),
      kibibytes(row.memory.private),
    ]),
  ]);
}

/** Columns as wide as they must be. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function kibibytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}
