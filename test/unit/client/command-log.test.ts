import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lastLoggedError, logSize } from "../../../src/client/command-log.ts";

let dir: string;
let log: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-log-"));
  log = join(dir, "log.json");
});
afterEach(() => rmSync(dir, { recursive: true }));

const line = (level: string, msg: string) =>
  `${JSON.stringify({ level, msg, time: "2024-01-01T00:00:00Z" })}\n`;

describe("lastLoggedError()", () => {
  it.each<[string, string, string | undefined]>([
    ["nothing", "", undefined],
    ["no error", line("info", "a") + line("warning", "b"), undefined],
    ["one error", line("error", "a"), "a"],
    ["the last of two", line("error", "a") + line("error", "b"), "b"],
    ["an error before other lines", line("error", "a") + line("warning", "b") + line("info", "c"), "a"],
    ["a line that is not JSON", `${line("error", "a")}"error" is not JSON\n`, "a"],
    ["a line that is cut off", `${line("error", "a")}{"level":"error","msg":"b`, "a"],
    ["a message that is no text", `${line("error", "a")}{"level":"error","msg":1}\n`, "a"],
    ["another level that speaks of errors", line("error", "a") + line("info", 'no "error"'), "a"],
    ["JSON that is no object", `${line("error", "a")}"error"\nnull\n["error"]\n`, "a"],
    ["text beyond ASCII", line("error", "väg/ö → ü"), "väg/ö → ü"],
  ])("of %s", (_, text, message) => {
    writeFileSync(log, text);
    expect(lastLoggedError(log, 0)).toBe(message);
  });

  it("sees only what was added", () => {
    writeFileSync(log, line("error", "before"));
    const size = logSize(log);
    expect(lastLoggedError(log, size)).toBeUndefined();
    appendFileSync(log, line("error", "after"));
    expect(lastLoggedError(log, size)).toBe("after");
  });

  it("reads a log that was made anew from its beginning", () => {
    writeFileSync(log, line("error", "new"));
    expect(lastLoggedError(log, 10_000)).toBe("new");
  });

  it("finds an error at the end of a very long log", () => {
    writeFileSync(log, line("info", "x".repeat(1000)).repeat(1000) + line("error", "at last"));
    expect(lastLoggedError(log, 0)).toBe("at last");
  });

  it("has nothing to tell of a log that does not exist", () => {
    expect(logSize(log)).toBe(0);
    expect(lastLoggedError(log, 0)).toBeUndefined();
  });
});
