import type { ContainerId, HostPath } from "../../core/brand.ts";
import { writeFileAtomic } from "../../host/files.ts";
import { stringifyJson } from "../../spec/json.ts";
import { loadSpec } from "../../spec/load.ts";
import type { Transformed } from "../../transforms/pipeline.ts";
import type { RuntimeContext } from "../context.ts";
import { assertUndoable, transformForCreate } from "../transform.ts";

/**
 * Rewrite a bundle's config.json as the transforms want it. When none applies the file is not touched (SGS-1); else it is
 * replaced in one step, for nobody else to read (SGS-19).
 *
 * @throws {SpecError}; {TransformError}; {RuntimeError} code "bad-prepare"
 */
export async function rewriteBundle(
  context: RuntimeContext,
  id: ContainerId,
  bundle: HostPath,
): Promise<Transformed> {
  const spec = loadSpec(bundle);
  const transformed = await transformForCreate(context, spec, { id, bundle, rootfsMounts: [] });
  for (const step of transformed.steps) {
    if (!step.applies) context.log.log("info", `transform "${step.name}" does not apply: ${step.reason}`);
  }
  assertUndoable(transformed);
  if (transformed.steps.some(({ applies }) => applies)) {
    writeFileAtomic(`${bundle}/config.json`, `${stringifyJson(transformed.spec, 2)}\n`, 0o600);
  }
  return transformed;
}
