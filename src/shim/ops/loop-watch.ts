import type { Logger } from "../../core/log.ts";

export interface LoopWatchOptions {
  readonly logger: Logger;
  /** Told of every turn. @param isStall worth a line */
  readonly onLag: (lagMs: number, isStall: boolean) => void;
  readonly intervalMs?: number;
  /** Lag that is worth a line. */
  readonly thresholdMs?: number;
}

const INTERVAL_MS = 250;
const THRESHOLD_MS = 200;

/**
 * Measure by how much a timer is late: so long, something has kept the loop, or the process did not run. What keeps it for
 * good is another process's business (`Watchdog`).
 *
 * @returns ends it
 */
export function watchLoop(options: LoopWatchOptions): () => void {
  const { logger, onLag, intervalMs = INTERVAL_MS, thresholdMs = THRESHOLD_MS } = options;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const lagMs = Math.max(0, now - last - intervalMs);
    last = now;
    const isStall = lagMs >= thresholdMs;
    onLag(lagMs, isStall);
    if (isStall) logger.log("warn", "the server's loop was held up", { ms: Math.round(lagMs) });
  }, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
