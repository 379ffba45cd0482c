import { existsSync, readFileSync, unlinkSync } from "node:fs";

/** Where a call can be when the server dies. */
export type CallPoint = "received" | "begun" | "acted" | "published" | "answered" | "flushed";

/** For tests: the server kills itself, or hangs, at a point of a call. */
export interface Faults {
  /** @param method of the task service, e.g. "Create" */
  point(method: string, point: CallPoint): void;
}

export const NO_FAULTS: Faults = { point: () => {} };

/**
 * `GANTRY_TEST_KILL_FILE` names a file with lines `Method:point`: the first call that comes to such a point removes the line
 * and takes the server down as `kill -9` would. `Method:point:always` leaves the line; `Method:point:block` does not end the
 * server but keeps its loop from turning, for ever or for the milliseconds behind one more colon.
 */
export function faultsOf(file: string | undefined): Faults {
  if (!file) return NO_FAULTS;
  return {
    point(method, point) {
      if (!existsSync(file)) return;
      const [wantedMethod, wantedPoint, action, ms] = readFileSync(file, "utf8").trim().split(":");
      if (wantedMethod !== method || wantedPoint !== point) return;
      if (action !== "always") unlinkSync(file);
      if (action === "block") {
        const cell = new Int32Array(new SharedArrayBuffer(4));
        Atomics.wait(cell, 0, 0, ms === undefined ? undefined : Number(ms));
        return;
      }
      process.kill(process.pid, "SIGKILL");
    },
  };
}
