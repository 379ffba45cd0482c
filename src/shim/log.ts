import { closeSync, constants, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../core/errors.ts";
import type { Logger, LogLevel } from "../core/log.ts";

/** The server's log, which may get new places to write to. */
export interface ServerLog extends Logger {
  /** A bundle whose `log` fifo can be written to when the present one has no reader any more. */
  addBundle(bundle: string): void;
  /** From now on debug lines too: a daemon that logs them started a pod. */
  enableDebug(): void;
}

const SEVERITY = { debug: 0, info: 1, warn: 2, error: 3 } as const satisfies Record<LogLevel, number>;
// The names of logrus, so that the lines blend with containerd's own.
const NAME = { debug: "debug", info: "info", warn: "warning", error: "error" } as const satisfies Record<
  LogLevel,
  string
>;

/**
 * Log to a file, or to containerd's `log` fifo of the latest bundle. Nothing here ever waits: a fifo whose reader has stopped is
 * full and drops lines, one without a reader (containerd restarts) drops them too. A server outlives its first bundle, so it
 * moves on to the fifo of another one.
 *
 * @param options.file `GANTRY_SHIM_LOG`; empty: the fifo
 */
export function openServerLog(options: {
  readonly file: string;
  readonly isDebug: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly now?: () => Date;
}): ServerLog {
  const now = options.now ?? (() => new Date());
  let least = options.isDebug ? SEVERITY.debug : SEVERITY.info;
  const bundles = new Set<string>();
  let fd = options.file === "" ? undefined : openFile(options.file);
  let dropped = 0;

  function write(line: string): string | undefined {
    if (fd === undefined) return "ENXIO";
    try {
      writeSync(fd, line);
      return undefined;
    } catch (error) {
      return errnoOf(error) ?? "EIO";
    }
  }

  function reopen(): boolean {
    if (options.file !== "") return false;
    for (const bundle of [...bundles].reverse()) {
      const next = openFifo(bundle);
      if (next === undefined) continue;
      if (fd !== undefined) closeSync(fd);
      fd = next;
      return true;
    }
    return false;
  }

  return {
    log(level, message, fields) {
      if (SEVERITY[level] < least) return;
      const note = dropped === 0 ? {} : { dropped };
      const line = formatLine(now(), NAME[level], message, { ...options.fields, ...fields, ...note });
      let errno = write(line);
      // EAGAIN is a full pipe: later lines may fit. The others mean that nobody reads here.
      if ((errno === "EPIPE" || errno === "ENXIO") && reopen()) errno = write(line);
      dropped = errno === undefined ? 0 : dropped + 1;
    },
    enableDebug() {
      least = SEVERITY.debug;
    },
    addBundle(bundle) {
      bundles.delete(bundle);
      bundles.add(bundle);
      // Enough to find a living one; a pod has a handful.
      if (bundles.size > 16) for (const oldest of bundles) return void bundles.delete(oldest);
    },
  };
}

/** One line as logrus writes it. */
export function formatLine(
  time: Date,
  level: string,
  message: string,
  fields: Readonly<Record<string, unknown>>,
): string {
  const stamp = time.toISOString().replace("Z", "000000Z");
  const more = Object.entries(fields).map(([key, value]) => ` ${key}=${quote(String(value))}`);
  return `time="${stamp}" level=${level} msg=${JSON.stringify(message)}${more.join("")}\n`;
}

function quote(text: string): string {
  return /^[\w./:@^+-]+$/.test(text) ? text : JSON.stringify(text);
}

/** ENXIO, ENOENT: no reader or no fifo; there is nobody to tell. */
function openFifo(bundle: string): number | undefined {
  try {
    return openSync(join(bundle, "log"), constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return undefined;
  }
}

function openFile(path: string): number | undefined {
  try {
    return openSync(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK,
      0o640,
    );
  } catch {
    return undefined; // gone since `start` opened it, or a fifo without a reader
  }
}
