import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type DecisionLogOptions, openDecisionLog } from "../../../../src/runtime/delegate/decision-log.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-log-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function open(change: Partial<DecisionLogOptions> = {}) {
  const complaints: string[] = [];
  const log = openDecisionLog({
    path: join(dir, "log"),
    format: "text",
    maxBytes: 100,
    now: () => new Date(0),
    fields: { pid: "7", id: "c1" },
    complain: (text) => complaints.push(text),
    ...change,
  });
  return { log, complaints };
}

describe("openDecisionLog()", () => {
  it("appends one line each to a file for nobody else (SGS-25)", () => {
    for (const text of ["first\nline", "second"]) {
      const { log } = open();
      log.log("info", text);
      log.log("debug", "not this");
      log.close();
    }
    expect(readFileSync(join(dir, "log"), "utf8")).toBe(
      "1970-01-01T00:00:00.000Z info pid=7 id=c1 first line\n1970-01-01T00:00:00.000Z info pid=7 id=c1 second\n",
    );
    expect(statSync(join(dir, "log")).mode & 0o777).toBe(0o600);
  });

  it("writes objects where that is wanted", () => {
    open({ format: "json" }).log.log("warn", "x");
    expect(JSON.parse(readFileSync(join(dir, "log"), "utf8"))).toEqual({
      time: "1970-01-01T00:00:00.000Z",
      level: "warn",
      pid: "7",
      id: "c1",
      msg: "x",
    });
  });

  it("begins a new file when there is too much, and keeps the last", () => {
    writeFileSync(join(dir, "log"), "x".repeat(101));
    open().log.log("info", "y");
    expect(statSync(join(dir, "log.1")).size).toBe(101);
    expect(readFileSync(join(dir, "log"), "utf8")).toMatch(/ y\n$/);
  });

  it.each(["absent/log", "link"])("complains once and goes on when %s cannot be written (SGS-25)", (name) => {
    symlinkSync("/dev/null", join(dir, "link"));
    const { log, complaints } = open({ path: join(dir, name) });
    log.log("info", "nothing");
    log.close();
    expect(complaints).toEqual([expect.stringContaining(join(dir, name))]);
  });
});
