import type { ContainerId, ExecId, HostPath } from "./brand.ts";
import { CodedError, type ErrorKind } from "./errors.ts";

const KIND = { "bad-id": "invalid-argument", "bad-path": "invalid-argument" } as const satisfies Record<
  string,
  ErrorKind
>;

/** A name from outside that is not one. */
export class IdError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
}

/** NAME_MAX: an id is the name of a directory. */
const MAX_ID_LENGTH = 255;

/**
 * Check a container id: one or more of `[A-Za-z0-9_+.-]`, without a leading dot, as crun does; the state root keeps
 * names with one for itself. It becomes a directory name, so this is also what keeps a hostile id inside the state root.
 *
 * @throws {IdError} code "bad-id"
 */
export function parseContainerId(text: string): ContainerId {
  return parseId(text, "container id") as ContainerId;
}

/** Check an exec id by the same rule as a container id. @throws {IdError} code "bad-id" */
export function parseExecId(text: string): ExecId {
  return parseId(text, "exec id") as ExecId;
}

/** Check that a path is absolute and holds no NUL byte. @throws {IdError} code "bad-path" */
export function parseHostPath(text: string, what: string): HostPath {
  if (!text.startsWith("/") || text.includes("\0")) {
    throw new IdError("bad-path", `${what} must be an absolute path, got ${JSON.stringify(text)}`);
  }
  return text as HostPath;
}

function parseId(text: string, what: string): string {
  if (text.length > MAX_ID_LENGTH) {
    const shown = `${JSON.stringify(text.slice(0, 32))}…`;
    throw new IdError(
      "bad-id",
      `invalid ${what} ${shown}: ${text.length} characters, more than ${MAX_ID_LENGTH}`,
    );
  }
  if (!/^[A-Za-z0-9_+-][A-Za-z0-9_+.-]*$/.test(text)) {
    const rule = "allowed are letters, digits and _+.-, and no dot in front";
    throw new IdError("bad-id", `invalid ${what} ${JSON.stringify(text)}: ${rule}`);
  }
  return text;
}
