import { statSync } from "node:fs";

/** A socket's file as it was once: whether it still is that one. */
export class OwnSocket {
  readonly path: string;
  readonly #identity: string | undefined;

  constructor(path: string) {
    this.path = path;
    this.#identity = identify(path);
  }

  /** False for one that was removed or replaced, now or before: nobody can connect to its listener any more. */
  isThere(): boolean {
    return this.#identity !== undefined && identify(this.path) === this.#identity;
  }
}

function identify(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  // Inode numbers are used again at once on some filesystems.
  return stat && `${stat.dev}:${stat.ino}:${stat.ctimeNs}`;
}
