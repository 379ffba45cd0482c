import { createHash } from "node:crypto";
import { join } from "node:path";

/** Where sockets are when containerd does not say. */
export const DEFAULT_SOCKET_DIR = "/run/containerd/s";

const SCHEME = "unix://";

/**
 * The socket of a group, by the scheme of containerd's own shims, so that `ctr shim` finds it: the hash of containerd's
 * address, the namespace and the group, which keeps it short whatever their lengths.
 */
export function socketPath(parts: {
  readonly socketDir: string;
  readonly grpcAddress: string;
  readonly containerdNamespace: string;
  readonly group: string;
}): string {
  const identity = join(parts.grpcAddress, parts.containerdNamespace, parts.group);
  return join(parts.socketDir || DEFAULT_SOCKET_DIR, createHash("sha256").update(identity).digest("hex"));
}

/** A socket as containerd must be told: without the scheme it would take the path for an abstract name. */
export function addressOf(path: string): string {
  return SCHEME + path;
}

/**
 * The directory that lists the containers of a group's server, so that a restarted one finds them again: one symbolic
 * link for each, its id pointing to its bundle.
 */
export function membersDir(socket: string): string {
  return `${socket}.d`;
}
