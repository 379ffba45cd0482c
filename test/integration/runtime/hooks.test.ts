import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Hooks, Spec } from "../../../src/spec/types.ts";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, running } from "./harness.ts";

let bench: Bench;
let script: string;
let journal: string;
beforeEach(() => {
  bench = new Bench();
  script = join(bench.dir, "hook.sh");
  journal = join(bench.dir, "journal");
  writeFileSync(journal, "");
  // Appends its name and the state it reads; also used inside the container, where the journal is bound.
  writeFileSync(script, '#!/bin/sh\necho "$1 $(cat)" >>"$2"\n[ -z "$3" ] || exit "$3"\n');
  chmodSync(script, 0o755);
});
afterEach(() => bench.dispose());

const NAMES = [
  "prestart",
  "createRuntime",
  "createContainer",
  "startContainer",
  "poststart",
  "poststop",
] as const;

function withHooks(hooks: Hooks, command = "sleep 100"): (spec: Spec) => Spec {
  return (spec) => ({
    ...running(command)(spec),
    hooks,
    mounts: [
      ...(spec.mounts ?? []),
      { destination: "/hook.sh", type: "bind", source: script, options: ["bind"] },
      { destination: "/journal", type: "bind", source: journal, options: ["bind"] },
    ],
  });
}

function hook(name: (typeof NAMES)[number], status = "") {
  const inside = name === "startContainer";
  return [
    {
      path: inside ? "/hook.sh" : script,
      args: ["hook.sh", name, inside ? "/journal" : journal, status],
      env: ["PATH=/bin:/usr/bin"],
    },
  ];
}

function entries(): { name: string; state: { status: string; pid?: number; id: string; bundle: string } }[] {
  return readFileSync(journal, "utf8")
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => ({
      name: line.slice(0, line.indexOf(" ")),
      state: JSON.parse(line.slice(line.indexOf(" ") + 1)),
    }));
}

describe("hooks", () => {
  it("run in the order of the specification, each with the state of its moment", async () => {
    const hooks = Object.fromEntries(NAMES.map((name) => [name, hook(name)]));
    const bundle = bench.bundle("c1", withHooks(hooks));
    bench.ok(["create", "-b", bundle, "c1"]);
    expect(entries().map(({ name, state }) => [name, state.status])).toEqual([
      ["prestart", "creating"],
      ["createRuntime", "creating"],
      ["createContainer", "creating"],
    ]);
    const { pid } = bench.state("c1");
    expect(entries()[0]?.state).toMatchObject({ id: "c1", pid, bundle });
    bench.ok(["start", "c1"]);
    await waitFor("both start hooks", () => entries().length === 5);
    const byName = new Map(entries().map(({ name, state }) => [name, state]));
    expect(byName.get("startContainer")?.status).toBe("created");
    expect(byName.get("poststart")).toMatchObject({ status: "running", pid });
    bench.ok(["delete", "--force", "c1"]);
    const last = entries().at(-1);
    expect(last).toMatchObject({ name: "poststop", state: { status: "stopped" } });
    expect(last?.state.pid).toBeUndefined();
  });

  it.each(["prestart", "createRuntime", "createContainer"] as const)(
    "a failing %s hook undoes the create and is followed by poststop",
    async (name) => {
      const bundle = bench.bundle("c1", withHooks({ [name]: hook(name, "3"), poststop: hook("poststop") }));
      const called = bench.call(["create", "-b", bundle, "c1"]);
      expect(called.code).toBe(1);
      expect(called.stderr).toContain(`error running ${name} hook #0: `);
      expect(entries().map((entry) => entry.name)).toEqual([name, "poststop"]);
      await bench.expectNothingLeft();
    },
  );

  it("a failing startContainer hook ends the container", async () => {
    const bundle = bench.bundle("c1", withHooks({ startContainer: hook("startContainer", "3") }));
    bench.ok(["create", "-b", bundle, "c1"]);
    bench.call(["start", "c1"]);
    await bench.until("c1", "stopped");
    bench.ok(["delete", "c1"]);
  });

  it("a failing poststart hook is an error of start and kills the container", async () => {
    const bundle = bench.bundle("c1", withHooks({ poststart: hook("poststart", "3") }));
    bench.ok(["create", "-b", bundle, "c1"]);
    const called = bench.call(["start", "c1"]);
    expect(called).toMatchObject({ code: 1, stderr: expect.stringContaining("poststart hook failed") });
    await bench.until("c1", "stopped");
    bench.ok(["delete", "c1"]);
  });

  it("a failing poststop hook is a warning, and the next one runs all the same", () => {
    const poststop = [...hook("poststop", "3"), ...hook("poststop")];
    bench.ok(["create", "-b", bench.bundle("c1", withHooks({ poststop })), "c1"]);
    const called = bench.call(["delete", "c1"]);
    expect(called).toMatchObject({ code: 0, stderr: expect.stringContaining("level=warning") });
    expect(entries()).toHaveLength(2);
  });

  it("a hook that takes too long is killed and fails the create", async () => {
    const createRuntime = [{ path: "/bin/sleep", args: ["sleep", "100"], timeout: 1 }];
    const called = bench.call(["create", "-b", bench.bundle("c1", withHooks({ createRuntime })), "c1"]);
    expect(called).toMatchObject({ code: 1, stderr: expect.stringMatching(/timeout|timed out/) });
    await bench.expectNothingLeft();
  });

  it("hooks on the host see nothing of the container's environment (CVE-2025-23266)", () => {
    const dump = join(bench.dir, "environ");
    const createContainer = [{ path: "/bin/sh", args: ["sh", "-c", `cat /proc/self/environ >${dump}`] }];
    const change = withHooks({ createContainer });
    const bundle = bench.bundle("c1", (spec) => {
      const changed = change(spec);
      return {
        ...changed,
        process: { ...changed.process, env: ["LD_PRELOAD=/evil.so", "PATH=/bin"] },
      } as Spec;
    });
    bench.ok(["create", "-b", bundle, "c1"]);
    expect(readFileSync(dump, "utf8")).not.toContain("LD_PRELOAD");
    bench.ok(["delete", "c1"]);
  });
});
