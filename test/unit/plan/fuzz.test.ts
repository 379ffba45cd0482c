/** Thousands of configurations that are wrong in some places: each is refused with our own errors, or becomes a plan. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compileCreatePlan } from "../../../src/plan/create.ts";
import { describePlan } from "../../../src/plan/describe.ts";
import { encodePlan } from "../../../src/plan/encode.ts";
import { PlanError } from "../../../src/plan/errors.ts";
import { SpecError } from "../../../src/spec/errors.ts";
import { parseJson, stringifyJson } from "../../../src/spec/json.ts";
import type { Spec } from "../../../src/spec/types.ts";
import { validateSpec } from "../../../src/spec/validate.ts";
import { goldenPath } from "../../helpers/golden.ts";
import { damage, type Json, mutate, randomOf } from "../../helpers/mutate.ts";
import { someCreateInput, someFacts } from "../../helpers/plan.ts";

/** Of one document and one kind; with the golden ones thousands. */
const ROUNDS = 120;
const LIMIT_MS = 2_000;
/** Compiled outside of the plan, and without it a refusal of its own. */
const SECCOMP = { flags: 0, program: Uint8Array.of(0x06, 0, 0, 0, 0, 0, 0xff, 0x7f) };

const FACTS = someFacts("hybrid", { isAppArmorEnabled: true, isSeLinuxEnabled: true });

const NAMES = readdirSync(goldenPath("spec")).filter((name) => name.endsWith(".json"));
const textOf = (name: string) => readFileSync(goldenPath(`spec/${name}`), "utf8");

/** What becomes of a value: "plan", or the code of the error. @throws whatever else was thrown */
function outcome(value: unknown): string {
  const begin = performance.now();
  try {
    const spec = validateSpec(value);
    const compiled = spec.linux?.seccomp === undefined ? undefined : { seccomp: SECCOMP };
    const plan = compileCreatePlan(someCreateInput(spec as Spec, compiled), FACTS);
    encodePlan(plan);
    describePlan(plan);
    stringifyJson(spec);
    return "plan";
  } catch (error) {
    if (error instanceof SpecError || error instanceof PlanError) return error.code;
    throw error;
  } finally {
    expect(performance.now() - begin).toBeLessThan(LIMIT_MS);
  }
}

describe.each(NAMES)("%s, changed", (name) => {
  it("in some of its fields is refused by name or compiles", () => {
    const document = parseJson(textOf(name), name) as Json;
    const outcomes = new Map<string, number>();
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const mutated = mutate(document, randomOf(seed));
      let result: string;
      try {
        result = outcome(mutated);
      } catch (error) {
        throw new Error(`seed ${seed}: ${stringifyJson(mutated).slice(0, 2000)}`, { cause: error });
      }
      outcomes.set(result, (outcomes.get(result) ?? 0) + 1);
    }
    // Both happen: the mutations are neither all harmless nor all fatal.
    expect(Object.fromEntries(outcomes)).toHaveProperty("plan");
    expect(outcomes.get("invalid") ?? 0).toBeGreaterThan(ROUNDS / 4);
  });

  it("in its text is refused with a line number or parses", () => {
    const text = stringifyJson(parseJson(textOf(name), name));
    let refused = 0;
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const bytes = damage(text, randomOf(seed));
      try {
        // As load.ts does, but what is not UTF-8 goes on, as if the engine had let it pass.
        outcome(parseJson(bytes.toString("utf8"), "config.json"));
      } catch (error) {
        if (!(error instanceof SpecError)) throw new Error(`seed ${seed}`, { cause: error });
        expect(error.code).toBe("bad-json");
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(ROUNDS / 10);
  });
});
