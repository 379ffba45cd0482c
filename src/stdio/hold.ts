import { closeSync, constants, openSync } from "node:fs";
import type { StdioRequest } from "./parse.ts";

/**
 * Keep whoever reads a process's output from seeing its end. A runtime that is killed while it makes the process takes its own
 * ends of the fifos with it; when it is run once more, nobody would read them. Fifos that nobody reads yet are left alone.
 *
 * @returns lets go
 */
export function holdOutput(stdio: StdioRequest): () => void {
  const paths = stdio.kind === "paths" ? [stdio.stdout, stdio.stderr] : [];
  const fds = paths.flatMap((path) => (path === undefined ? [] : tryOpen(path)));
  return () => {
    for (const fd of fds) closeSync(fd);
  };
}

/** What cannot be opened is for the runtime to complain of. */
function tryOpen(path: string): number[] {
  try {
    return [openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY)];
  } catch {
    return [];
  }
}
