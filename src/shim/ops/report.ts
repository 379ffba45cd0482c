import { PROTOCOL_VERSION } from "../relay/frames.ts";
import type { Node } from "../relay/node.ts";
import type { Pod } from "../relay/pod.ts";
import { queuedTasks } from "../task/queue.ts";
import type { TaskProcess } from "../task/task-process.ts";
import type { NodeReport, PodReport, ReportedProcess } from "./report-types.ts";

/** What the server knows, without looking anything up. */
export function reportNode(node: Node): NodeReport {
  const { config, counts, publisher, warm } = node;
  return {
    version: config.version,
    protocol: PROTOCOL_VERSION,
    pid: process.pid,
    executable: config.executable,
    uptimeSeconds: Math.round(process.uptime()),
    nodeDir: config.args.nodeDir,
    address: config.args.address,
    ...counts,
    workers: warm.workers,
    commandsInProgress: warm.pending,
    tasksWaiting: queuedTasks(),
    events: { pending: publisher.pending, waitedMs: Math.round(publisher.waitedMs) },
    pods: [...node.pods.values()].map(reportPod),
  };
}

function reportPod(pod: Pod): PodReport {
  return {
    id: pod.record.id,
    containerdNamespace: pod.record.containerdNamespace,
    socket: pod.socket,
    stubPid: pod.stubPid ?? 0,
    connections: pod.connections,
    containers: [...pod.shim.containers.values()].map(({ id, bundle, record, init, execs, pause }) => ({
      id,
      bundle,
      stateRoot: record.stateRoot,
      status: pause === "no" ? init.status : pause,
      processes: [init, ...execs.values()].map(reportProcess),
    })),
  };
}

function reportProcess(process: TaskProcess): ReportedProcess {
  return { execId: process.execId, pid: process.pid, status: process.status };
}
