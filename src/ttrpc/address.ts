import { ConnectionError } from "./errors.ts";

/**
 * The socket path of an address as containerd writes it: an absolute path, with or without "unix://" before it.
 *
 * @throws {ConnectionError} code "address" for any other scheme and for a relative path
 */
export function socketPathOf(address: string): string {
  const path = address.startsWith("unix://") ? address.slice("unix://".length) : address;
  if (!path.startsWith("/") || path.includes("\0")) {
    throw new ConnectionError(
      "address",
      `Cannot dial ${JSON.stringify(address)}: not a path, nor "unix://" and a path`,
    );
  }
  return path;
}
