import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { nameOf, scrubEnvironment } from "../../../src/bin/invocation.ts";
import { VERSION } from "../../../src/bin/version.ts";

const NAMES = new Set(["gantry-runtime", "gantry"]);

describe("nameOf()", () => {
  it("goes by argv[0] in a compiled executable", () => {
    const facts = {
      argv0: "/usr/bin/gantry-runtime",
      argv: ["bun", "/$bunfs/root/all", "state", "c1"],
      execPath: "/x",
    };
    expect(nameOf(facts, NAMES)).toEqual({ name: "gantry-runtime", args: ["state", "c1"] });
  });

  it("takes the first argument when argv[0] is an engine", () => {
    const facts = { argv0: "node", argv: ["node", "main.ts", "gantry", "plan"], execPath: "/x" };
    expect(nameOf(facts, NAMES)).toEqual({ name: "gantry", args: ["plan"] });
  });

  it("does not invent a program", () => {
    expect(nameOf({ argv0: "sh", argv: ["sh", "x"], execPath: "/x" }, NAMES).name).toBe("");
  });
});

describe("scrubEnvironment()", () => {
  it("removes what steers JavaScript engines and nothing else", () => {
    const env = {
      PATH: "/bin",
      NODE_OPTIONS: "--inspect",
      BUN_BE_BUN: "1",
      BUN_OPTIONS: "x",
      NODE_ENV: "test",
    };
    scrubEnvironment(env);
    expect(env).toEqual({ PATH: "/bin", NODE_ENV: "test" });
  });
});

describe("VERSION", () => {
  it("is that of package.json", () => {
    const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
    expect(JSON.parse(text).version).toBe(VERSION);
  });
});
