import { CodedError, type ErrorKind } from "../core/errors.ts";

const KIND = {
  /** The file is not there. */
  missing: "not-found",
  /** The file is there and cannot be read, or is larger than any spec. */
  unreadable: "internal",
  /** Not JSON, or a number no field can hold. */
  "bad-json": "invalid-argument",
  /** At least one rule of the specification is broken. */
  invalid: "invalid-argument",
} as const satisfies Record<string, ErrorKind>;

/** One broken rule: where (`mounts[3].destination`) and what. */
export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** A spec that cannot be read or run. `problems` lists every broken rule; it is empty when there was no spec to check. */
export class SpecError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
  readonly problems: readonly Problem[];

  constructor(
    code: keyof typeof KIND,
    message: string,
    problems: readonly Problem[] = [],
    options?: ErrorOptions,
  ) {
    super(code, message, options);
    this.problems = problems;
  }
}

/**
 * The error for a list of problems, code "invalid".
 *
 * @param what what was checked, the start of the message: `invalid spec`
 */
export function specErrorOf(what: string, problems: readonly Problem[]): SpecError {
  const lines = problems.map((problem) => `${problem.path || "(top level)"}: ${problem.message}`);
  return new SpecError("invalid", `${what} is invalid: ${lines.join("; ")}`, problems);
}
