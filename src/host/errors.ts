import { CodedError, type ErrorKind } from "../core/errors.ts";

const KIND = {
  /** A /proc file does not look as proc(5) says. */
  "unreadable-proc": "internal",
  /** `removeTree` met a mount point; nothing behind it was touched. */
  "mount-inside": "failed-precondition",
  /** A file of ours could not be written: no space, no permission, no directory. */
  "write-failed": "internal",
  /** A filesystem did not answer in time. */
  "no-answer": "deadline-exceeded",
} as const satisfies Record<string, ErrorKind>;

/** What the operating system said that we cannot work with; the table above says what each code means to a caller. */
export class HostError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
}
