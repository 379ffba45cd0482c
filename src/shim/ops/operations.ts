import { dirname, join } from "node:path";
import type { Node } from "../relay/node.ts";
import { watchLoop } from "./loop-watch.ts";
import { serveMetrics } from "./metrics-server.ts";
import { Watchdog } from "./watchdog.ts";

/** What waits for this server is served first: to start a process takes 40 ms of processor time the first time. */
const WATCH_AFTER_MS = 200;
/** A loop that has not turned for so long will not turn any more. */
const HANG_MS = 10_000;

/** Have a server watched and measured. @returns ends that */
export function startOperations(node: Node): () => void {
  const { config, counters, logger } = node;
  const endLoopWatch = watchLoop({
    logger,
    onLag: (lagMs, isStall) => {
      counters.loopLag.observe(lagMs / 1000);
      if (isStall) counters.loopStalls += 1;
    },
  });
  const watchdog = new Watchdog({
    gantryInit: config.env["GANTRY_INIT_PATH"] ?? join(dirname(config.executable), "gantry-init"),
    hangMs: Number(config.env["GANTRY_TEST_HANG_MS"]) || HANG_MS,
    logger,
  });
  setTimeout(() => watchdog.start(), WATCH_AFTER_MS).unref();
  const endMetrics = serveMetrics({
    socket: join(config.args.nodeDir, "metrics.sock"),
    address: config.env["GANTRY_METRICS_ADDRESS"] ?? "",
    logger,
    render: async () => {
      const [{ renderMetrics }, { reportNode }] = await Promise.all([
        import("./metrics.ts"),
        import("./report.ts"),
      ]);
      const { warm, publisher } = node;
      return renderMetrics({
        report: reportNode(node),
        counters,
        workers: warm.counts,
        delivered: publisher.delivered,
      });
    },
  });
  return () => {
    endMetrics();
    endLoopWatch();
    watchdog.stop();
  };
}
