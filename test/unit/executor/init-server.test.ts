import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createInitServer } from "../../../src/executor/init-server.ts";
import { runPlan } from "../../../src/executor/run-plan.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(`${tmpdir()}/gantry-serve-`);
});
afterEach(() => rmSync(dir, { recursive: true }));

const NEVER = new AbortController().signal;

/** A stand-in for `gantry-init serve`: `onRun` is carried out for each plan, with $id, $plan and $report, then `onKill`. */
function standIn(onRun: string, onKill = "true"): string {
  const file = `${dir}/init.sh`;
  const script = `#!/bin/sh
echo "$*" >>${dir}/starts
while read -r word id plan report; do
  plan=/proc/$PPID/fd/$plan report=/proc/$PPID/fd/$report
  if [ "$word" = run ]; then ${onRun}; else ${onKill}; fi
done`;
  writeFileSync(file, script);
  chmodSync(file, 0o755);
  return file;
}

const starts = () => readFileSync(`${dir}/starts`, "utf8");

describe("createInitServer()", () => {
  it("has one gantry-init carry out every plan, each with its own files", async () => {
    const gantryInit = standIn(
      `cat $plan >${dir}/plan.$id; printf "pid\\t$id\\t8\\nready\\n" >$report; echo "end $id 0 0"`,
    );
    const server = createInitServer("worker-7");
    const run = (text: string) =>
      runPlan({ gantryInit, scratchDir: dir, runInit: server.runInit(NEVER) }, Buffer.from(text), 0);
    const results = await Promise.all(["one", "two", "three"].map(run));
    expect(results.map((result) => result.process?.pid)).toEqual([1, 2, 3]);
    expect([1, 2, 3].map((id) => readFileSync(`${dir}/plan.${id}`, "utf8"))).toEqual(["one", "two", "three"]);
    expect(starts()).toBe("serve worker-7\n");
  });

  it("starts another one when it has died; what it had begun counts as killed", async () => {
    const gantryInit = standIn(
      `[ -e ${dir}/alive ] || exit 1; printf "ready\\n" >$report; echo "end $id 0 0"`,
    );
    const server = createInitServer("w");
    const run = () =>
      runPlan({ gantryInit, scratchDir: dir, runInit: server.runInit(NEVER) }, Buffer.from("p"), 0);
    await expect(run()).rejects.toMatchObject({
      code: "no-report",
      message: expect.stringContaining("SIGKILL"),
    });
    writeFileSync(`${dir}/alive`, "");
    await expect(run()).resolves.toEqual({ warnings: [] });
    expect(starts()).toBe("serve w\nserve w\n");
  });

  it("has a plan killed when its time is over, and no other", async () => {
    const gantryInit = standIn("true", 'echo "end $id 0 9"');
    const server = createInitServer("w");
    const giveUp = new AbortController();
    const run = (signal: AbortSignal) => server.runInit(signal)(gantryInit, ["run", "3", "4"], [0, 1]);
    const slow = run(giveUp.signal);
    const other = run(new AbortController().signal);
    giveUp.abort();
    await expect(slow).rejects.toMatchObject({ code: "given-up" });
    await expect(Promise.race([other, "still waits"])).resolves.toBe("still waits");
  });

  it("says which program is missing", async () => {
    const { runInit } = createInitServer("w");
    await expect(runInit(NEVER)(`${dir}/nope`, ["run", "3", "4"], [0, 1])).rejects.toMatchObject({
      code: "spawn-failed",
      message: expect.stringContaining(`${dir}/nope`),
    });
  });
});
