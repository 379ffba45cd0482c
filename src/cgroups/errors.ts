import { CodedError, type ErrorKind } from "../core/errors.ts";

const KIND = {
  /** No cgroup hierarchy is mounted. */
  "no-hierarchy": "failed-precondition",
  /** A limit names a controller that this host does not have. */
  "missing-controller": "failed-precondition",
  /** The spec's value cannot be a valid limit. */
  "bad-value": "invalid-argument",
  /** A resource that this cgroup version cannot express. */
  unsupported: "invalid-argument",
  /** The runtime may not create a cgroup, and the spec needs one. */
  "no-permission": "permission-denied",
  /** A new container would share the cgroup with processes of another. */
  "not-empty": "failed-precondition",
  frozen: "failed-precondition",
  /** `memory.checkBeforeUpdate`: the new limit is not above what is in use. */
  "limit-below-usage": "failed-precondition",
  "write-failed": "internal",
  "freeze-timeout": "deadline-exceeded",
  "remove-failed": "internal",
  /** The systemd driver was asked for where there is no systemd, or none that we can speak to. */
  "no-systemd": "failed-precondition",
  /** systemd could not start or stop a container's unit. */
  "unit-failed": "failed-precondition",
} as const satisfies Record<string, ErrorKind>;

/** What can go wrong with cgroups; the table above says what each code means to a caller. */
export class CgroupError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
}
