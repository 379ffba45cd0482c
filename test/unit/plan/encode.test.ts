import { describe, expect, it } from "vitest";
import { compileCreatePlan } from "../../../src/plan/create.ts";
import { describePlan, planToJson } from "../../../src/plan/describe.ts";
import { encodePlan, MAX_PLAN_BYTES } from "../../../src/plan/encode.ts";
import { PlanError } from "../../../src/plan/errors.ts";
import type { Op, Plan } from "../../../src/plan/op.ts";
import { parseJson, stringifyJson } from "../../../src/spec/json.ts";
import { someCreateInput, someFacts } from "../../helpers/plan.ts";
import { aLinux, aProcess, aSpec } from "../../helpers/spec.ts";

const HOST: Op = { kind: "stage", stage: "host" };

function planOf(...ops: readonly Op[]): Plan {
  return { ops, warnings: [] };
}

function messageOfRefusal(plan: Plan): string {
  try {
    encodePlan(plan);
  } catch (error) {
    if (error instanceof PlanError && error.code === "unencodable") return error.message;
    throw error;
  }
  return "";
}

describe("encodePlan()", () => {
  it("writes header, operation header and fields as documented", () => {
    const bytes = encodePlan(planOf(HOST, { kind: "mkdir", path: "/é", mode: 0o755 }));
    expect(Buffer.from(bytes).toString("hex")).toBe(
      [
        "47504c4e", // GPLN
        "0100", // version
        "0000",
        "2d000000", // 45 bytes
        "02000000", // operations
        "0a000000" + "01000000" + "01", // stage 1
        "0b000000" + "0c000000" + "03000000" + "2fc3a9" + "00" + "ed010000", // mkdir
      ].join(""),
    );
  });

  it.each([
    ["a NUL byte", planOf(HOST, { kind: "mkdir", path: "/a\0", mode: 0 }), /operation 1, mkdir: .*NUL/],
    ["a mode below zero", planOf(HOST, { kind: "mkdir", path: "/a", mode: -1 }), /mkdir: -1 is not/],
    ["a fraction", planOf(HOST, { kind: "mkdir", path: "/a", mode: 1.5 }), /1\.5/],
    ["2^64", planOf(HOST, { kind: "signal", pid: 1, startTime: 2n ** 64n, signal: 9 }), /does not fit/],
    [
      "a console of 65536 rows",
      planOf({ kind: "terminal", rows: 65536, cols: 1, consoleSocket: "" }),
      /65536/,
    ],
    [
      "a program of half instructions",
      planOf(HOST, { kind: "device-program", cgroupDir: "/c", program: new Uint8Array(12), tolerate: false }),
      /12 bytes/,
    ],
    [
      "a filter the kernel would not take",
      planOf(
        { kind: "stage", stage: "enter" },
        { kind: "seccomp", flags: 0, program: new Uint8Array(8 * 4097) },
      ),
      /4097 instructions/,
    ],
    [
      "an operation outside its stage",
      planOf({ kind: "mkdir", path: "/a", mode: 0 }),
      /mkdir is not allowed in stage settings/,
    ],
    [
      "stages that descend",
      planOf({ kind: "stage", stage: "clone" }, HOST),
      /stage host does not follow stage clone/,
    ],
    ["too many operations", planOf(...Array.from({ length: 65537 }, () => HOST)), /65537 operations/],
    [
      "more than 4 MiB",
      planOf(HOST, { kind: "mkdir", path: `/${"a".repeat(MAX_PLAN_BYTES)}`, mode: 0 }),
      /larger than 4194304/,
    ],
  ])("refuses %s and names the operation", (_title, plan, message) => {
    expect(messageOfRefusal(plan)).toMatch(message);
  });

  it("keeps the largest and smallest 64-bit values", () => {
    const bytes = encodePlan(
      planOf(
        { kind: "stage", stage: "clone" },
        {
          kind: "clone",
          flags: 2n ** 64n - 1n,
          cgroupDir: "",
          joins: [],
          offsets: [{ clock: 1, secs: -(2n ** 63n), nanos: 0 }],
        },
      ),
    );
    const hex = Buffer.from(bytes).toString("hex");
    expect(hex).toContain("ffffffffffffffff");
    expect(hex.endsWith("01000000" + "0000000000000080" + "00000000")).toBe(true);
  });

  it("never exceeds its limits, however large the spec: it encodes or refuses", () => {
    let seed = 7;
    const random = (limit: number): number => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * limit);
    };
    const outcomes = new Set<string>();
    for (let round = 0; round < 60; round++) {
      const text = (): string => "é/x\n".repeat(random(2 ** (round % 14)));
      const many = <Item>(make: (index: number) => Item): Item[] =>
        Array.from({ length: random(2 ** random(9)) }, (_, i) => make(i));
      const spec = aSpec({
        process: aProcess({ args: ["x", ...many(text)], env: many((i) => `V${i}=${text()}`) }),
        mounts: many((i) => ({ destination: `/m${i}`, source: `/${text()}`, options: ["bind"] })),
        linux: aLinux({ maskedPaths: many((i) => `/${i}${text()}`) }),
        hooks: { startContainer: many(() => ({ path: "/h", args: many(text) })) },
      });
      const plan = compileCreatePlan(someCreateInput(spec), someFacts("v2"));
      try {
        const bytes = encodePlan(plan);
        expect(bytes.length).toBeLessThanOrEqual(MAX_PLAN_BYTES);
        expect(new DataView(bytes.buffer).getUint32(8, true)).toBe(bytes.length);
        outcomes.add("encoded");
      } catch (error) {
        expect(error).toMatchObject({ code: "unencodable" });
        outcomes.add("refused");
      }
      expect(describePlan(plan).split("\n").length).toBe(plan.ops.length + 1 + plan.warnings.length);
    }
    expect([...outcomes].sort()).toEqual(["encoded", "refused"]);
  }, 60_000);
});

describe("planToJson()", () => {
  it("survives a round through JSON text, 64-bit values included", () => {
    const plan = planOf(
      { kind: "rlimit", resource: 7, soft: 2n ** 64n - 1n, hard: 2n ** 64n - 1n },
      { kind: "seccomp", flags: 1, program: Uint8Array.of(6, 0, 0, 0, 0, 0, 255, 127) },
    );
    expect(parseJson(stringifyJson(planToJson(plan)), "plan")).toEqual({
      warnings: [],
      ops: [
        { kind: "rlimit", resource: 7, soft: 2n ** 64n - 1n, hard: 2n ** 64n - 1n },
        { kind: "seccomp", flags: 1, program: "060000000000ff7f" },
      ],
    });
  });
});
