import { describe, expect, it } from "vitest";
import type { Op, Plan } from "../../../src/plan/op.ts";
import { Faults } from "../../../src/runtime/faults.ts";

const PLAN: Plan = {
  ops: [
    { kind: "keep-fds", count: 0 },
    { kind: "stage", stage: "host" },
    { kind: "remove-dir", path: "/a" },
    { kind: "remove-dir", path: "/b" },
    { kind: "stage", stage: "clone" },
    { kind: "clone", flags: 0n, cgroupDir: "", joins: [], offsets: [] },
    { kind: "stage", stage: "exec" },
    { kind: "exec", argv: ["a"], env: [], setHome: false },
  ],
  warnings: [],
};

function faultsAt(at: number): Faults {
  return new Faults({ at, action: "fail" });
}

function placeOf(ops: readonly Op[]): number {
  return ops.findIndex(({ kind }) => kind === "fault");
}

describe("Faults", () => {
  it("leaves a plan alone when nothing is to fail, now or any more", () => {
    expect(faultsAt(0).into(PLAN)).toBe(PLAN);
    const faults = faultsAt(1);
    expect(placeOf(faults.into(PLAN).ops)).toBe(2);
    expect(faults.into(PLAN)).toBe(PLAN);
  });

  it("counts operations that are carried out, but not settings, stages and the clone", () => {
    expect([1, 2, 3].map((at) => placeOf(faultsAt(at).into(PLAN).ops))).toEqual([2, 3, 7]);
  });

  it("counts steps of ours and later plans on", () => {
    const faults = faultsAt(5);
    faults.step("one");
    expect(faults.into(PLAN)).toBe(PLAN);
    expect(() => faults.step("five")).toThrowError(expect.objectContaining({ code: "injected" }));
    faults.step("six");
  });
});
