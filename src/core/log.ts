export type LogLevel = "debug" | "info" | "warn" | "error";

/** Where log lines go; the implementation (pino, a fifo, a file) is chosen in `bin/`. Never blocks, never throws. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** A logger whose every line has these fields, too. */
export function withFields(logger: Logger, fields: Readonly<Record<string, unknown>>): Logger {
  return { log: (level, message, more) => logger.log(level, message, { ...fields, ...more }) };
}

/** Drops every line: for tests and for programs that were told to be quiet. */
export const silentLogger: Logger = { log() {} };
