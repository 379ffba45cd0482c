import { readTextIfExists } from "../../host/files.ts";
import type { Counters } from "./counters.ts";
import { type Labels, MetricsText } from "./metrics-text.ts";
import type { NodeReport } from "./report-types.ts";

const PAGE_BYTES = 4096;

export interface MetricsInput {
  readonly report: NodeReport;
  readonly counters: Counters;
  readonly workers: {
    readonly started: number;
    readonly died: number;
    readonly stuck: number;
    readonly cold: number;
  };
  /** Of events that containerd has confirmed. */
  readonly delivered: number;
}

/** Everything that is known of a server, in Prometheus' text format. */
export function renderMetrics({ report, counters, workers, delivered }: MetricsInput): string {
  const methods = [...counters.methods];
  const memory = process.memoryUsage();
  const cpu = process.cpuUsage();
  return new MetricsText()
    .gauge("gantry_build_info", "The version that runs.", [
      { version: report.version, protocol: String(report.protocol) },
      1,
    ])
    .gauge("process_start_time_seconds", "When the server was started.", Date.now() / 1000 - process.uptime())
    .counter("process_cpu_seconds_total", "Time on a processor.", (cpu.user + cpu.system) / 1e6)
    .gauge("process_resident_memory_bytes", "The server's memory, shared pages included.", memory.rss)
    .gauge("gantry_heap_bytes", "The server's JavaScript heap.", memory.heapUsed)
    .gauge(
      "gantry_worker_resident_memory_bytes",
      "Memory of runtime workers.",
      ...report.workers.map(residentBytes),
    )
    .counter("gantry_server_starts_total", "Servers of this node since boot.", report.starts)
    .counter("gantry_server_deaths_total", "Servers that did not end by themselves.", report.deaths)
    .histogram(
      "gantry_rpc_duration_seconds",
      "Calls of the task service, by method.",
      ...methods.map(([method, { seconds }]) => [{ method }, seconds] as const),
    )
    .counter(
      "gantry_rpc_errors_total",
      "Calls that were answered with an error, by its code.",
      ...methods.flatMap(([method, { errors }]) =>
        [...errors].map(([code, count]): [Labels, number] => [{ method, code }, count]),
      ),
    )
    .gauge(
      "gantry_rpc_in_progress",
      "Calls that have no answer yet.",
      ...methods.map(([method, { inProgress }]): [Labels, number] => [{ method }, inProgress]),
    )
    .counter(
      "gantry_replays_total",
      "Requests that a stub has sent again after the end of a server: answered from the journal, or carried out.",
      [{ how: "answered" }, counters.replaysAnswered],
      [{ how: "run" }, counters.replaysRun],
    )
    .gauge("gantry_pods", "Pods.", report.pods.length)
    .gauge(
      "gantry_stubs",
      "Stubs that are connected.",
      report.pods.filter(({ stubPid }) => stubPid !== 0).length,
    )
    .gauge("gantry_containers", "Containers by status.", ...containersByStatus(report))
    .gauge(
      "gantry_commands_in_progress",
      "Commands of gantry-runtime in its workers.",
      report.commandsInProgress,
    )
    .gauge("gantry_tasks_waiting", "Work that waits for other work on the same process.", report.tasksWaiting)
    .counter("gantry_worker_starts_total", "Runtime workers that were started.", workers.started)
    .counter("gantry_worker_deaths_total", "Runtime workers that ended unasked.", workers.died)
    .counter("gantry_worker_stuck_total", "Runtime workers that were given up for hanging.", workers.stuck)
    .counter("gantry_commands_cold_total", "Commands without a worker, for want of one.", workers.cold)
    .gauge("gantry_events_pending", "Events that containerd has not confirmed.", report.events.pending)
    .gauge(
      "gantry_event_wait_seconds",
      "How long the oldest of them has been tried.",
      report.events.waitedMs / 1000,
    )
    .counter("gantry_events_delivered_total", "Events that containerd has confirmed.", delivered)
    .histogram("gantry_loop_lag_seconds", "By how much the loop was late.", [{}, counters.loopLag])
    .counter(
      "gantry_loop_stalls_total",
      "How often it was late enough for a line in the log.",
      counters.loopStalls,
    )
    .toString();
}

const STATUSES = ["created", "running", "pausing", "paused", "stopped"];

function containersByStatus({ pods }: NodeReport): [Labels, number][] {
  // Those that are not there are said too: a series must not end where it becomes 0.
  const counts = new Map(STATUSES.map((status) => [status, 0]));
  for (const { status } of pods.flatMap(({ containers }) => containers)) {
    counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  return [...counts].map(([status, count]) => [{ status }, count]);
}

function residentBytes(pid: number): [Labels, number] {
  const pages = Number((readTextIfExists(`/proc/${pid}/statm`) ?? "").split(" ")[1] ?? 0);
  return [{ pid: String(pid) }, pages * PAGE_BYTES];
}
