import type { Finding } from "../../core/finding.ts";
import type { MonitorProcess } from "./processes.ts";
import type { NodeReport } from "./report-types.ts";

/** What was read of a node directory and the machine around it, all of it at one time. */
export interface NodeFacts {
  readonly nodeDir: string;
  /** What the server says; absent: there is none, or `problem` says why it does not answer. */
  readonly report?: NodeReport;
  readonly problem?: string;
  /** Pid in the file `shimd.pid`; absent: no server, or one that has ended by itself. */
  readonly announcedPid?: number;
  /** The program was replaced since the server was started. */
  readonly isOutdated: boolean;
  /** Sockets of `<node directory>/pods`. */
  readonly listedPods: readonly string[];
  /** Directories beside pods' sockets that hold a pod's record. */
  readonly podDirs: readonly string[];
  /** Entries of journals that have been there for a quarter of an hour. */
  readonly oldCalls: readonly string[];
  /** `<state root>/<id>` of every container in the state roots of the server's containers. */
  readonly states: readonly string[];
  readonly monitors: readonly MonitorProcess[];
  /** By the pid of a living process of a container: its monitor. */
  readonly monitorByPid: ReadonlyMap<number, number>;
}

const EVENTS_WAIT_MS = 30_000;

/** Hold one node against docs/ARCHITECTURE.md's invariants. Pure; stubs are looked at in `checkStubs`. */
export function checkNode(facts: NodeFacts): Finding[] {
  const { nodeDir, report, problem, announcedPid } = facts;
  if (problem !== undefined) return [{ level: "error", check: "server", message: problem }];
  if (report === undefined) {
    if (announcedPid === undefined)
      return [{ level: "note", check: "server", message: `${nodeDir}: no server, none needed` }];
    return [
      {
        level: "warning",
        check: "server",
        message: `${nodeDir}: the server (${announcedPid}) was killed, and nobody has started another`,
      },
    ];
  }
  const { pods } = report;
  const sockets = new Set(pods.map(({ socket }) => socket));
  const containers = pods.flatMap((pod) => pod.containers);
  const known = new Set(containers.map(({ stateRoot, id }) => `${stateRoot}/${id}`));
  const roots = new Set(containers.map(({ stateRoot }) => stateRoot));
  const error = (check: string, messages: readonly string[]): Finding[] =>
    messages.map((message) => ({ level: "error", check, message }));
  return [
    ...serverFindings(facts, report),
    ...error(
      "stubs = pods",
      pods
        .filter(({ stubPid, containers: own }) => stubPid === 0 && own.length > 0)
        .map(({ id, socket }) => `pod ${id || socket} has no stub`),
    ),
    ...error(
      "monitors = processes",
      containers.flatMap(({ id, processes }) =>
        processes
          .filter(({ pid, status }) => pid !== 0 && status !== "stopped" && !facts.monitorByPid.has(pid))
          .map(({ pid }) => `process ${pid} of container ${id} has no monitor`),
      ),
    ),
    ...error(
      "monitors = processes",
      facts.monitors
        .filter(
          ({ stateRoot, id, isDeleted }) =>
            roots.has(stateRoot) && (isDeleted || !known.has(`${stateRoot}/${id}`)),
        )
        .map(({ pid, stateRoot, id }) => `monitor ${pid} belongs to no container: ${stateRoot}/${id}`),
    ),
    ...error(
      "stale pods",
      facts.listedPods.filter((socket) => !sockets.has(socket)),
    ),
    ...error(
      "stale pod directories",
      facts.podDirs.filter((dir) => !sockets.has(dir.replace(/\.d$/, ""))),
    ),
    ...error("stale journal entries", facts.oldCalls),
    ...error(
      "stale state directories",
      facts.states.filter((state) => !known.has(state)),
    ),
  ];
}

function serverFindings({ isOutdated }: NodeFacts, report: NodeReport): Finding[] {
  const { pid, executable, events, deaths, starts } = report;
  const findings: Finding[] = [];
  if (isOutdated) {
    const message = `server ${pid} is older than ${executable}: gantry node upgrade`;
    findings.push({ level: "warning", check: "binary", message });
  }
  if (events.waitedMs > EVENTS_WAIT_MS) {
    const message = `containerd has not taken the oldest of ${events.pending} events for ${Math.round(events.waitedMs / 1000)} s`;
    findings.push({ level: "error", check: "events", message });
  }
  if (deaths > 0) {
    findings.push({
      level: "note",
      check: "server",
      message: `${deaths} of ${starts} servers did not end by themselves`,
    });
  }
  return findings;
}

/** Stubs that no server knows. @param stubs of every node directory that `reports` come from */
export function checkStubs(
  stubs: readonly { readonly pid: number; readonly args: string }[],
  reports: readonly NodeReport[],
): Finding[] {
  const known = new Set(reports.flatMap(({ pods }) => pods.map(({ stubPid }) => stubPid)));
  return stubs
    .filter(({ pid }) => !known.has(pid))
    .map(({ pid, args }) => ({
      level: "error",
      check: "stubs = pods",
      message: `stub ${pid} has no pod: ${args}`,
    }));
}

/** What the kernel is like. @param rcuExpedited text of /sys/kernel/rcu_expedited; absent: the kernel has none */
export function checkKernel(isCgroup2: boolean, rcuExpedited: string | undefined): Finding[] {
  if (isCgroup2) return [];
  const findings: Finding[] = [
    {
      level: "note",
      check: "cgroups",
      message: "version 1 or hybrid: a process can only be moved into its cgroup, not born in it",
    },
  ];
  if (rcuExpedited?.trim() === "0") {
    const message = "each move waits for an RCU grace period, some 10 ms: echo 1 > /sys/kernel/rcu_expedited";
    findings.push({ level: "note", check: "rcu_expedited", message });
  }
  return findings;
}
