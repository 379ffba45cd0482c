import type { Followed } from "../../client/follow.ts";
import type { ProcessIdentity } from "../../client/process-files.ts";
import { Latch, Queue } from "./queue.ts";
import type { StdioRecord } from "./records.ts";

/** How a process ended. A start that failed counts as an end with status 0 at no time. */
export interface ExitInfo {
  /** 0…255, or 128 + signal. */
  readonly exitStatus: number;
  /** Nanoseconds since the epoch; 0n: it never ran. */
  readonly exitedAtNs: bigint;
}

/** A container's init or one of its execs, as the server knows it. All of it can be had again from the disk. */
export class TaskProcess {
  /** Empty for init. */
  readonly execId: string;
  readonly stdio: StdioRecord;
  /** The directory of its monitor. */
  readonly processDir: string;
  /** Start, delete and what else must not overlap on this process. State, Wait and Kill never wait for it. */
  readonly queue = new Queue();
  /** Set when the exit was announced: what Wait waits for. */
  readonly announced = new Latch<ExitInfo>();
  /** Absent until the runtime has made the process; kept after its end. */
  identity: ProcessIdentity | undefined;
  isStarted = false;
  /** Absent until the process has ended. Earlier than `announced`. */
  exit: ExitInfo | undefined;
  followed: Followed | undefined;
  /** A start that is under way: an exit that it overtakes is announced after it. */
  starting: Promise<unknown> | undefined;
  /** CloseIO came before there was a process. */
  isStdinClosed = false;

  constructor(execId: string, stdio: StdioRecord, processDir: string) {
    this.execId = execId;
    this.stdio = stdio;
    this.processDir = processDir;
  }

  /** 0 when there is no process yet. */
  get pid(): number {
    return this.identity?.pid ?? 0;
  }

  get status(): "created" | "running" | "stopped" {
    if (this.exit !== undefined) return "stopped";
    return this.isStarted ? "running" : "created";
  }
}
