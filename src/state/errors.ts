import { CodedError, type ErrorKind } from "../core/errors.ts";

const KIND = {
  /** There is no such container, or it went away while we waited for it. */
  missing: "not-found",
  exists: "already-exists",
  /** The id names a directory below the state root that is not a container's, e.g. a containerd namespace. */
  "not-a-container": "already-exists",
  /** The state root itself is the directory of a container. */
  "root-is-container": "failed-precondition",
  /** state.json cannot be understood. */
  corrupt: "internal",
  "lock-timeout": "deadline-exceeded",
  "lock-canceled": "canceled",
} as const satisfies Record<string, ErrorKind>;

/** What can go wrong with the state of containers; the table above says what each code means to a caller. */
export class StateError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
}
