import { readdirSync } from "node:fs";
import { readFootprint } from "../bench/footprint.ts";
import type { Containerd } from "../helpers/containerd.ts";
import { openFiles } from "../helpers/host.ts";
import { findMonitors, findServer, findStubs, findWorkers } from "../helpers/node-server.ts";

/** What is there and how much it needs, at one moment. */
export interface Checkpoint {
  readonly atS: number;
  readonly stubs: number;
  readonly monitors: number;
  readonly server: Usage;
  readonly worker: Usage;
  /** Of the daemon. */
  readonly daemonFds: number;
  /** Of the node directory: journal and outbox do not grow. */
  readonly nodeFiles: number;
}

export interface Usage {
  readonly fds: number;
  readonly pssKib: number;
}

/** Look at everything that serves the containers of this daemon. */
export function takeCheckpoint(containerd: Containerd, startedAt: number): Checkpoint {
  const server = findServer(containerd);
  return {
    atS: Math.round((performance.now() - startedAt) / 1000),
    stubs: findStubs(containerd).length,
    monitors: findMonitors(containerd).length,
    server: usageOf(server === undefined ? [] : [server]),
    worker: usageOf(findWorkers(containerd)),
    daemonFds: openFiles(containerd.pid()).length,
    nodeFiles: readdirSync(`${containerd.dir}/n`, { recursive: true }).length,
  };
}

function usageOf(pids: readonly number[]): Usage {
  try {
    const { pssKib } = readFootprint(pids);
    return { fds: pids.reduce((sum, pid) => sum + openFiles(pid).length, 0), pssKib };
  } catch {
    return { fds: 0, pssKib: 0 }; // killed while we looked
  }
}
