import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { isSameProcess, readProcessStat } from "../../../src/host/proc.ts";
import type { Spec } from "../../../src/spec/types.ts";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, changes, running, withProcess } from "./harness.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.dispose());

describe("gantry-runtime", () => {
  it("walks a container from spec to delete, as a person would type it", async () => {
    const bundle = bench.bundle("c1", withProcess({ args: ["sleep", "1"] }));
    bench.ok(["create", "--bundle", bundle, "c1"]);
    expect(bench.ok(["list"])).toMatch(/^ID +PID +STATUS .*\nc1 +\d+ +created /);
    bench.ok(["start", "c1"]);
    expect(bench.ok(["list"])).toMatch(/\nc1 +\d+ +running /);
    await bench.until("c1", "stopped");
    expect(bench.ok(["list"])).toMatch(/\nc1 +0 +stopped /);
    bench.ok(["delete", "c1"]);
    expect(bench.ok(["list", "-q"])).toBe("");
  });

  it("creates from the current directory by default and runs attached with the exit code of the program", () => {
    const bundle = bench.bundle("c1", running("echo out; echo err >&2; exit 7"));
    expect(bench.call(["run", "c1"], { cwd: bundle })).toEqual({ code: 7, stdout: "out\n", stderr: "err\n" });
  });

  it("reports 128 and the signal for a program that was killed", () => {
    const bundle = bench.bundle("c1", running("kill -9 $$"));
    // The shell is init of its pid namespace, which its own signals do not kill: a child's status shows the rule.
    const child = bench.bundle("c2", running("sh -c 'kill -9 $$'; exit $?"));
    expect(bench.call(["run", "-b", child, "c2"]).code).toBe(137);
    expect(bench.call(["run", "-b", bundle, "c1"]).code).toBe(0);
  });

  it("keeps the container of run --keep", () => {
    const bundle = bench.bundle("c1", running("true"));
    bench.ok(["run", "--keep", "-b", bundle, "c1"]);
    expect(bench.state("c1")).toMatchObject({ status: "stopped", pid: 0 });
    bench.ok(["delete", "c1"]);
  });

  it("state prints runc's keys in runc's order, then ours", () => {
    const bundle = bench.bundle("c1", (spec) => ({ ...running("sleep 100")(spec), annotations: { a: "b" } }));
    bench.ok(["create", "-b", bundle, "c1"]);
    const text = bench.ok(["state", "c1"]);
    const state = JSON.parse(text);
    expect(Object.keys(state)).toEqual(
      "ociVersion id pid status bundle rootfs created annotations owner gantry".split(" "),
    );
    expect(state).toMatchObject({
      id: "c1",
      status: "created",
      bundle,
      rootfs: join(bundle, "rootfs"),
      annotations: { a: "b" },
      owner: "",
    });
    expect(state.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    expect(text).toBe(JSON.stringify(state, null, 2));
    expect(readProcessStat(state.pid)?.state).toBe("S");
    bench.ok(["delete", "c1"]);
  });

  it("run -d --pid-file writes the bare pid of the container's init, which lives on", async () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    bench.ok(["run", "-d", "--pid-file", join(bench.dir, "pid"), "-b", bundle, "c1"]);
    const text = readFileSync(join(bench.dir, "pid"), "utf8");
    expect(text).toMatch(/^\d+$/);
    expect(bench.state("c1")).toMatchObject({ status: "running", pid: Number(text) });
    await waitFor("the program", () => readFileSync(`/proc/${text}/cmdline`, "utf8").startsWith("sleep"));
    const startTime = readProcessStat(Number(text))?.startTime ?? 0;
    bench.ok(["kill", "c1", "KILL"]);
    await bench.until("c1", "stopped");
    expect(isSameProcess(Number(text), startTime)).toBe(false);
    bench.ok(["delete", "c1"]);
    // The same id again, at once.
    bench.ok(["run", "-d", "-b", bundle, "c1"]);
    bench.ok(["delete", "--force", "c1"]);
  });

  it("shows a created container's network namespace before it is started", () => {
    const bundle = bench.bundle("c1", running("true"));
    bench.ok(["create", "-b", bundle, "c1"]);
    const { pid } = bench.state("c1");
    expect(readFileSync(`/proc/${pid}/net/dev`, "utf8")).toContain("lo:");
    expect(readFileSync(`/proc/${pid}/net/dev`, "utf8")).not.toContain("eth0:");
    bench.ok(["delete", "c1"]);
  });

  it("freezes the spec at create: later changes of the bundle mean nothing to start", () => {
    const bundle = bench.bundle("c1", running("echo first; sleep 100"));
    bench.ok(["create", "-b", bundle, "c1"]);
    bench.bundle("c2", running("echo second"));
    const created = readFileSync(join(bench.stateRoot, "c1/config.json"), "utf8");
    expect(created).toContain("echo first");
    bench.ok(["start", "c1"]);
    expect(bench.state("c1").status).toBe("running");
    bench.ok(["delete", "-f", "c1"]);
  });

  it("starts exactly once, however many try", async () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    bench.ok(["create", "-b", bundle, "c1"]);
    const all = await Promise.all([1, 2, 3, 4].map(() => bench.start(["start", "c1"]).ended));
    expect(all.map(({ code }) => code).sort()).toEqual([0, 1, 1, 1]);
    for (const { code, stderr } of all) {
      if (code !== 0) expect(stderr).toContain("cannot start an already running container");
    }
    bench.ok(["delete", "--force", "c1"]);
  });

  it("creates exactly once, however many try, and the losers leave the winner alone", async () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    const all = await Promise.all([1, 2, 3, 4].map(() => bench.start(["create", "-b", bundle, "c1"]).ended));
    expect(all.map(({ code }) => code).sort()).toEqual([0, 1, 1, 1]);
    for (const { code, stderr } of all) {
      if (code !== 0) expect(stderr).toContain("container with given ID already exists");
    }
    expect(bench.state("c1").status).toBe("created");
    bench.ok(["delete", "c1"]);
  });

  it("survives creates and forced deletes of one id at the same time", async () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    for (let round = 0; round < 3; round++) {
      const calls = [0, 1, 2, 3].flatMap(() => [
        bench.start(["create", "-b", bundle, "c1"]).ended,
        bench.start(["delete", "--force", "c1"]).ended,
      ]);
      for (const { code, stderr } of await Promise.all(calls)) {
        if (code !== 0) expect(stderr).toMatch(/already exists|does not exist|not-empty|not empty|processes/);
      }
      bench.ok(["delete", "--force", "c1"]);
      await bench.expectNothingLeft();
    }
  });
});

