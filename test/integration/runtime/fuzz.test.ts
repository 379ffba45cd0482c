/** Some dozens of the configurations of test/unit/plan/fuzz.test.ts through the executable. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { damage, type Json, mutate, randomOf } from "../../helpers/mutate.ts";
import { Bench, running } from "./harness.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.dispose());

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1);

/** Create from these bytes: a container, which is deleted, or one line that says why not. */
function attempt(bundle: string, bytes: Uint8Array, seed: number): void {
  writeFileSync(join(bundle, "config.json"), bytes);
  const called = bench.call(["create", "-b", bundle, "c1"]);
  if (called.code === 0) bench.ok(["delete", "--force", "c1"]);
  else {
    expect(called, `seed ${seed}`).toMatchObject({ code: 1, stdout: "" });
    expect(called.stderr, `seed ${seed}`).toMatch(
      /^(time=.* level=warning .*\n)*time=.* level=error msg="gantry-runtime create failed: .*"\n$/,
    );
    // An error of ours, not one of the engine.
    expect(called.stderr, `seed ${seed}`).not.toMatch(
      /TypeError|RangeError|undefined is not|is not a function/,
    );
  }
}

describe("a config.json that was changed at random", () => {
  it("in its fields", async () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    const document = contained(JSON.parse(readFileSync(join(bundle, "config.json"), "utf8")));
    for (const seed of SEEDS) {
      attempt(bundle, Buffer.from(JSON.stringify(contained(mutate(document, randomOf(seed))))), seed);
    }
    await bench.expectNothingLeft();
  });

  it("in its bytes", async () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    const text = readFileSync(join(bundle, "config.json"), "utf8");
    for (const seed of SEEDS) attempt(bundle, damage(text, randomOf(1000 + seed)), seed);
    await bench.expectNothingLeft();
  });
});

/** With namespaces and a cgroup of its own whatever else it says: a container without would change the host. */
function contained(document: Json): Json {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return document;
  const { linux, ...rest } = document as { readonly [key: string]: Json };
  if (typeof linux !== "object" || linux === null || Array.isArray(linux)) return { ...rest, linux: OWN() };
  return { ...rest, linux: { ...linux, ...OWN() } };
}

const OWN = () => ({
  namespaces: ["pid", "network", "ipc", "uts", "mount"].map((type) => ({ type })),
  cgroupsPath: `/${bench.namespace}/c1`,
});
