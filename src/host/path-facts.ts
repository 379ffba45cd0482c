import { constants } from "node:fs";
import { open, readdir, readlink, realpath, stat, statfs } from "node:fs/promises";
import { machine, release } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { errnoOf, messageOf } from "../core/errors.ts";
import { HostError } from "./errors.ts";
import { type MountEntry, readMountinfo } from "./mountinfo.ts";

/** A look at the host that somebody asks for. Paths are absolute; links are followed, as in `stat`. */
export type FactRequest =
  | {
      readonly kind: "stat" | "realpath" | "statfs" | "listdir" | "readlink" | "read-file";
      readonly path: string;
    }
  | { readonly kind: "mountinfo" | "uname" };

export type FactKind = FactRequest["kind"];

/** What is at a path. */
export interface StatFact {
  readonly type: "file" | "directory" | "block" | "character" | "fifo" | "socket";
  /** Permission bits, 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** Of the filesystem it is on: major and minor number as the kernel counts them. */
  readonly device: number;
  readonly inode: number;
  /** Of a device file. */
  readonly major: number;
  readonly minor: number;
}

/** The filesystem a path is on. */
export interface StatfsFact {
  /** The magic number of statfs(2), e.g. 0x794c7630 for overlay. */
  readonly type: number;
  readonly freeBytes: number;
  readonly sizeBytes: number;
}

export interface UnameFact {
  /** e.g. "6.1.0-18-amd64" */
  readonly release: string;
  /** e.g. "x86_64" */
  readonly machine: string;
}

/** What a request is answered with; `undefined`: there is nothing at the path. */
export interface FactValues {
  readonly stat: StatFact | undefined;
  readonly realpath: string | undefined;
  readonly statfs: StatfsFact | undefined;
  /** Names, sorted. */
  readonly listdir: readonly string[] | undefined;
  readonly readlink: string | undefined;
  readonly "read-file": string | undefined;
  readonly mountinfo: readonly MountEntry[];
  readonly uname: UnameFact;
}

/** A request with its answer, or with why there is none ("EACCES: permission denied, …"). Plain data. */
export interface FactAnswer {
  readonly request: FactRequest;
  readonly value?: FactValues[FactKind];
  readonly error?: string;
}

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_NAMES = 10_000;

/**
 * Read what was asked for, all at once. A path may be on a filesystem whose server is gone: nothing here waits longer than
 * the deadline.
 *
 * @throws {HostError} code "no-answer"
 */
export async function readFacts(requests: readonly FactRequest[], deadlineMs = 5000): Promise<FactAnswer[]> {
  if (requests.length === 0) return [];
  const giveUp = new AbortController();
  const pending = new Set(requests);
  const late = sleep(deadlineMs, undefined, { ref: false, signal: giveUp.signal }).then(() => {
    const [first] = pending;
    const path = first !== undefined && "path" in first ? ` ${first.path}` : "";
    throw new HostError("no-answer", `${first?.kind}${path}: no answer after ${deadlineMs} ms`);
  });
  const answers = Promise.all(
    requests.map(async (request) => {
      const answer = await readFact(request);
      pending.delete(request);
      return answer;
    }),
  );
  try {
    return await Promise.race([answers, late]);
  } finally {
    giveUp.abort();
    late.catch(() => {}); // aborted, which is no news
  }
}

async function readFact(request: FactRequest): Promise<FactAnswer> {
  try {
    const value = await readValue(request);
    return value === undefined ? { request } : { request, value };
  } catch (error) {
    const errno = errnoOf(error);
    return errno === "ENOENT" || errno === "ENOTDIR" ? { request } : { request, error: messageOf(error) };
  }
}

async function readValue(request: FactRequest): Promise<FactValues[FactKind]> {
  switch (request.kind) {
    case "stat":
      return readStat(request.path);
    case "realpath":
      return realpath(request.path);
    case "statfs": {
      const { type, bavail, blocks, bsize } = await statfs(request.path);
      return { type, freeBytes: bavail * bsize, sizeBytes: blocks * bsize };
    }
    case "listdir": {
      const names = await readdir(request.path);
      if (names.length > MAX_NAMES) throw new Error(`${request.path} holds more than ${MAX_NAMES} names`);
      return names.sort();
    }
    case "readlink":
      return readlink(request.path);
    case "read-file":
      return readSmallFile(request.path);
    case "mountinfo":
      return readMountinfo();
    case "uname":
      return { release: release(), machine: machine() };
  }
}

async function readStat(path: string): Promise<StatFact> {
  const stats = await stat(path);
  const type = stats.isDirectory()
    ? "directory"
    : stats.isBlockDevice()
      ? "block"
      : stats.isCharacterDevice()
        ? "character"
        : stats.isFIFO()
          ? "fifo"
          : stats.isSocket()
            ? "socket"
            : "file";
  const { uid, gid, size: sizeBytes, dev: device, ino: inode } = stats;
  return {
    type,
    mode: stats.mode & 0o7777,
    uid,
    gid,
    sizeBytes,
    device,
    inode,
    ...deviceNumbers(stats.rdev),
  };
}

/** The kernel's packing of 12 + 20 bits as glibc's `gnu_dev_major` takes it apart; makedev(3). */
function deviceNumbers(rdev: number): { readonly major: number; readonly minor: number } {
  return { major: (rdev >> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00) };
}

async function readSmallFile(path: string): Promise<string> {
  // A fifo without a writer would hold us up, and a device might never end.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    if (!(await file.stat()).isFile()) throw new Error(`${path} is not a regular file`);
    const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
    let length = 0;
    for (let n = -1; n !== 0 && length < buffer.length; length += n) {
      ({ bytesRead: n } = await file.read(buffer, length, buffer.length - length));
    }
    if (length > MAX_FILE_BYTES) throw new Error(`${path} has more than ${MAX_FILE_BYTES} bytes`);
    return buffer.toString("utf8", 0, length);
  } finally {
    await file.close();
  }
}
