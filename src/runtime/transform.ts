import { realpathSync } from "node:fs";
import { posix } from "node:path";

import { assertNever } from "../core/assert-never.ts";
import type { ContainerId, HostPath } from "../core/brand.ts";
import { readMountinfo } from "../host/mountinfo.ts";
import { readFacts } from "../host/path-facts.ts";
import type { RootfsMount } from "../plan/input.ts";
import { describePrepare, type PrepareOperation } from "../plan/prepare.ts";
import type { ValidSpec } from "../spec/types.ts";
import type { TransformRecord } from "../state/record.ts";
import { describePath } from "../transforms/diff.ts";
import { factsOf } from "../transforms/facts.ts";
import { type Transformed, transformSpec } from "../transforms/pipeline.ts";
import { BUILT_IN } from "../transforms/registry.ts";
import { parseRequests } from "../transforms/requests.ts";
import type { RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";

/** What there is to know of a container besides its spec before anything is made. */
export interface TransformRequest {
  readonly id: ContainerId;
  readonly bundle: HostPath;
  readonly rootfsMounts: readonly RootfsMount[];
}

/**
 * Have every transform that applies rewrite the spec. Reads the host, changes nothing.
 *
 * @throws {TransformError}; {SpecError}; {RuntimeError} code "bad-prepare"; {HostError} code "no-answer"
 */
export async function transformForCreate(
  context: RuntimeContext,
  spec: ValidSpec,
  request: TransformRequest,
): Promise<Transformed> {
  const config = await context.readConfig();
  const { requests, warnings } = parseRequests(spec, { ...request, config });
  for (const warning of warnings) context.log.log("warn", warning);
  const transformed = await context.withUserTransforms(config, (own) =>
    transformSpec(spec, requests, [...BUILT_IN, ...own], async (wanted) => factsOf(await readFacts(wanted))),
  );
  for (const step of transformed.steps) {
    if (!step.applies) continue;
    context.log.log("info", `transform "${step.name}" applies: ${step.reason}`);
    for (const note of step.notes) context.log.log("info", `transform "${step.name}": ${note}`);
  }
  return transformed;
}

/** What the record says of the transforms that have applied. */
export function transformRecords({ steps }: Transformed): readonly TransformRecord[] {
  return steps.flatMap((step) => {
    if (!step.applies) return [];
    const { name, reason, edits, notes } = step;
    return [{ name, reason, changed: edits.map(({ path }) => describePath(path)), notes }];
  });
}

/**
 * Refuse prepare operations that could not be undone exactly.
 *
 * @throws {RuntimeError} code "bad-prepare", naming the transform
 */
export function assertUndoable({ steps }: Transformed): void {
  const all = steps.flatMap(({ name, ...step }) =>
    "prepare" in step ? step.prepare.map((operation) => ({ name, operation, path: pathOf(operation) })) : [],
  );
  const refuse = (name: string, operation: PrepareOperation, problem: string): never => {
    throw new RuntimeError("bad-prepare", `transform "${name}": ${describePrepare(operation)}: ${problem}`);
  };
  for (const { name, operation, path } of all) {
    if (posix.resolve("/", path) !== path) refuse(name, operation, "not a plain absolute path");
  }
  if (!all.some(({ operation }) => operation.kind === "mount")) return;
  // Undoing ours would take what is mounted there already, too.
  const taken = new Set(readMountinfo().map(({ mountPoint }) => mountPoint));
  for (const { name, operation, path } of all) {
    const real = realPath(path);
    if (operation.kind === "unmount") taken.delete(real);
    if (operation.kind !== "mount") continue;
    if (taken.has(real)) refuse(name, operation, "something is mounted there already");
    taken.add(real);
  }
}

/** What it is about on the host. */
function pathOf(operation: PrepareOperation): string {
  switch (operation.kind) {
    case "mkdir":
      return operation.path;
    case "mount":
    case "unmount":
      return operation.target;
    case "shared-overlay":
      return operation.directory;
    case "lease":
      return "/";
    default:
      return assertNever(operation, "prepare operation");
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // not there yet
  }
}
