import { CodedError, type ErrorKind } from "../core/errors.ts";

const KIND = {
  /** The bundle has no usable rootfs. */
  "bad-bundle": "invalid-argument",
  /** A terminal was asked for and nobody can take it, or the other way round. */
  "bad-terminal": "invalid-argument",
  /** The file of --rootfs-mounts. */
  "bad-mounts": "invalid-argument",
  /** No such signal. */
  "bad-signal": "invalid-argument",
  /** --user is not numbers. */
  "bad-user": "invalid-argument",
  /** A descriptor of --preserve-fds is not open. */
  "bad-descriptor": "invalid-argument",
  /** --pid-file names something that is not a file. */
  "bad-pid-file": "invalid-argument",
  /** A transform wants something made on the host that could not be undone exactly. */
  "bad-prepare": "invalid-argument",
  /** Another container holds a lease, or uses an overlay. */
  "in-use": "failed-precondition",
  "no-overlay": "not-found",
  "not-running": "not-found",
  "has-stopped": "failed-precondition",
  "already-running": "failed-precondition",
  /** `create` is still at work, or was killed before init waited at the fifo. */
  "not-ready": "failed-precondition",
  paused: "failed-precondition",
  "not-paused": "failed-precondition",
  /** Plain delete of a container that runs. */
  "not-stopped": "failed-precondition",
  /** SIGKILL was sent and the process is still there. */
  "still-running": "deadline-exceeded",
  "exec-exists": "already-exists",
  /** Delete of an exec that runs. */
  "exec-running": "failed-precondition",
  "oom-killed": "resource-exhausted",
  "hook-failed": "internal",
  /** criu is not installed. */
  "no-criu": "failed-precondition",
  /** criu could not do it; its log says why. */
  "criu-failed": "internal",
  /** A directory of checkpoint images that is not there, or not one. */
  "bad-images": "invalid-argument",
  /** There is no runtime to delegate to, or none that may be used. */
  "no-delegate": "failed-precondition",
  /** Arguments for another runtime that cannot be understood. */
  "bad-command-line": "invalid-argument",
  /** The runtime that was delegated to could not do it; the message is its own. */
  "delegate-failed": "unknown",
  /** A test asked for it. */
  injected: "internal",
} as const satisfies Record<string, ErrorKind>;

/** A lifecycle rule that was not kept; the texts are runc's where other programs match them. */
export class RuntimeError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
}
