import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scrubEnvironment } from "../../../src/client/environment.ts";
import { findRuntime } from "../../../src/client/runtime-path.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-path-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

function program(path: string, mode = 0o755): string {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "", { mode });
  return path;
}

describe("findRuntime()", () => {
  it("takes the one that was asked for, and no other", () => {
    program(join(dir, "gantry-runtime"));
    const wanted = program(join(dir, "other/runtime"));
    expect(findRuntime(wanted, join(dir, "shim"))).toBe(wanted);
    expect(() => findRuntime(join(dir, "none"), join(dir, "shim"))).toThrow(
      expect.objectContaining({
        code: "runtime-missing",
        message: expect.stringContaining(join(dir, "none")),
      }),
    );
  });

  it("looks beside our own executable", () => {
    const beside = program(join(dir, "gantry-runtime"));
    expect(findRuntime(undefined, join(dir, "shim"))).toBe(beside);
    expect(findRuntime("", join(dir, "shim"))).toBe(beside);
  });

  it.each([
    ["a directory", () => mkdirSync(join(dir, "wanted"))],
    ["a file that is not executable", () => program(join(dir, "wanted"), 0o644)],
  ])("does not take %s", (_, prepare) => {
    prepare();
    expect(() => findRuntime(join(dir, "wanted"), join(dir, "shim"))).toThrow(
      expect.objectContaining({ code: "runtime-missing" }),
    );
  });

  it("does not take a relative path: it would mean another file in each bundle", () => {
    expect(() => findRuntime("sh", "/bin/shim")).toThrow(
      expect.objectContaining({ code: "runtime-missing" }),
    );
  });

  it("names the places where it looked", () => {
    expect(() => findRuntime("", join(dir, "shim"))).toThrow(
      new RegExp(`${join(dir, "gantry-runtime")}.*/usr/local/bin/gantry-runtime.*GANTRY_RUNTIME_PATH`),
    );
  });
});

describe("scrubEnvironment()", () => {
  it("takes out what steers JavaScript engines, and nothing else", () => {
    const env = {
      PATH: "/bin",
      NODE_OPTIONS: "-r x",
      BUN_BE_BUN: "1",
      BUN_OPTIONS: "",
      NODE_ENV: "x",
      A: undefined,
    };
    expect(scrubEnvironment(env)).toEqual({ PATH: "/bin", NODE_ENV: "x" });
  });
});
