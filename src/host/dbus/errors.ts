import { CodedError, type ErrorKind } from "../../core/errors.ts";

const KIND = {
  /** Nobody listens at the bus's address, or it is of a kind we cannot reach. */
  unreachable: "unavailable",
  /** The bus does not believe who we are. */
  refused: "permission-denied",
  /** The connection ended, or what arrived is not D-Bus. */
  "bad-message": "internal",
  "bad-signature": "internal",
  /** A value that its type cannot hold. */
  "bad-value": "invalid-argument",
  /** The answer to a call is an error; `errorName` says which. */
  "call-failed": "failed-precondition",
  timeout: "deadline-exceeded",
} as const satisfies Record<string, ErrorKind>;

/** What can go wrong with a D-Bus connection. */
export class DbusError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
  /** For code "call-failed": e.g. "org.freedesktop.systemd1.NoSuchUnit". */
  readonly errorName: string;

  constructor(code: keyof typeof KIND, message: string, options?: ErrorOptions & { errorName?: string }) {
    super(code, message, options);
    this.errorName = options?.errorName ?? "";
  }
}
