import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { formatLogLine, openCommandLog } from "../../../src/cli/log.ts";

const TIME = new Date("2026-01-02T03:04:05.678Z");

describe("formatLogLine()", () => {
  it("writes one JSON object with logrus's keys", () => {
    const line = formatLogLine("json", "error", 'a "quoted"\nline', TIME);
    expect(line).toBe('{"level":"error","msg":"a \\"quoted\\"\\nline","time":"2026-01-02T03:04:05Z"}\n');
  });

  it("writes text as logrus does without a terminal", () => {
    expect(formatLogLine("text", "warning", "it is", TIME, { id: "c1" })).toBe(
      'time="2026-01-02T03:04:05Z" level=warning msg="it is" id="c1"\n',
    );
  });
});

describe("openCommandLog()", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(`${tmpdir()}/gantry-log-`);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const open = (isDebug: boolean) =>
    openCommandLog({ path: `${dir}/log.json`, format: "json", isDebug, now: () => TIME, writeErr: () => {} });

  it("creates the file before anything is logged", () => {
    open(false).close();
    expect(statSync(`${dir}/log.json`).size).toBe(0);
  });

  it("has fields that every line gets", () => {
    const path = `${dir}/log.json`;
    const fields = { traceparent: "00-1-2-01" };
    const log = openCommandLog({
      path,
      format: "json",
      isDebug: false,
      now: () => TIME,
      writeErr: () => {},
      fields,
    });
    log.log("error", "one", { more: 1 });
    log.close();
    const { time: _, ...line } = JSON.parse(readFileSync(path, "utf8"));
    expect(line).toEqual({ level: "error", msg: "one", traceparent: "00-1-2-01", more: 1 });
  });

  it("appends, so that the last error of a log that is used again is the newest", () => {
    for (const message of ["first", "second"]) {
      const log = open(false);
      log.log("error", message);
      log.close();
    }
    const lines = readFileSync(`${dir}/log.json`, "utf8").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(["first", "second"]);
  });

  it("drops debug lines unless asked for", () => {
    const quiet = open(false);
    quiet.log("debug", "hidden");
    quiet.close();
    const loud = open(true);
    loud.log("debug", "shown");
    loud.close();
    expect(readFileSync(`${dir}/log.json`, "utf8")).toMatch(/^\{"level":"debug","msg":"shown".*\}\n$/);
  });
});
