import { spawnSync } from "node:child_process";
import { lstatSync, readlinkSync } from "node:fs";
import { dirname, isAbsolute, join, normalize } from "node:path";
import { errnoOf } from "../core/errors.ts";
import { InstallError } from "./errors.ts";

const MAX_LINKS = 40;
/** As systemd gives it to services. */
export const NODE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** How a program of the node ended. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A node's file system: `/`, or where it is mounted in the installer's container. */
export class NodeRoot {
  readonly dir: string;

  /** @param dir absolute */
  constructor(dir: string) {
    this.dir = normalize(dir).replace(/(.)\/$/, "$1");
  }

  /** Where a file of the node is for us. Links are followed as the node follows them: `/x` means the node's `/x`. */
  path(nodePath: string): string {
    return join(this.dir, this.resolve(nodePath));
  }

  /** The node's own name of a file, without links. Parts that do not exist stay as they are. */
  resolve(nodePath: string): string {
    let rest = nodePath.split("/");
    let done = "/";
    let links = 0;
    while (rest.length > 0) {
      const [name = "", ...others] = rest;
      rest = others;
      if (name === "" || name === ".") continue;
      if (name === "..") {
        done = dirname(done);
        continue;
      }
      const next = join(done, name);
      const target = readLink(join(this.dir, next));
      if (target === undefined) {
        done = next;
        continue;
      }
      if (++links > MAX_LINKS) throw new InstallError("bad-config", `${nodePath}: too many symbolic links`);
      if (isAbsolute(target)) done = "/";
      rest = [...target.split("/"), ...rest];
    }
    return done;
  }

  /** Run a program of the node, with the node's libraries. @throws {InstallError} code "no-daemon" */
  run(program: string, args: readonly string[]): Ran {
    const [file, ...before] = this.dir === "/" ? [program] : ["chroot", this.dir, program];
    const done = spawnSync(file ?? program, [...before, ...args], {
      env: { PATH: `${process.env["PATH"] ?? ""}:${NODE_PATH}` },
      cwd: "/",
      maxBuffer: 64 * 1024 * 1024,
      timeout: 60_000,
    });
    if (done.error !== undefined) {
      throw new InstallError("no-daemon", `cannot run ${program} of ${this.dir}: ${done.error.message}`);
    }
    return {
      status: done.status ?? 128,
      stdout: done.stdout.toString("utf8"),
      stderr: done.stderr.toString("utf8"),
    };
  }
}

function readLink(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return undefined;
    throw error;
  }
}
