import { closeSync, openSync, writeSync } from "node:fs";

import { messageOf } from "../core/errors.ts";
import type { Logger, LogLevel } from "../core/log.ts";
import { CliError } from "./errors.ts";

/** The runtime's log: `Logger` plus what the end of a command needs. */
export interface CommandLog extends Logger {
  /** True when lines go to a file of their own and the caller's standard error has not seen them. */
  readonly isFile: boolean;
  /** The descriptor of that file. */
  readonly ownFds: readonly number[];
  close(): void;
}

const SEVERITY = { debug: 0, info: 1, warn: 2, error: 3 } as const satisfies Record<LogLevel, number>;
// The names logrus writes; containerd's shim looks for the last line with level "error".
const NAME = { debug: "debug", info: "info", warn: "warning", error: "error" } as const satisfies Record<
  LogLevel,
  string
>;

/**
 * Open the log of one command. The file is created at once, so that a caller who reads it after any failure finds
 * it; lines are whole `write(2)`s to a descriptor opened with O_APPEND|O_SYNC.
 *
 * @param path the file, or undefined for standard error
 * @param format `json` writes one object per line and nothing else; readers decode it strictly
 */
export function openCommandLog(options: {
  readonly path: string | undefined;
  readonly format: "text" | "json";
  readonly isDebug: boolean;
  readonly now: () => Date;
  /** In every line. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Gets the lines when there is no `path`. */
  readonly writeErr: (text: string) => void;
}): CommandLog {
  const fd = options.path === undefined ? undefined : openLog(options.path);
  const least = options.isDebug ? SEVERITY.debug : SEVERITY.info;
  return {
    isFile: fd !== undefined,
    ownFds: fd === undefined ? [] : [fd],
    log(level, message, fields) {
      if (SEVERITY[level] < least) return;
      const line = formatLogLine(options.format, NAME[level], message, options.now(), {
        ...options.fields,
        ...fields,
      });
      try {
        if (fd === undefined) options.writeErr(line);
        else writeSync(fd, line);
      } catch {
        // A full disk or a closed standard error must not change what the command does.
      }
    },
    close() {
      if (fd !== undefined) closeSync(fd);
    },
  };
}

function openLog(path: string): number {
  try {
    return openSync(path, "as", 0o644);
  } catch (cause) {
    throw new CliError("bad-flag", `cannot open --log ${JSON.stringify(path)}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** One line as logrus writes it, newline included. */
export function formatLogLine(
  format: "text" | "json",
  level: string,
  message: string,
  time: Date,
  fields?: Readonly<Record<string, unknown>>,
): string {
  const stamp = time.toISOString().replace(/\.\d+Z$/, "Z");
  if (format === "json") return `${JSON.stringify({ ...fields, level, msg: message, time: stamp })}\n`;
  const more = Object.entries(fields ?? {}).map(([key, value]) => ` ${key}=${JSON.stringify(String(value))}`);
  return `time="${stamp}" level=${level} msg=${JSON.stringify(message)}${more.join("")}\n`;
}
