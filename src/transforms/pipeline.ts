import { messageOf } from "../core/errors.ts";
import type { FactRequest } from "../host/path-facts.ts";
import type { DirectoryIdentity } from "../plan/input.ts";
import type { PrepareOperation } from "../plan/prepare.ts";
import { SpecError } from "../spec/errors.ts";
import type { ValidSpec } from "../spec/types.ts";
import { validateSpec } from "../spec/validate.ts";
import { diffJson, type Edit } from "./diff.ts";
import { TransformError } from "./errors.ts";
import type { Facts } from "./facts.ts";
import type { Requests } from "./requests.ts";
import type { Transform, TransformResult } from "./transform.ts";

/** What one transform did, or why nothing. */
export type Step =
  | { readonly name: string; readonly applies: false; readonly reason: string }
  | {
      readonly name: string;
      readonly applies: true;
      readonly reason: string;
      /** What it changed, as a list of edits of the spec before it. */
      readonly edits: readonly Edit[];
      readonly prepare: readonly PrepareOperation[];
      readonly notes: readonly string[];
    };

/** What the pipeline made of a spec. */
export interface Transformed {
  readonly spec: ValidSpec;
  /** What its root has to be, where a transform knows. */
  readonly rootIdentity?: DirectoryIdentity;
  /** Everything to be made on the host first, in this order. */
  readonly prepare: readonly PrepareOperation[];
  /** One for each transform. */
  readonly steps: readonly Step[];
}

/** Reads the facts a transform names; where they come from is the caller's. */
export type ReadFacts = (requests: readonly FactRequest[]) => Promise<Facts>;

/**
 * Run the transforms over a spec, one after the other; the result of each is validated before the next sees it. Changes nothing
 * but its own values.
 *
 * @param transforms in their order
 * @throws {TransformError}; {SpecError} for a transform's result; both name the transform
 */
export async function transformSpec(
  spec: ValidSpec,
  requests: Requests,
  transforms: readonly Transform[],
  readFacts: ReadFacts,
): Promise<Transformed> {
  const steps: Step[] = [];
  let current = spec;
  let owner: string | undefined;
  let rootIdentity: DirectoryIdentity | undefined;
  for (const transform of transforms) {
    const { step, result, ...made } = await runTransform(transform, current, requests, readFacts);
    steps.push(step);
    if (!step.applies) continue;
    if (transform.ownsRootfs) {
      if (owner !== undefined) {
        const message = `transforms "${owner}" and "${transform.name}" both decide what the root is; only one of them may apply`;
        throw new TransformError("two-owners", message);
      }
      owner = transform.name;
      rootIdentity = made.rootIdentity;
    }
    current = result;
  }
  const prepare = steps.flatMap((step) => (step.applies ? step.prepare : []));
  return { spec: current, prepare, steps, ...(rootIdentity && { rootIdentity }) };
}

async function runTransform(
  transform: Transform,
  spec: ValidSpec,
  requests: Requests,
  readFacts: ReadFacts,
): Promise<{ readonly step: Step; readonly result: ValidSpec } & Pick<TransformResult, "rootIdentity">> {
  const { name } = transform;
  if (requests.isSandbox && transform.takesSandboxes !== true) {
    return { step: { name, applies: false, reason: "the pod's sandbox is left alone" }, result: spec };
  }
  try {
    const { applies, reason } = await transform.applies(spec, requests);
    if (!applies) return { step: { name, applies, reason }, result: spec };
    const facts = await readFacts((await transform.facts?.(spec, requests)) ?? []);
    const made = await transform.apply(spec, facts, requests);
    const result = validateSpec(made.spec);
    if (!transform.ownsRootfs && result.root.path !== spec.root.path) {
      throw new TransformError(
        "bad-result",
        "root.path is changed by a transform that does not own the rootfs",
      );
    }
    const edits = diffJson(spec, result);
    return {
      step: { name, applies, reason, edits, prepare: made.prepare ?? [], notes: made.notes ?? [] },
      result,
      ...(made.rootIdentity && { rootIdentity: made.rootIdentity }),
    };
  } catch (error) {
    throw named(error, name);
  }
}

/** The same error, with the transform's name in front. */
export function named(error: unknown, name: string): Error {
  const message = `transform "${name}": ${messageOf(error)}`;
  if (error instanceof SpecError) return new SpecError(error.code, message, error.problems, { cause: error });
  const code = error instanceof TransformError ? error.code : "failed";
  return new TransformError(code, message, { cause: error });
}
