import { describe, expect, it } from "vitest";
import type { ContainerId, HostPath } from "../../../src/core/brand.ts";
import type { FactAnswer, FactRequest } from "../../../src/host/path-facts.ts";
import type { Spec } from "../../../src/spec/types.ts";
import { validateSpec } from "../../../src/spec/validate.ts";
import { DEFAULT_CONFIG } from "../../../src/transforms/config.ts";
import { factsOf } from "../../../src/transforms/facts.ts";
import { transformSpec } from "../../../src/transforms/pipeline.ts";
import { BUILT_IN } from "../../../src/transforms/registry.ts";
import { parseRequests } from "../../../src/transforms/requests.ts";
import { STAGES, type Transform } from "../../../src/transforms/transform.ts";
import { aSpec } from "../../helpers/spec.ts";

/** A transform that puts itself into the environment. */
function marking(name: string, overrides: Partial<Transform> = {}): Transform {
  return {
    name,
    stage: "user",
    ownsRootfs: false,
    applies: (spec) => ({ applies: spec.annotations?.["skip"] !== name, reason: "because" }),
    apply: (spec) => ({
      spec: { ...spec, process: { ...spec.process, env: [...(spec.process.env ?? []), `${name}=1`] } },
    }),
    ...overrides,
  };
}

async function run(
  transforms: readonly Transform[],
  spec: Spec = aSpec(),
  answers: readonly FactAnswer[] = [],
) {
  const asked: FactRequest[] = [];
  const { requests } = parseRequests(spec, {
    id: "c1" as ContainerId,
    bundle: "/bundle" as HostPath,
    rootfsMounts: [],
    config: DEFAULT_CONFIG,
  });
  const transformed = await transformSpec(validateSpec(spec), requests, transforms, async (wanted) => {
    asked.push(...wanted);
    return factsOf(answers);
  });
  return { ...transformed, asked };
}

describe("transformSpec()", () => {
  it("runs the transforms that apply in their order, each on what the one before has made", async () => {
    const { spec, steps } = await run([marking("a"), marking("b"), marking("c")], {
      ...aSpec(),
      annotations: { skip: "b" },
    });
    expect(spec.process.env?.slice(-2)).toEqual(["a=1", "c=1"]);
    expect(steps.map(({ name, applies }) => [name, applies])).toEqual([
      ["a", true],
      ["b", false],
      ["c", true],
    ]);
  });

  it("reads the facts of a transform that applies, and of no other", async () => {
    const facts = (path: string) => () => [{ kind: "stat", path }] as const;
    const { asked } = await run([
      marking("a", { facts: facts("/a") }),
      marking("b", { facts: facts("/b"), applies: () => ({ applies: false, reason: "no" }) }),
    ]);
    expect(asked).toEqual([{ kind: "stat", path: "/a" }]);
  });

  it("notes what was changed, and hands the prepare operations on in their order", async () => {
    const prepare = (path: string): Partial<Transform> => ({
      apply: (spec) => ({ spec, prepare: [{ kind: "mkdir", path }], notes: [path] }),
    });
    const made = await run([marking("a", prepare("/a")), marking("b", prepare("/b")), marking("c")]);
    expect(made.prepare).toEqual([
      { kind: "mkdir", path: "/a" },
      { kind: "mkdir", path: "/b" },
    ]);
    expect(made.steps[2]).toMatchObject({ edits: [{ op: "add", value: "c=1" }], notes: [] });
  });

  it("refuses two owners of the rootfs, naming both", async () => {
    const owner = (name: string) => marking(name, { ownsRootfs: true });
    await expect(run([owner("a"), marking("b"), owner("c")])).rejects.toMatchObject({
      code: "two-owners",
      message: expect.stringMatching(/"a" and "c"/),
    });
    await expect(
      run([
        owner("a"),
        marking("c", { ownsRootfs: true, applies: () => ({ applies: false, reason: "no" }) }),
      ]),
    ).resolves.toBeDefined();
  });

  it("lets only an owner change root.path", async () => {
    const apply: Transform["apply"] = (spec) => ({ spec: { ...spec, root: { path: "/elsewhere" } } });
    await expect(run([marking("a", { apply })])).rejects.toMatchObject({ code: "bad-result" });
    const { spec } = await run([marking("a", { apply, ownsRootfs: true })]);
    expect(spec.root.path).toBe("/elsewhere");
  });

  it("validates after each transform, and says whose result is bad", async () => {
    const bad = marking("bad", { apply: (spec) => ({ spec: { ...spec, ociVersion: "none" } }) });
    await expect(run([marking("a"), bad, marking("b")])).rejects.toMatchObject({
      code: "invalid",
      message: expect.stringMatching(/^transform "bad": .*ociVersion/),
    });
  });

  it.each(["applies", "facts", "apply"] as const)("names the transform whose %s throws", async (step) => {
    const fail = () => {
      throw new Error("no claim");
    };
    await expect(run([marking("a", { [step]: fail })])).rejects.toMatchObject({
      code: "failed",
      message: 'transform "a": no claim',
    });
  });

  it("does not fail for one that does not apply, whatever the others are", async () => {
    const broken = marking("a", {
      applies: () => ({ applies: false, reason: "no" }),
      apply: () => {
        throw new Error("never called");
      },
    });
    await expect(run([broken])).resolves.toMatchObject({ steps: [{ applies: false, reason: "no" }] });
  });

  it.each(["io.kubernetes.cri.container-type", "io.kubernetes.cri-o.ContainerType"])(
    "leaves a sandbox (%s) alone, unless a transform wants it; an argv with the word pause is none",
    async (key) => {
      const sandbox: Spec = { ...aSpec(), annotations: { [key]: "sandbox" } };
      const { steps } = await run([marking("a"), marking("b", { takesSandboxes: true })], sandbox);
      expect(steps.map(({ applies }) => applies)).toEqual([false, true]);
      const pause = { ...aSpec(), process: { ...aSpec().process, args: ["/pause"] } } as Spec;
      expect((await run([marking("a")], pause)).steps[0]?.applies).toBe(true);
    },
  );

  it("gives the same bytes for the same facts", async () => {
    const answers: FactAnswer[] = [{ request: { kind: "realpath", path: "/a" }, value: "/b" }];
    const resolving = marking("a", {
      facts: () => [{ kind: "realpath", path: "/a" }],
      apply: (spec, facts) => ({ spec: { ...spec, hostname: facts.realpath("/a") ?? "" } }),
    });
    const [first, second] = [
      await run([resolving], aSpec(), answers),
      await run([resolving], aSpec(), answers),
    ];
    expect(first.spec.hostname).toBe("/b");
    expect(JSON.stringify(first)).toBe(JSON.stringify(second));
  });
});

describe("factsOf()", () => {
  const facts = factsOf([
    { request: { kind: "stat", path: "/none" } },
    { request: { kind: "stat", path: "/secret" }, error: "EACCES: permission denied" },
  ]);

  it("tells what is not there from what cannot be told and what was not asked for", () => {
    expect(facts.stat("/none")).toBeUndefined();
    expect(() => facts.stat("/secret")).toThrow(/stat \/secret.*EACCES/);
    expect(() => facts.stat("/other")).toThrow(/not asked for/);
    expect(() => facts.realpath("/none")).toThrow(/not asked for/);
    expect(() => facts.uname()).toThrow(/not asked for/);
  });
});

describe("BUILT_IN", () => {
  it("is in the order of the stages, under different names", () => {
    const places = BUILT_IN.map(({ stage }) => STAGES.indexOf(stage));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(new Set(BUILT_IN.map(({ name }) => name)).size).toBe(BUILT_IN.length);
  });
});
