import { CodedError, type ErrorKind } from "../core/errors.ts";

const KIND = {
  /** A scheme that is neither fifo, file, binary nor binary-v2. */
  "unknown-scheme": "invalid-argument",
  /** A part of the string cannot be what its scheme asks for. */
  "bad-uri": "invalid-argument",
  /** A plain path that does not exist. */
  missing: "not-found",
} as const satisfies Record<string, ErrorKind>;

/** What can be wrong with containerd's stdio strings; the table above says what each code means to a caller. */
export class StdioError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
}
