import { type Problem, specErrorOf } from "./errors.ts";
import { checkProcess } from "./rules-process.ts";
import { checkSeccomp } from "./rules-seccomp.ts";
import { checkResources, checkSpec, type Draft } from "./rules-spec.ts";
import { checkShape, type Shape } from "./shape.ts";
import { PROCESS_SHAPE, RESOURCES_SHAPE, SPEC_SHAPE } from "./spec-shape.ts";
import type { Process, Resources, Spec, ValidProcess, ValidSpec } from "./types.ts";

/**
 * Check a spec once, completely: the shape of every field, every rule of the OCI runtime specification that needs no
 * look at the host. Unknown properties are kept and mean nothing.
 *
 * @returns a copy in which `null`s are left out
 * @throws {SpecError} code "invalid" with every problem found
 */
export function validateSpec(value: unknown): ValidSpec {
  const problems: Problem[] = [];
  const draft = shaped<Draft<Spec>>(value, SPEC_SHAPE, "", problems);
  checkSpec(draft, problems);
  checkProcess(draft.process, "process", problems);
  checkSeccomp(draft.linux?.seccomp, "linux.seccomp", problems);
  if (problems.length > 0) throw specErrorOf("spec", problems);
  return { ...draft, ...(draft.process && { process: withUser(draft.process) }) } as ValidSpec;
}

/**
 * Check the process of an exec.
 *
 * @param value an OCI process, as in `exec --process FILE`
 * @throws {SpecError} code "invalid" with every problem found
 */
export function validateProcess(value: unknown): ValidProcess {
  const problems: Problem[] = [];
  const draft = shaped<Draft<Process>>(value, PROCESS_SHAPE, "process", problems);
  checkProcess(draft, "process", problems);
  if (problems.length > 0) throw specErrorOf("process", problems);
  return withUser(draft) as ValidProcess;
}

/** Check resources, as in `update --resources FILE`. @throws {SpecError} code "invalid" with every problem found */
export function validateResources(value: unknown): Resources {
  const problems: Problem[] = [];
  const draft = shaped<Draft<Resources>>(value, RESOURCES_SHAPE, "resources", problems);
  checkResources(draft, "resources", problems);
  if (problems.length > 0) throw specErrorOf("resources", problems);
  return draft as Resources;
}

/** A user or group that is not named is root: the specification requires it, runc and crun do not. */
function withUser(process: Draft<Process>): Draft<Process> {
  return { ...process, user: { uid: 0, gid: 0, ...process.user } };
}

/** What fits the shape. A value of another kind altogether (a list, a string) leaves an empty draft and a problem. */
function shaped<Kind>(value: unknown, shape: Shape, path: string, problems: Problem[]): Kind {
  return (checkShape(value, shape, path, problems) ?? {}) as Kind;
}
