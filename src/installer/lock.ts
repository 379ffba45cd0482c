import { spawnSync } from "node:child_process";
import { closeSync, fstatSync, openSync, statSync } from "node:fs";
import { join } from "node:path";
import { InstallError } from "./errors.ts";
import { removeEmptyDir, removeFile, writeFailed } from "./node-files.ts";

export interface NodeLock {
  /** @param isLast the directory is not needed any more: removed, if nothing else is in it */
  release(isLast: boolean): void;
}

/**
 * Be the only installer of a node: on the host, in a pod, anywhere the directory is seen. The kernel lets go of it when this process
 * ends, however it ends.
 *
 * @param dir exists
 * @throws {InstallError} codes "locked", "write-failed"
 */
export function lockNode(dir: string): NodeLock {
  const path = join(dir, "lock");
  for (;;) {
    const fd = openLock(path);
    takeLock(fd, path);
    const there = statSync(path, { throwIfNoEntry: false });
    // Otherwise the one before us has removed the file that we hold.
    if (there !== undefined && there.ino === fstatSync(fd).ino) {
      return {
        release: (isLast) => {
          if (isLast) {
            removeFile(path);
            removeEmptyDir(dir);
          }
          closeSync(fd);
        },
      };
    }
    closeSync(fd);
  }
}

function openLock(path: string): number {
  try {
    return openSync(path, "a", 0o600);
  } catch (error) {
    throw writeFailed(path, error);
  }
}

function takeLock(fd: number, path: string): void {
  // flock(2) belongs to the open file, so that flock(1) can take it for us.
  const done = spawnSync("flock", ["-n", "3"], { stdio: ["ignore", "ignore", "pipe", fd] });
  if (done.status === 0) return;
  closeSync(fd);
  if (done.status === 1) {
    throw new InstallError("locked", `another gantry node install or uninstall is at work (${path})`);
  }
  const reason = done.error?.message ?? done.stderr.toString("utf8").trim();
  throw new InstallError("locked", `cannot lock ${path}: flock(1) of util-linux is needed: ${reason}`);
}
