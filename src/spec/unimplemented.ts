import type { Problem } from "./errors.ts";
import type { Draft } from "./rules-spec.ts";
import type { Spec } from "./types.ts";

/**
 * Everything the specification has and we do not do yet, refused by name: a field that is silently ignored gives
 * a container other than the one asked for.
 */
export function findUnimplemented(spec: Draft<Spec>, problems: Problem[]): void {
  const refuse = (path: string, message = "is not implemented"): void => {
    problems.push({ path, message, isUnimplemented: true });
  };
  const { linux } = spec;
  if (isFilled(linux?.intelRdt)) refuse("linux.intelRdt");
}

function isFilled(value: object | undefined): boolean {
  return value !== undefined && Object.values(value).some((item) => item !== undefined && item !== null);
}
