import { CodedError, type ErrorKind } from "../core/errors.ts";

const KIND = {
  "bad-arguments": "invalid-argument",
  /** No containerd, or several and nobody said which. */
  "no-daemon": "failed-precondition",
  /** The daemon's configuration cannot be read, or is written in a way that we do not dare to edit. */
  "bad-config": "failed-precondition",
  /** The daemon refuses the new configuration, or understands more than our handlers differently. */
  "not-accepted": "failed-precondition",
  /** A file could not be written; the node is as before. */
  "write-failed": "failed-precondition",
  /** Another installer is at work on this node. */
  locked: "unavailable",
  /** Pods run with what is to be removed. */
  "in-use": "failed-precondition",
  /** containerd could not be restarted. */
  "restart-failed": "internal",
  /** Kubernetes did not take the node's label. */
  "label-failed": "unavailable",
} as const satisfies Record<string, ErrorKind>;

/** Why the installer stopped; the table above says what each code means to a caller. */
export class InstallError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
}
