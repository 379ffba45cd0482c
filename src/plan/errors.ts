import { CodedError, type ErrorKind } from "../core/errors.ts";

const KIND = {
  /** The spec names a security profile and the host has no such module. */
  "no-apparmor": "failed-precondition",
  "no-selinux": "failed-precondition",
  /** The spec asks for a cgroup namespace and the kernel has none. */
  "no-cgroup-namespace": "failed-precondition",
  /** The spec has a class of service for caches, and resctrl is not mounted. */
  "no-intel-rdt": "failed-precondition",
  /** A `net.*` sysctl, and the network namespace is the host's. */
  "host-network-sysctl": "invalid-argument",
  /** Options that exclude each other or that no mount can take. */
  "bad-mount": "invalid-argument",
  /** `--no-pivot` with a private rootfs: MS_MOVE would fail. */
  "no-pivot-private": "invalid-argument",
  /** Additional groups for a caller who may not set groups. */
  "rootless-groups": "invalid-argument",
  /** Network devices for a caller who may not move them. */
  "rootless-net-devices": "invalid-argument",
  /** Id-mapped mounts for a caller who may not make them. */
  "rootless-id-map": "invalid-argument",
  /** The spec has a seccomp profile and the caller did not compile it. */
  "no-seccomp-program": "internal",
  /** We do not do it yet. */
  unimplemented: "unimplemented",
  /** A plan that the wire form cannot hold: too large, or a value out of range. */
  unencodable: "invalid-argument",
} as const satisfies Record<string, ErrorKind>;

/** A spec that is valid and still cannot become a plan, on this host or at all. */
export class PlanError extends CodedError<keyof typeof KIND> {
  override readonly kind: ErrorKind = KIND[this.code];
}
