import { mkdirSync, readdirSync, readlinkSync, symlinkSync, unlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { errnoOf } from "../../core/errors.ts";

/**
 * The sockets of a node's pods, `<node directory>/pods/<name of the socket>` → socket: a pod whose stub was killed while there
 * was no server would otherwise be known to nobody.
 */
export class PodList {
  readonly #dir: string;

  constructor(nodeDir: string) {
    this.#dir = join(nodeDir, "pods");
  }

  add(socket: string): void {
    const link = join(this.#dir, basename(socket));
    try {
      symlinkSync(socket, link);
    } catch (error) {
      if (errnoOf(error) === "EEXIST") {
        if (readlinkSync(link) === socket) return;
        unlinkSync(link);
      } else if (errnoOf(error) === "ENOENT") {
        mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
      } else throw error;
      symlinkSync(socket, link);
    }
  }

  remove(socket: string): void {
    try {
      unlinkSync(join(this.#dir, basename(socket)));
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
    }
  }

  sockets(): string[] {
    try {
      return readdirSync(this.#dir).map((name) => readlinkSync(join(this.#dir, name)));
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw error;
    }
  }
}
