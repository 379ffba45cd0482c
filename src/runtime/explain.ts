import { join } from "node:path";

import { writeFileAtomic } from "../host/files.ts";
import { describePrepare } from "../plan/prepare.ts";
import { loadSpecText } from "../spec/load.ts";
import type { Transformed } from "../transforms/pipeline.ts";
import { rewriteJson } from "../transforms/rewrite.ts";
import type { RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";
import { type TransformRequest, transformForCreate } from "./transform.ts";

/** What the transforms would make of a bundle. */
export interface Explained {
  readonly steps: Transformed["steps"];
  /** config.json with their changes; what they do not touch is as it was, byte for byte in numbers and names. */
  readonly text: string;
  readonly isChanged: boolean;
}

/** Run the transforms over a bundle; nothing is changed, nothing is made. @throws as `transformForCreate` */
export async function explainTransforms(
  context: RuntimeContext,
  request: TransformRequest,
): Promise<Explained> {
  const { spec, text } = loadSpecText(request.bundle);
  const { steps } = await transformForCreate(context, spec, request);
  const edits = steps.flatMap((step) => (step.applies ? step.edits : []));
  const rewritten = rewriteJson(text, join(request.bundle, "config.json"), edits);
  return { steps, text: rewritten, isChanged: rewritten !== text };
}

/**
 * Put the rewritten config.json into the bundle, for another runtime to run; without changes the file is left alone.
 *
 * @throws {RuntimeError} code "bad-prepare": something must be made on the host, which the other runtime would not do; {HostError}
 */
export function writeTransformed(bundle: string, { steps, text, isChanged }: Explained): void {
  for (const step of steps) {
    const [operation] = step.applies ? step.prepare : [];
    if (operation === undefined) continue;
    const needs = `transform "${step.name}" needs ${describePrepare(operation)}`;
    throw new RuntimeError(
      "bad-prepare",
      `${needs}: only gantry-runtime does that, and only when it creates the container`,
    );
  }
  if (isChanged) writeFileAtomic(join(bundle, "config.json"), text, 0o600);
}
