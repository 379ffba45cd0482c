import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { messageOf } from "../../core/errors.ts";
import { readTextIfExists } from "../../host/files.ts";
import { DEFAULT_SOCKET_DIR, membersDir } from "../address.ts";
import { askServer } from "./ask.ts";
import type { NodeFacts } from "./check.ts";
import { PodList } from "./pod-list.ts";
import { findMonitors, monitorOf } from "./processes.ts";
import type { NodeReport } from "./report-types.ts";

const OLD_CALL_MS = 15 * 60_000;
/** A directory that is younger may be one that the server has only just made. */
const OLD_STATE_MS = 60_000;

/** Ask a node's server and look around it. Starts nothing and changes nothing. */
export async function readNodeFacts(nodeDir: string, base: string | undefined): Promise<NodeFacts> {
  const listedPods = new PodList(nodeDir).sockets();
  const announced = readTextIfExists(join(nodeDir, "shimd.pid"))?.trim();
  const shared = {
    nodeDir,
    listedPods,
    ...(announced === undefined ? {} : { announcedPid: Number(announced) }),
  };
  let report: NodeReport | undefined;
  try {
    report = await askServer(nodeDir, "ps");
  } catch (error) {
    return { ...shared, ...NOTHING, problem: messageOf(error) };
  }
  if (report === undefined) return { ...shared, ...NOTHING };
  const containers = report.pods.flatMap((pod) => pod.containers);
  const socketDirs = [
    // Not for a base of its own: what is there belongs to the usual one.
    ...(base ? [] : [DEFAULT_SOCKET_DIR]),
    ...report.pods.map(({ socket }) => dirname(socket)),
    ...listedPods.map(dirname),
  ];
  const pids = containers.flatMap(({ processes }) => processes.map(({ pid }) => pid));
  return {
    ...shared,
    report,
    isOutdated: isOutdated(report),
    podDirs: unique(socketDirs).flatMap((dir) => listPodDirs(dir)),
    oldCalls: report.pods.flatMap(({ socket }) => listOld(join(membersDir(socket), ".calls"), OLD_CALL_MS)),
    states: unique(containers.map(({ stateRoot }) => stateRoot)).flatMap((root) =>
      listOld(root, OLD_STATE_MS).filter((dir) => existsSync(join(dir, "state.json"))),
    ),
    monitors: findMonitors(),
    monitorByPid: new Map(
      pids.flatMap((pid): [number, number][] => {
        const monitor = monitorOf(pid);
        return monitor === undefined ? [] : [[pid, monitor]];
      }),
    ),
  };
}

const NOTHING = {
  isOutdated: false,
  podDirs: [],
  oldCalls: [],
  states: [],
  monitors: [],
  monitorByPid: new Map<number, number>(),
};

/** Whether another program is now where the server was started from. */
export function isOutdated({ pid, executable }: Pick<NodeReport, "pid" | "executable">): boolean {
  const running = statSync(`/proc/${pid}/exe`, { throwIfNoEntry: false });
  const installed = statSync(executable, { throwIfNoEntry: false });
  if (running === undefined || installed === undefined) return false;
  return running.dev !== installed.dev || running.ino !== installed.ino;
}

function listPodDirs(dir: string): string[] {
  return list(dir).filter((path) => path.endsWith(".d") && existsSync(join(path, ".pod.json")));
}

function listOld(dir: string, ageMs: number): string[] {
  const before = Date.now() - ageMs;
  return list(dir).filter((path) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? before) < before);
}

function list(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir).map((name) => join(dir, name)) : [];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
