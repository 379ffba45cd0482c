/** `gantry-runtime` is a small program that starts the engine beside it: what it makes of its surroundings. */
import { copyFileSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { Bench, changes, running, runtimePath } from "./harness.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.dispose());

const VERSION = expect.stringMatching(/^gantry-runtime version /);

describe("gantry-runtime", () => {
  it.each([
    { BUN_BE_BUN: "1" },
    { BUN_OPTIONS: "--bogus" },
    { BUN_JSC_useJIT: "nonsense" },
    { NODE_OPTIONS: "--bogus" },
  ])("is itself with %s in the environment", (env) => {
    const called = bench.call(["--version"], { isWhole: true, env: env as Record<string, string> });
    expect(called).toEqual({ code: 0, stdout: VERSION, stderr: "" });
  });

  it("is itself by whatever name it is called", () => {
    for (const name of ["runc", "gantry", "my-runtime.v2"]) {
      const link = join(bench.dir, name);
      symlinkSync(runtimePath, link);
      expect(bench.call(["--version"], { isWhole: true, program: link })).toMatchObject({
        code: 0,
        stdout: VERSION,
      });
    }
  });

  it("hands the rest of the environment on, and nothing of the engine's", () => {
    const seen = join(bench.dir, "seen");
    const hooks = { createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", `env >${seen}`] }] };
    const bundle = bench.bundle(
      "c1",
      changes(running("true"), (spec) => ({ ...spec, hooks })),
    );
    bench.ok(["run", "-b", bundle, "c1"], { env: { MINE: "kept", BUN_MINE: "not", NODE_OPTIONS: "" } });
    const env = readFileSync(seen, "utf8");
    expect(env).toContain("MINE=kept\n");
    expect(env).not.toMatch(/BUN_|NODE_OPTIONS/);
  });

  it("says so when its engine is missing", () => {
    const alone = join(bench.dir, "alone/gantry-runtime");
    mkdirSync(dirname(alone));
    copyFileSync(runtimePath, alone);
    const called = bench.call(["--version"], { isWhole: true, program: alone });
    expect(called).toEqual({
      code: 1,
      stdout: "",
      stderr: `gantry-runtime: cannot execute ${dirname(alone)}/gantry-shimd: No such file or directory\n`,
    });
  });
});
