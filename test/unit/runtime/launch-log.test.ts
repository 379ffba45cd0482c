import { describe, expect, it } from "vitest";
import type { Logger } from "../../../src/core/log.ts";
import type { Op } from "../../../src/plan/op.ts";
import { logLaunch, logLaunched } from "../../../src/runtime/launch-log.ts";

/** What is said about a plan of these operations, and about a process that has come of it. */
function linesOf(ops: readonly Op[], pid?: number): string[] {
  const lines: string[] = [];
  const log: Logger = { log: (level, message) => void lines.push(`${level}: ${message}`) };
  logLaunch(log, { ops, warnings: [] });
  logLaunched(
    log,
    { warnings: [], ...(pid === undefined ? {} : { process: { pid, startTime: 1n } }) },
    "init",
  );
  return lines;
}

describe("logLaunch() and logLaunched()", () => {
  it("say in debug lines what runc's tests look for", () => {
    const ops: Op[] = [
      {
        kind: "initial-cpus",
        cpus: [
          { first: 0, last: 1 },
          { first: 64, last: 64 },
        ],
      },
      { kind: "seccomp", flags: 4 | 8, program: new Uint8Array(8) },
    ];
    expect(linesOf(ops, 4711)).toEqual([
      "debug: nsexec container setup: gantry-init gets a plan of 2 operations",
      "debug: nsexec: the process is born with: affinity: 0x10000000000000003",
      "debug: seccomp filter flags: 4",
      "debug: child process in init(): its pid is 4711",
      "debug: init: closing the pipe to signal completion",
    ]);
    expect(linesOf([])).toHaveLength(1);
  });
});
