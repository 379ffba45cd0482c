import { describe, expect, it } from "vitest";

import { parseReport, parseReportLine } from "../../../src/executor/report.ts";
import { resultOf } from "../../../src/executor/run-plan.ts";

describe("parseReport()", () => {
  it("reads pid, warnings and ready", () => {
    const report = parseReport("pid\t42\t1234567890123\nwarning\tset sysctl\t13\t/proc/sys/x\t\nready\n");
    expect(report).toEqual({
      pid: 42,
      startTime: 1234567890123n,
      isReady: true,
      warnings: ['set sysctl "/proc/sys/x": permission denied'],
      failed: undefined,
    });
  });

  it("keeps an escaped tab, newline and backslash in their field", () => {
    const line = parseReportLine("error\t7\tmount\topen target\t2\t/a\\x09b\\x0ac\\x5cd\twhy");
    expect(line).toEqual({
      kind: "error",
      failed: { opIndex: 7, op: "mount", step: "open target", errno: 2, path: "/a\tb\nc\\d", detail: "why" },
    });
  });

  it("does not count a line that is still being written", () => {
    expect(parseReport("pid\t42\t1\nread").isReady).toBe(false);
  });

  it.each(["", "hello", "pid\tx\ty", "error\tx"])("refuses %j", (line) => {
    expect(() => parseReportLine(line)).toThrowError(expect.objectContaining({ code: "bad-report" }));
  });
});

describe("resultOf()", () => {
  const failed = (op: string, errno: number, path: string) =>
    parseReport(`error\t3\t${op}\tstep\t${errno}\t${path}\t\n`);
  const messageOf = (op: string, errno: number, path: string): string => {
    try {
      resultOf(failed(op, errno, path), 1, null);
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
    return "no error";
  };

  // dockerd and podman turn these into the exit codes 126 and 127.
  it.each([
    ["sh", 2, 'exec: "sh": executable file not found in $PATH'],
    ["/bin/x", 2, 'exec: "/bin/x": stat /bin/x: no such file or directory'],
    ["/bin/x", 13, 'exec: "/bin/x": permission denied'],
    ["/etc/passwd/x", 20, 'exec: "/etc/passwd/x": stat /etc/passwd/x: not a directory'],
    ["/bin", 21, 'exec: "/bin": is a directory'],
  ])("words a failed lookup of %s with errno %i as Go does", (path, errno, message) => {
    expect(messageOf("exec", errno, path)).toBe(message);
  });

  it("names operation, step, path and reason of any other failure", () => {
    expect(messageOf("mount", 19, "/proc")).toBe('mount: step "/proc": no such device');
  });

  it("treats an end without a word as a failure", () => {
    expect(() => resultOf(parseReport(""), null, "SIGKILL")).toThrowError(
      expect.objectContaining({
        code: "no-report",
        message: "gantry-init ended with signal SIGKILL before the process was ready",
      }),
    );
  });

  it("gives no process for a plan without a clone", () => {
    expect(resultOf(parseReport("ready\n"), 0, null)).toEqual({ warnings: [] });
  });
});
