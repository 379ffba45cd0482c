import { closeSync, constants, fstatSync, openSync, renameSync, writeSync } from "node:fs";

import { messageOf } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";

/** Where the lines go, and when there are enough. */
export interface DecisionLogOptions {
  readonly path: string;
  readonly format: "text" | "json";
  /** A file that has grown beyond is renamed to `<path>.1`, and a new one begun. */
  readonly maxBytes: number;
  readonly now: () => Date;
  /** In every line. */
  readonly fields: Readonly<Record<string, string>>;
  /** Hears that the file cannot be written, once. */
  readonly complain: (text: string) => void;
}

const FLAGS = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

/**
 * What was decided about the containers of a runtime that we stand in front of (SGS-25). A log that cannot be written changes nothing
 * else. Levels below `info` are left out.
 */
export function openDecisionLog(options: DecisionLogOptions): Logger & { close(): void } {
  const fd = openCapped(options);
  return {
    log(level, message) {
      if (fd === undefined || level === "debug") return;
      try {
        writeSync(fd, formatLine(options, level, message));
      } catch {
        // The disk is full: the container matters more.
      }
    },
    close() {
      if (fd !== undefined) closeSync(fd);
    },
  };
}

function openCapped({ path, maxBytes, complain }: DecisionLogOptions): number | undefined {
  try {
    const fd = openSync(path, FLAGS, 0o600);
    if (fstatSync(fd).size <= maxBytes) return fd;
    closeSync(fd);
    renameSync(path, `${path}.1`);
    return openSync(path, FLAGS, 0o600);
  } catch (error) {
    complain(`cannot write the log ${JSON.stringify(path)}: ${messageOf(error)}\n`);
    return undefined;
  }
}

function formatLine({ format, now, fields }: DecisionLogOptions, level: string, message: string): string {
  const time = now().toISOString();
  if (format === "json") return `${JSON.stringify({ time, level, ...fields, msg: message })}\n`;
  const text = Object.entries(fields).map(([name, value]) => ` ${name}=${value}`);
  // One line each, whatever a pod's author has put into a name.
  return `${time} ${level}${text.join("")} ${message}`.replaceAll(/\p{Cc}/gu, " ").concat("\n");
}
