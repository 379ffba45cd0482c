import { CodedError, type ErrorKind } from "../core/errors.ts";
import type { StatusName } from "./status.ts";

const KIND_OF_STATUS = {
  CANCELED: "canceled",
  UNKNOWN: "unknown",
  INVALID_ARGUMENT: "invalid-argument",
  DEADLINE_EXCEEDED: "deadline-exceeded",
  NOT_FOUND: "not-found",
  ALREADY_EXISTS: "already-exists",
  PERMISSION_DENIED: "permission-denied",
  RESOURCE_EXHAUSTED: "resource-exhausted",
  FAILED_PRECONDITION: "failed-precondition",
  ABORTED: "failed-precondition",
  OUT_OF_RANGE: "invalid-argument",
  UNIMPLEMENTED: "unimplemented",
  INTERNAL: "internal",
  UNAVAILABLE: "unavailable",
  DATA_LOSS: "internal",
  UNAUTHENTICATED: "permission-denied",
} as const satisfies Record<StatusName, ErrorKind>;

/** One detail of a status: a message and its full name. */
export interface StatusDetail {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/**
 * A call that ended with a status other than OK. Thrown by a handler it becomes that status, `details` included;
 * thrown by the client it is the status the server sent (or the client's own: deadline, cancellation, oversize).
 */
export class TtrpcError extends CodedError<StatusName> {
  override readonly kind: ErrorKind = KIND_OF_STATUS[this.code];
  readonly details: readonly StatusDetail[];

  constructor(
    code: StatusName,
    message: string,
    options?: ErrorOptions & { readonly details?: readonly StatusDetail[] },
  ) {
    super(code, message, options);
    this.details = options?.details ?? [];
  }
}

const CONNECTION_KIND = {
  /** The connection is gone, or went while a call was outstanding. The message is exactly "ttrpc: closed". */
  closed: "unavailable",
  /** Nobody could be reached at the address; `cause` has the errno. */
  connect: "unavailable",
  /** The address is of a form that cannot be dialled. */
  address: "invalid-argument",
} as const satisfies Record<string, ErrorKind>;

/** A connection that could not be made or does not exist any more. */
export class ConnectionError extends CodedError<keyof typeof CONNECTION_KIND> {
  override readonly kind: ErrorKind = CONNECTION_KIND[this.code];
}

/** What every call on a lost connection fails with: callers of Go's library know this text. */
export function closedError(cause?: unknown): ConnectionError {
  return new ConnectionError("closed", "ttrpc: closed", cause === undefined ? undefined : { cause });
}
