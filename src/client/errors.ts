import { CodedError, type ErrorKind } from "../core/errors.ts";

const KIND = {
  /** There is no gantry-runtime to call. */
  "runtime-missing": "failed-precondition",
  /** The container (or exec) is not known to the runtime. */
  "does-not-exist": "not-found",
  /** The process to act on has ended. */
  "not-running": "not-found",
  exists: "already-exists",
  /** The warm runtime died with the command in it: it may have done all, some or none of its work. */
  "worker-died": "unavailable",
  /** The command had not ended at its deadline; whether it ever does is unknown. */
  abandoned: "deadline-exceeded",
  /** Any other failure; the message is the runtime's own. */
  failed: "unknown",
  /** A file of the state directory does not look as docs/ARCHITECTURE.md says. */
  corrupt: "internal",
  /** The monitor answered a command with an errno, or with something else than an answer. */
  "monitor-refused": "unknown",
  /** The monitor went away while it was asked. */
  "monitor-gone": "not-found",
} as const satisfies Record<string, ErrorKind>;

/** What calling the runtime or a monitor can end with; the table above says what each code means to a caller. */
export class ClientError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
}

/**
 * Make an error of what the runtime said. The texts are runc's, which callers of runtimes have always matched: go-runc and
 * runc's shim know a dead container by them, and ours prints the same.
 */
export function runtimeError(command: string, message: string): ClientError {
  const text = message.toLowerCase();
  if (text.includes("does not exist")) return new ClientError("does-not-exist", message);
  if (
    text.includes("not running") ||
    text.includes("process already finished") ||
    text.includes("no such process")
  ) {
    return new ClientError("not-running", message);
  }
  if (command === "create" && text.includes("already exists")) return new ClientError("exists", message);
  return new ClientError(
    "failed",
    NAMED.includes(command) ? `OCI runtime ${command} failed: ${message}` : message,
  );
}

/** Commands whose failure runc's shim introduces so; people search for these words. */
const NAMED: readonly string[] = ["create", "start", "exec", "pause", "resume", "update"];
