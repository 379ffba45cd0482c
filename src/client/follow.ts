import { existsSync } from "node:fs";
import { isSameProcess } from "../host/proc.ts";
import { type MonitorLink, openMonitorLink } from "./monitor-link.ts";
import { type ExitRecord, type ProcessIdentity, readExitRecord } from "./process-files.ts";

/** What becomes of a process, as far as can be found out. */
export interface FollowEvents {
  onOom(): void;
  /** Once, however the end was learned. */
  onExit(record: ExitRecord): void;
}

/** A process that is being watched. */
export interface Followed {
  /** Absent while its monitor cannot be reached. */
  readonly link: MonitorLink | undefined;
  /** Resolves when the process has ended and its monitor has nothing more to pass on. */
  readonly drained: Promise<void>;
  /** Stop watching; the process and its monitor go on. */
  stop(): void;
}

/** The oracle's "unknown": the monitor was killed and could not write how the process ended. */
const UNKNOWN_STATUS = 255;
/** 128 + SIGKILL: only a forced delete takes a living process's directory away. */
const KILLED_STATUS = 137;
/** Only for a process whose monitor was killed: nobody else would tell. */
const POLL_MS = 200;

/**
 * Watch a process through its monitor: the held connection says when it ends, exit.json says how. When the monitor is
 * gone and left no exit.json, the process itself is looked at, by pid and start time.
 */
export async function followProcess(
  processDir: string,
  identity: ProcessIdentity,
  events: FollowEvents,
): Promise<Followed> {
  const follower = new Follower(processDir, identity, events);
  await follower.connect();
  return follower;
}

class Follower implements Followed {
  readonly #processDir: string;
  readonly #identity: ProcessIdentity;
  readonly #events: FollowEvents;
  #link: MonitorLink | undefined;
  #hasExited = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;
  #resolveDrained: () => void = () => {};
  readonly drained: Promise<void>;

  constructor(processDir: string, identity: ProcessIdentity, events: FollowEvents) {
    this.#processDir = processDir;
    this.#identity = identity;
    this.#events = events;
    this.drained = new Promise((resolve) => {
      this.#resolveDrained = resolve;
    });
  }

  get link(): MonitorLink | undefined {
    return this.#link;
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#link?.close();
  }

  async connect(): Promise<void> {
    this.#link = await openMonitorLink(this.#processDir, {
      onOom: () => this.#events.onOom(),
      onExit: () => this.#takeRecord(),
      onClose: () => {
        this.#link = undefined;
        this.#withoutMonitor();
      },
    });
    if (this.#link === undefined) this.#withoutMonitor();
  }

  #takeRecord(): boolean {
    if (this.#hasExited || this.#isStopped) return this.#hasExited;
    const record = readExitRecord(this.#processDir);
    if (record === undefined) return false;
    this.#hasExited = true;
    this.#events.onExit(record);
    return true;
  }

  #withoutMonitor(): void {
    if (this.#isStopped) return;
    if (this.#takeRecord()) {
      this.#resolveDrained();
      return;
    }
    const isAlive = isSameProcess(this.#identity.pid, this.#identity.startTime);
    // Once more: only a process that was gone before the record was looked for cannot write one afterwards.
    if (this.#takeRecord()) {
      this.#resolveDrained();
      return;
    }
    if (isAlive) {
      this.#timer = setTimeout(() => this.#retry(), POLL_MS);
      return;
    }
    this.#hasExited = true;
    const exitedAtNs = BigInt(Date.now()) * 1_000_000n;
    const status = existsSync(this.#processDir) ? UNKNOWN_STATUS : KILLED_STATUS;
    this.#events.onExit({ pid: this.#identity.pid, status, exitedAtNs, isOom: false });
    this.#resolveDrained();
  }

  /** The monitor may have had no room for another connection, so it is asked again. */
  #retry(): void {
    this.connect().catch(() => this.#withoutMonitor());
  }
}