describe("gantry-runtime refuses", () => {
  it.each([
    { args: ["state", "nope"], message: "container does not exist" },
    { args: ["start", "nope"], message: "container does not exist" },
    { args: ["kill", "nope"], message: "container does not exist" },
    { args: ["delete", "nope"], message: "container does not exist" },
    { args: ["pause", "nope"], message: "container does not exist" },
    { args: ["checkpoint", "nope"], message: "container does not exist" },
    { args: ["restore", "--no-pivot", "nope"], message: "--no-pivot is not supported by restore" },
    { args: ["state", "../x"], message: 'invalid container id "../x"' },
    { args: ["start", "a/b"], message: 'invalid container id "a/b"' },
    { args: ["kill", "c1", "NOPE"], message: 'unknown signal "NOPE"' },
  ])("$args", ({ args, message }) => {
    const called = bench.call(args);
    expect(called.code).toBe(1);
    expect(called.stderr).toContain(message.replaceAll('"', '\\"'));
  });

  it("an unknown command with 3, a wrong number of arguments with 1 and the help on standard output", () => {
    expect(bench.call(["frobnicate"]).code).toBe(3);
    const called = bench.call(["start"]);
    expect(called).toMatchObject({ code: 1, stdout: expect.stringMatching(/^Incorrect Usage\.\n\n.*start/) });
  });

  it("a second delete, but not a second forced one", () => {
    const bundle = bench.bundle("c1", running("true"));
    bench.ok(["create", "-b", bundle, "c1"]);
    bench.ok(["delete", "c1"]);
    expect(bench.call(["delete", "c1"]).stderr).toContain("container does not exist");
    bench.ok(["delete", "--force", "c1"]);
  });

  it("to delete a running container unless forced", () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    bench.ok(["run", "-d", "-b", bundle, "c1"]);
    expect(bench.call(["delete", "c1"]).stderr).toContain(
      "cannot delete container c1 that is not stopped: running",
    );
    expect(bench.state("c1").status).toBe("running");
    bench.ok(["delete", "--force", "c1"]);
  });

  it("to start or kill a stopped container, in words engines know", async () => {
    const bundle = bench.bundle("c1", running("true"));
    bench.ok(["run", "-d", "-b", bundle, "c1"]);
    await bench.until("c1", "stopped");
    expect(bench.call(["start", "c1"]).stderr).toContain("cannot start a container that has stopped");
    expect(bench.call(["kill", "c1", "TERM"]).stderr).toContain("container not running");
    bench.ok(["kill", "--all", "c1", "9"]);
    bench.ok(["delete", "c1"]);
  });
});

