import { describe, expect, it } from "vitest";

import { type FlagDef, parseFlags } from "../../../src/cli/flags.ts";
import { formatTable } from "../../../src/cli/list.ts";
import { durationFlag, supervisionFlags } from "../../../src/cli/values.ts";

const DEFS: readonly FlagDef[] = [
  { name: "interval", kind: "string", help: "" },
  { name: "monitor", kind: "bool", help: "" },
  { name: "stdin", kind: "string", help: "" },
  { name: "stdout", kind: "string", help: "" },
];

describe("durationFlag()", () => {
  it.each([
    ["5s", 5000],
    ["100ms", 100],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
  ])("reads the Go duration %s", (text, expected) => {
    expect(durationFlag(parseFlags(DEFS, ["--interval", text], false), "interval", "1s")).toBe(expected);
  });

  it.each(["", "5", "0s", "-1s", "5x", "s", "5s x"])("refuses %j", (text) => {
    const flags = parseFlags(DEFS, [`--interval=${text}`], false);
    expect(() => durationFlag(flags, "interval", "1s")).toThrowError(
      expect.objectContaining({ code: "bad-flag" }),
    );
  });
});

describe("supervisionFlags()", () => {
  it("takes absent streams of a monitored process as empty", () => {
    const flags = parseFlags(DEFS, ["--monitor", "--stdout", "fifo:///x"], false);
    expect(supervisionFlags(flags, true)).toEqual({
      kind: "detached",
      stdin: "",
      stdout: "fifo:///x",
      stderr: "",
    });
  });

  it("refuses streams that nobody would serve", () => {
    const flags = parseFlags(DEFS, ["--stdin", "/x"], false);
    expect(() => supervisionFlags(flags, true)).toThrowError("--stdin needs --monitor");
  });
});

describe("formatTable()", () => {
  it("lays columns out as runc does: twelve wide at least, three spaces between", () => {
    const row = {
      ociVersion: "1.3.0",
      id: "a-rather-long-id",
      pid: 0,
      status: "stopped",
      bundle: "/b",
      rootfs: "/b/rootfs",
      created: "2026-01-01T00:00:00Z",
      owner: "root",
    } as const;
    expect(formatTable([row])).toBe(
      "ID                 PID         STATUS      BUNDLE      CREATED                OWNER\n" +
        "a-rather-long-id   0           stopped     /b          2026-01-01T00:00:00Z   root\n",
    );
  });
});
