import { chmodSync, lstatSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { ContainerId } from "../core/brand.ts";
import { errnoOf } from "../core/errors.ts";
import { parseContainerId } from "../core/ids.ts";
import { hostFiles, readTextIfExists, removeTree, writeFileAtomic } from "../host/files.ts";
import { isSameProcess, readProcessStat } from "../host/proc.ts";
import { stringifyJson } from "../spec/json.ts";
import { StateError } from "./errors.ts";
import { type Ticket, takeFirstTicket } from "./lock.ts";
import { type ContainerRecord, parseContainerRecord } from "./record.ts";

/** What `list` found: readable records with the uid that owns their directory, and entries that could not be read. */
export interface StateListing {
  readonly containers: readonly { readonly record: ContainerRecord; readonly ownerUid: number }[];
  readonly broken: readonly { readonly id: string; readonly error: unknown }[];
}

/**
 * The containers below one state root, a directory each. It does no locking: who changes a container holds `withLock`
 * of its directory, whoever creates one the ticket that `create` gives.
 *
 * Everything is synchronous: the state root is on tmpfs.
 */
export class StateStore {
  readonly stateRoot: string;

  readonly #beforeStep: (what: string) => void;

  /**
   * @param stateRoot absolute path; made (0700) by the first `create`
   * @param beforeStep called before everything that changes the disk; what it throws, the step throws
   */
  constructor(stateRoot: string, beforeStep: (what: string) => void = () => {}) {
    this.stateRoot = stateRoot;
    this.#beforeStep = beforeStep;
  }

  /** The container's directory, whether it exists or not. */
  stateDir(id: ContainerId): string {
    return join(this.stateRoot, id);
  }

  /**
   * Reserve an id: make its directory (0711, so that a mapped root can reach the fifo), with the container's lock held by us.
   * It is put together elsewhere and comes into its place by a rename, so that it is whole and locked for whoever finds it.
   *
   * @returns the directory, and the ticket for `withTicket`
   * @throws {StateError} codes "exists", "not-a-container", "root-is-container"
   */
  create(id: ContainerId): ReservedId {
    if (isContainerDir(this.stateRoot)) {
      throw new StateError(
        "root-is-container",
        `state root ${this.stateRoot} is the directory of a container`,
      );
    }
    const dir = this.stateDir(id);
    // rename(2) would replace an empty directory.
    if (hostFiles.exists(dir)) throw taken(id, dir);
    mkdirSync(this.stateRoot, { recursive: true, mode: 0o700 });
    this.#beforeStep("reserve the id");
    const unfinished = join(this.stateRoot, scrapName());
    makeDirectory(unfinished, 0o711);
    try {
      makeDirectory(join(unfinished, "lock"), 0o700);
      const ticket = takeFirstTicket(join(unfinished, "lock"));
      this.#beforeStep("put the state directory in its place");
      renameSync(unfinished, dir);
      return { dir, ticket };
    } catch (error) {
      removeTree(unfinished);
      throw hostFiles.exists(dir) ? taken(id, dir) : error;
    }
  }

  /** Replace state.json (0600) in one step. */
  write(id: ContainerId, record: ContainerRecord): void {
    this.#beforeStep("write state.json");
    writeFileAtomic(join(this.stateDir(id), "state.json"), `${stringifyJson(record)}\n`, 0o600);
  }

  /** @throws {StateError} codes "missing" (also: reserved, nothing written yet) and "corrupt" */
  read(id: ContainerId): ContainerRecord {
    const file = join(this.stateDir(id), "state.json");
    const text = readTextIfExists(file);
    if (text === undefined) throw new StateError("missing", "container does not exist");
    const record = parseContainerRecord(text, file);
    if (record.id !== id) throw new StateError("corrupt", `Cannot read state: ${file}: "id" is not "${id}"`);
    return record;
  }

  /**
   * Every container, by name. What is not one — files, links, containerd namespaces, caches — is not mentioned; a state
   * root that does not exist has none.
   */
  list(): StateListing {
    const containers: { record: ContainerRecord; ownerUid: number }[] = [];
    const broken: { id: string; error: unknown }[] = [];
    for (const name of this.#directories()) {
      const dir = join(this.stateRoot, name);
      if (name.startsWith(SCRAP_PREFIX) || !isContainerDir(dir)) continue;
      try {
        containers.push({ record: this.read(parseContainerId(name)), ownerUid: lstatSync(dir).uid });
      } catch (error) {
        // Reserved and not written yet, or deleted while we looked: neither is worth a complaint.
        if (!(error instanceof StateError && error.code === "missing")) broken.push({ id: name, error });
      }
    }
    return { containers, broken };
  }

  /**
   * Remove a container's directory. It leaves its place by a rename first: the id is free at once, and a command that
   * waits for the lock finds nothing instead of half a directory. Already gone is fine.
   * @throws {StateError} code "not-a-container" for a directory that is not a container's; HostError "mount-inside"
   */
  remove(id: ContainerId): void {
    const dir = this.stateDir(id);
    if (!isContainerDir(dir)) {
      if (!hostFiles.exists(dir)) return;
      throw new StateError("not-a-container", `${dir} is not the directory of a container`);
    }
    this.#beforeStep("remove the state directory");
    const removed = join(this.stateRoot, scrapName());
    try {
      renameSync(dir, removed);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return;
      throw error;
    }
    removeTree(removed);
  }

  /** Remove what a `create` or a `remove` that was killed, or has failed in this process, has left. */
  sweep(): void {
    for (const name of this.#directories()) {
      if (name.startsWith(SCRAP_PREFIX) && !isInUse(name)) removeTree(join(this.stateRoot, name));
    }
  }

  #directories(): string[] {
    try {
      return readdirSync(this.stateRoot, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort();
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return [];
      throw error;
    }
  }
}

/** An id that is now ours. */
export interface ReservedId {
  readonly dir: string;
  readonly ticket: Ticket;
}

/** A directory that is not a container yet, or not any more. Ids may start with a dot too, but hardly like this. */
const SCRAP_PREFIX = ".gantry-scrap-";

function scrapName(): string {
  const startTime = readProcessStat(process.pid)?.startTime ?? 0;
  return `${SCRAP_PREFIX}${process.pid}-${startTime}-${process.hrtime.bigint()}`;
}

/** By another process: in this one nobody is in the middle of `create` or `remove`, which never wait for anything. */
function isInUse(name: string): boolean {
  const [pid = 0, startTime = 0] = name.slice(SCRAP_PREFIX.length).split("-").map(Number);
  return pid !== process.pid && isSameProcess(pid, startTime);
}

function taken(id: ContainerId, dir: string): StateError {
  return isContainerDir(dir)
    ? new StateError("exists", "container with given ID already exists")
    : new StateError("not-a-container", `container id "${id}" is taken: ${dir} is not a container's`);
}

/** `lock` is there from the start, so one of the two is there in every container's directory. */
function isContainerDir(dir: string): boolean {
  return hostFiles.exists(join(dir, "lock")) || hostFiles.exists(join(dir, "state.json"));
}

/** mkdir with exactly this mode, whatever the umask. */
function makeDirectory(path: string, mode: number): void {
  mkdirSync(path, { mode });
  chmodSync(path, mode);
}