describe("gantry-runtime kill", () => {
  it("KILL ends what an init without a pid namespace has left behind", async () => {
    const shared = (spec: Spec): Spec => ({
      ...spec,
      linux: {
        ...spec.linux,
        namespaces: spec.linux?.namespaces?.filter(({ type }) => type !== "pid") ?? [],
      },
    });
    bench.ok([
      "run",
      "-d",
      "-b",
      bench.bundle("c1", changes(running("sleep 1000 & sleep 100"), shared)),
      "c1",
    ]);
    await waitFor("both processes", () => JSON.parse(bench.ok(["ps", "-f", "json", "c1"])).length >= 2);
    process.kill(bench.state("c1").pid, "SIGKILL");
    await bench.until("c1", "stopped");
    expect(bench.call(["kill", "c1", "TERM"]).stderr).toContain("container not running");
    bench.ok(["kill", "c1", "KILL"]);
    await waitFor("an empty cgroup", () =>
      bench.call(["kill", "c1", "KILL"]).stderr.includes("container not running"),
    );
    bench.ok(["delete", "c1"]);
  });
});

describe("gantry-runtime --log", () => {
  it("writes strict JSON, whose last error is the message, and the message to standard error too", () => {
    const file = join(bench.dir, "log.json");
    const called = bench.call(["state", "nope"], { global: ["--log", file, "--log-format", "json"] });
    expect(called).toEqual({ code: 1, stdout: "", stderr: "container does not exist\n" });
    const entries = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(entries).toEqual([{ level: "error", msg: "container does not exist", time: expect.any(String) }]);
  });
});

describe("gantry-runtime list", () => {
  it("prints null without containers and survives a broken entry", () => {
    const bundle = bench.bundle("c1", changes(running("sleep 100")));
    bench.ok(["create", "-b", bundle, "c1"]);
    bench.ok(["create", "-b", bench.bundle("c2", running("true")), "c2"]);
    const state = join(bench.stateRoot, "c2/state.json");
    const good = readFileSync(state);
    writeBroken(state);
    const listed = bench.call(["list", "--format", "json"]);
    expect(JSON.parse(listed.stdout)).toMatchObject([{ id: "c1", status: "created", owner: "root" }]);
    expect(listed.stderr).toContain("c2");
    writeBroken(state, good);
    bench.ok(["delete", "c1"]);
    bench.ok(["delete", "c2"]);
    expect(bench.ok(["list", "-f", "json"])).toBe("null");
  });
});

function writeBroken(path: string, content: Uint8Array | string = '{"id": "c2", '): void {
  writeFileSync(path, content);
}
