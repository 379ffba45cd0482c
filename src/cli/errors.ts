import { CodedError, type ErrorKind } from "../core/errors.ts";

const KIND = {
  /** A flag nobody defined, a flag without its value, a value that does not parse. */
  "bad-flag": "invalid-argument",
  /** Too few or too many arguments; the caller also prints the command's help. */
  "bad-arguments": "invalid-argument",
  /** The first argument is no command of ours. */
  "unknown-command": "invalid-argument",
  /** Asked for something this version does not have. */
  unsupported: "unimplemented",
} as const satisfies Record<string, ErrorKind>;

/** A command line that cannot be carried out as typed. */
export class CliError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
}
