import { CodedError, type ErrorKind } from "../core/errors.ts";

const KIND = {
  "bad-arguments": "invalid-argument",
  /** Options, resources or a process spec that cannot be what they should be. */
  "bad-request": "invalid-argument",
  /** What runc's shim can do and this one cannot (yet). */
  unsupported: "unimplemented",
  /** An option that asks for something this version refuses, instead of going on without it. */
  refused: "failed-precondition",
  "no-container": "not-found",
  "no-exec": "not-found",
  "no-cgroup": "not-found",
  "already-exists": "already-exists",
  /** There is no process to act on any more. */
  finished: "not-found",
  /** There is no process to act on yet, or no more of them can be started. */
  "no-process": "failed-precondition",
  /** The operation does not fit the process's status; runc's shim answers UNKNOWN. */
  "wrong-status": "unknown",
  /** A record in the bundle does not look as it was written. */
  corrupt: "internal",
  /** A stub or a front sent what docs/decisions/005 does not know. */
  "bad-frame": "invalid-argument",
  /** The server died between the intent and the result, and it cannot be found out which it is. */
  "not-known": "unavailable",
  /** gantry-shimd could not be started. */
  "server-failed": "internal",
} as const satisfies Record<string, ErrorKind>;

/** What can go wrong in the shim itself; the table above says what each code means to containerd. */
export class ShimError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
}
