import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { runForeground } from "../../../src/executor/foreground.ts";
import { type RunInit, runInitBeside, runInitBlocking } from "../../../src/executor/init-process.ts";
import { runPlan } from "../../../src/executor/run-plan.ts";
import { compileSeccompProfile } from "../../../src/executor/seccomp.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(`${tmpdir()}/gantry-executor-`);
});
afterEach(() => rmSync(dir, { recursive: true }));

/** A stand-in for gantry-init: it has the same descriptors, arguments and environment. */
function paths(script: string, runInit: RunInit = BESIDE) {
  const gantryInit = `${dir}/init.sh`;
  writeFileSync(gantryInit, `#!/bin/sh\n${script}\n`);
  chmodSync(gantryInit, 0o755);
  return { gantryInit, scratchDir: dir, runInit };
}

const BESIDE = runInitBeside(new AbortController().signal);

const PLAN = Buffer.from("the plan\0and more");

describe.each([
  ["blocking", runInitBlocking],
  ["beside others", BESIDE],
] as const)("runPlan(), %s,", (_, runInit) => {
  it("hands the plan over from its first byte and reads the report", async () => {
    const script = `cat <&3 >${dir}/seen; echo "$1 $2 $3" >${dir}/args; printf 'pid\\t7\\t8\\nready\\n' >&4`;
    await expect(runPlan(paths(script, runInit), PLAN, 0)).resolves.toEqual({
      process: { pid: 7, startTime: 8n },
      warnings: [],
    });
    expect(readFileSync(`${dir}/seen`)).toEqual(PLAN);
    expect(readFileSync(`${dir}/args`, "utf8")).toBe("run 3 4\n");
  });

  it("passes a plan larger than a pipe", async () => {
    const plan = Buffer.alloc(1 << 20, 7);
    await runPlan(paths(`cat <&3 >${dir}/seen; printf 'ready\\n' >&4`, runInit), plan, 0);
    expect(readFileSync(`${dir}/seen`).equals(plan)).toBe(true);
  });

  it("gives gantry-init nothing of our environment", async () => {
    process.env["GANTRY_TEST_LEAK"] = "leaked";
    await runPlan(
      paths(`tr '\\0' '\\n' </proc/$$/environ >${dir}/environ; printf 'ready\\n' >&4`, runInit),
      PLAN,
      0,
    );
    delete process.env["GANTRY_TEST_LEAK"];
    expect(readFileSync(`${dir}/environ`, "utf8")).toBe("");
  });

  it("leaves no file behind, whether the plan succeeds or fails", async () => {
    await runPlan(paths(`printf 'ready\\n' >&4`, runInit), PLAN, 0);
    await expect(runPlan(paths("exit 3", runInit), PLAN, 0)).rejects.toThrowError(
      expect.objectContaining({ code: "no-report" }),
    );
    expect(readdirSync(dir)).toEqual(["init.sh"]);
  });

  it("says which program is missing", async () => {
    await expect(
      runPlan({ gantryInit: `${dir}/nope`, scratchDir: dir, runInit }, PLAN, 0),
    ).rejects.toThrowError(
      expect.objectContaining({ code: "spawn-failed", message: expect.stringContaining(`${dir}/nope`) }),
    );
  });

  it("throws the failed step", async () => {
    const script = `printf 'error\\t2\\tmount\\tmount\\t22\\t/x\\tbad option\\n' >&4; exit 1`;
    await expect(runPlan(paths(script, runInit), PLAN, 0)).rejects.toThrowError(
      expect.objectContaining({
        code: "step-failed",
        step: { opIndex: 2, op: "mount", step: "mount", errno: 22, path: "/x", detail: "bad option" },
      }),
    );
  });
});

describe("runForeground()", () => {
  it("is ready while the process runs, then passes on its status", async () => {
    const script = `printf 'pid\\t7\\t8\\nready\\n' >&4; read line <${dir}/gate; exit 42`;
    const given = paths(script);
    writeFileSync(`${dir}/gate`, "");
    const run = runForeground(given, PLAN, 0);
    await expect(run.ready).resolves.toEqual({ process: { pid: 7, startTime: 8n }, warnings: [] });
    await expect(run.exited).resolves.toBe(42);
    expect(readdirSync(dir).sort()).toEqual(["gate", "init.sh"]);
  });

  it("loses no report of a process that ends at once", async () => {
    const run = runForeground(paths(`printf 'pid\\t7\\t8\\nready\\n' >&4; exit 5`), PLAN, 0);
    await expect(run.ready).resolves.toMatchObject({ process: { pid: 7 } });
    await expect(run.exited).resolves.toBe(5);
  });

  it("gives 128 and the signal's number for a killed process, and forwards signals", async () => {
    const run = runForeground(paths(`printf 'pid\\t7\\t8\\nready\\n' >&4; exec sleep 30`), PLAN, 0);
    await run.ready;
    run.forward("SIGTERM");
    await expect(run.exited).resolves.toBe(128 + 15);
  });

  it("rejects with the failed step", async () => {
    const run = runForeground(paths(`printf 'error\\t1\\tclone\\tclone3\\t1\\t\\t\\n' >&4; exit 1`), PLAN, 0);
    await expect(run.ready).rejects.toMatchObject({ code: "step-failed" });
    await expect(run.exited).resolves.toBe(1);
  });
});

describe("compileSeccompProfile()", () => {
  it("returns the bytes of the answer", async () => {
    expect(Buffer.from(await compileSeccompProfile(paths("cat <&3 >&4"), PLAN))).toEqual(PLAN);
  });

  it("quotes the compiler's own line", async () => {
    const script = `echo "unknown action 7" >&4; exit 1`;
    await expect(compileSeccompProfile(paths(script), PLAN)).rejects.toThrowError(
      expect.objectContaining({
        code: "seccomp-failed",
        message: expect.stringContaining("unknown action 7"),
      }),
    );
  });
});
