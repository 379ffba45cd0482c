import { describe, expect, it } from "vitest";
import { applyEdits, describePath, diffJson } from "../../../src/transforms/diff.ts";
import { randomOf } from "../../helpers/mutate.ts";

function randomValue(roll: (limit: number) => number, depth: number): unknown {
  const kind = roll(depth > 3 ? 3 : 6);
  if (kind === 0) return roll(4);
  if (kind === 1) return `text${roll(4)}`;
  if (kind === 2) return roll(2) === 0;
  if (kind < 5) return Array.from({ length: roll(6) }, () => randomValue(roll, depth + 1));
  const names = ["a", "b", "__proto__", "x/y", "constructor"].filter(() => roll(2) === 0);
  return Object.fromEntries(names.map((name) => [name, randomValue(roll, depth + 1)]));
}

/** The same with some parts exchanged. */
function mutated(value: unknown, roll: (limit: number) => number): unknown {
  if (roll(8) === 0) return randomValue(roll, 2);
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => mutated(item, roll));
    if (roll(3) === 0) items.splice(roll(items.length + 1), roll(2), randomValue(roll, 3));
    return items;
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mutated(item, roll)]));
}

describe("diffJson()", () => {
  it("says what was added to, removed from and changed in objects and lists", () => {
    const before = { a: 1, gone: [1], env: ["A=1", "B=2", "C=3"], mounts: [{ to: "/x", options: ["ro"] }] };
    const after = {
      a: 2,
      env: ["A=1", "NEW=1", "B=2", "C=4"],
      mounts: [{ to: "/x", options: ["ro", "nosuid"] }],
      more: {},
    };
    expect(diffJson(before, after)).toEqual([
      { op: "remove", path: ["gone"], old: [1] },
      { op: "replace", path: ["a"], old: 1, value: 2 },
      { op: "add", path: ["env", 1], value: "NEW=1" },
      { op: "replace", path: ["env", 3], old: "C=3", value: "C=4" },
      { op: "add", path: ["mounts", 0, "options", 1], value: "nosuid" },
      { op: "add", path: ["more"], value: {} },
    ]);
  });

  it("takes numbers for equal when their values are, and properties that are undefined for absent", () => {
    expect(diffJson({ a: 1n, b: undefined, c: -0 }, { c: 0, a: 1 })).toEqual([]);
    expect(diffJson({ a: 2n ** 64n - 1n }, { a: 2n ** 64n - 2n })).toHaveLength(1);
  });

  it("gives edits that lead from the one to the other, whatever they are", () => {
    const roll = randomOf(7);
    for (let round = 0; round < 2000; round += 1) {
      const before = randomValue(roll, 0);
      const after = roll(4) === 0 ? randomValue(roll, 0) : mutated(before, roll);
      const edited = applyEdits(before, diffJson(before, after));
      expect(edited).toEqual(after);
      expect(diffJson(edited, after)).toEqual([]);
    }
  });

  it("replaces long lists that have little in common as a whole", () => {
    const before = Array.from({ length: 600 }, (_, i) => i);
    const after = Array.from({ length: 600 }, (_, i) => `${i}`);
    expect(diffJson(before, after)).toEqual([{ op: "replace", path: [], old: before, value: after }]);
  });
});

describe("applyEdits()", () => {
  it("keeps the order of properties, and as they are the parts that no edit names", () => {
    const kept = { z: 1 };
    const edited = applyEdits({ b: 1, kept, a: 2 }, [
      { op: "replace", path: ["b"], old: 1, value: 3 },
      { op: "add", path: ["c"], value: 4 },
    ]) as Record<string, unknown>;
    expect(Object.keys(edited)).toEqual(["b", "kept", "a", "c"]);
    expect(edited["kept"]).toBe(kept);
  });
});

describe("describePath()", () => {
  it("writes a path as errors about a spec do", () => {
    expect(describePath(["linux", "sysctl", "net.core", 3])).toBe('linux.sysctl["net.core"][3]');
    expect(describePath([])).toBe("");
  });
});
