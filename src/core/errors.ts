/**
 * What a caller can do about an error, in containerd's words (errdefs). `shim/` turns a kind into a ttrpc status
 * code, `cli/` into an exit code and a log line.
 */
export type ErrorKind =
  | "already-exists"
  | "canceled"
  | "deadline-exceeded"
  | "failed-precondition"
  | "internal"
  | "invalid-argument"
  | "not-found"
  | "permission-denied"
  | "resource-exhausted"
  | "unavailable"
  | "unimplemented"
  | "unknown";

/** The one error family. `kind` tells the caller what to do, `code` which rule failed; tests match `code`. */
export abstract class CodedError<Code extends string = string> extends Error {
  abstract readonly kind: ErrorKind;
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The text of anything that was thrown: an Error's message, otherwise its string form. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The `errno` name ("ENOENT") of a failed system call as Node and Bun report it, or undefined. */
export function errnoOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" && /^E[A-Z0-9]+$/.test(thrown.code) ? thrown.code : undefined;
}
