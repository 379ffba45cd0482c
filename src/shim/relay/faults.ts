import { existsSync, readFileSync, unlinkSync } from "node:fs";

/** Where a call can be when the server dies. */
export type CallPoint = "received" | "begun" | "acted" | "published" | "answered" | "flushed";

/** For tests: the server kills itself at a point of a call. */
export interface Faults {
  /** @param method of the task service, e.g. "Create" */
  point(method: string, point: CallPoint): void;
}

export const NO_FAULTS: Faults = { point: () => {} };

/**
 * `GANTRY_TEST_KILL_FILE` names a file with lines `Method:point`: the first call that comes to such a point removes the line
 * and takes the server down as `kill -9` would.
 */
export function faultsOf(file: string | undefined): Faults {
  if (!file) return NO_FAULTS;
  return {
    point(method, point) {
      if (!existsSync(file)) return;
      const wanted = readFileSync(file, "utf8").trim();
      if (wanted !== `${method}:${point}` && wanted !== `${method}:${point}:always`) return;
      if (!wanted.endsWith(":always")) unlinkSync(file);
      process.kill(process.pid, "SIGKILL");
    },
  };
}
