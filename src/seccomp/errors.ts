import { CodedError, type ErrorKind } from "../core/errors.ts";

const KIND = {
  /** The compiler's answer is not a filter. */
  "bad-program": "internal",
} as const satisfies Record<string, ErrorKind>;

/** A seccomp profile that did not become a filter. A profile with a mistake in it is a `SpecError` before that. */
export class SeccompError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
}
