import { CodedError, type ErrorKind } from "../core/errors.ts";

const KIND = {
  /** An annotation whose value means nothing; the message names it. */
  "bad-annotation": "invalid-argument",
  /** The node's configuration. */
  "bad-config": "invalid-argument",
  /** A transform that applies cannot do it; or it cannot be told whether it applies. */
  failed: "failed-precondition",
  /** A transform's result is no spec, or not one that it may make. */
  "bad-result": "invalid-argument",
  /** Two transforms that both decide what the root is. */
  "two-owners": "invalid-argument",
  /** A fact that was not asked for, or may not be. */
  "bad-fact": "invalid-argument",
} as const satisfies Record<string, ErrorKind>;

/** A spec could not be transformed; nothing has been changed. */
export class TransformError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
}
