import { describe, expect, it } from "vitest";

import { IdError, parseContainerId, parseExecId } from "../../../src/core/ids.ts";

describe("parseContainerId() and parseExecId()", () => {
  it.each(["a", "0", "_", "+.-", "-f", "a..b", "a".repeat(255)])("take %j", (id) => {
    expect(parseContainerId(id)).toBe(id);
    expect(parseExecId(id)).toBe(id);
  });

  it.each([
    ["an empty one", ""],
    ["one that leaves the state root", "../a"],
    ["a dot in front: the state root has such names of its own", ".cache"],
    ["a newline at the end", "a\n"],
    ["another alphabet", "\u00e9"],
    ["more than a directory's name can have", "a".repeat(256)],
  ])("refuse %s", (_, id) => {
    expect(() => parseContainerId(id)).toThrow(IdError);
    expect(() => parseExecId(id)).toThrow(IdError);
  });

  it("do not repeat a long id in full", () => {
    expect(() => parseContainerId("a".repeat(100_000))).toThrow(/^.{1,200}$/);
  });
});
