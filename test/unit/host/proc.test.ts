import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { HostFiles } from "../../../src/host/files.ts";
import { isSameProcess, parseProcessStat, readProcessStat } from "../../../src/host/proc.ts";

const LINE =
  "42 (a) S (b) c) T 7 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 2703360 410 18446744073709551615 1 1 0\n";

function filesWith(text: string | undefined): HostFiles {
  return { readText: () => text, exists: () => text !== undefined };
}

describe("parseProcessStat()", () => {
  it("reads the fields after the last bracket, whatever the name holds", () => {
    expect(parseProcessStat(LINE)).toEqual({
      pid: 42,
      name: "a) S (b) c",
      state: "T",
      parentPid: 7,
      startTime: 987654,
    });
  });
  it.each(["", "42", "42 (x)", "42 (x) S 1 2"])("refuses %j", (text) => {
    expect(() => parseProcessStat(text)).toThrowError(expect.objectContaining({ code: "unreadable-proc" }));
  });
});

describe("isSameProcess()", () => {
  it.each([
    ["same start time, alive", LINE, 987654, true],
    ["another process with this pid", LINE, 987655, false],
    ["a zombie", LINE.replace(") T ", ") Z "), 987654, false],
    ["a dead one", LINE.replace(") T ", ") X "), 987654, false],
    ["nothing", undefined, 987654, false],
  ])("%s", (_, text, startTime, expected) => {
    expect(isSameProcess(42, startTime, filesWith(text))).toBe(expected);
  });
  it("follows a real process to its end", async () => {
    const child = spawn("sleep", ["60"]);
    const stat = readProcessStat(child.pid ?? 0);
    expect(stat?.parentPid).toBe(process.pid);
    expect(isSameProcess(child.pid ?? 0, stat?.startTime ?? 0)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(isSameProcess(child.pid ?? 0, stat?.startTime ?? 0)).toBe(false);
  });
  it.each([0, -1, 1.5, Number.NaN])("has no process %d", (pid) => {
    expect(isSameProcess(pid, 0)).toBe(false);
  });
});
