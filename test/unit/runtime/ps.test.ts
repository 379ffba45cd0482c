import { describe, expect, it } from "vitest";

import { filterProcessTable } from "../../../src/runtime/ps.ts";

const TABLE =
  "UID        PID  PPID CMD\nroot         1     0 init\nroot        42     1 sh -c 7\nroot       421     1 x\n";

describe("filterProcessTable()", () => {
  it("keeps the heading and the lines of these processes", () => {
    expect(filterProcessTable(TABLE, new Set([42]))).toBe(
      "UID        PID  PPID CMD\nroot        42     1 sh -c 7\n",
    );
  });

  it("goes by the column, not by any number in the line", () => {
    expect(filterProcessTable(TABLE, new Set([7]))).toBe("UID        PID  PPID CMD\n");
  });

  it("finds the column wherever the options put it", () => {
    expect(filterProcessTable("  PID TTY\n    1 ?\n   42 ?\n", new Set([1]))).toBe("  PID TTY\n    1 ?\n");
  });

  it("is undefined without such a column", () => {
    expect(filterProcessTable("USER CMD\nroot x\n", new Set([1]))).toBeUndefined();
  });
});
