import { execDir, initDir } from "../../client/process-files.ts";
import type { RuntimeClient } from "../../client/runtime-client.ts";
import { ShimError } from "../errors.ts";
import type { ExecRecord, TaskRecord } from "./records.ts";
import { TaskProcess } from "./task-process.ts";

/** A container of this server: its init and its execs. */
export class Container {
  readonly record: TaskRecord;
  readonly runtime: RuntimeClient;
  readonly init: TaskProcess;
  readonly execs = new Map<string, TaskProcess>();
  pause: "no" | "pausing" | "paused" = "no";
  /** An OOM event was published; the exit must not publish the same again. */
  hasOomEvent = false;
  /** The runtime no longer has it. */
  isDeleted = false;

  constructor(record: TaskRecord, runtime: RuntimeClient) {
    this.record = record;
    this.runtime = runtime;
    this.init = new TaskProcess("", record, initDir(record.stateRoot, record.id));
  }

  get id(): string {
    return this.record.id;
  }

  get bundle(): string {
    return this.record.bundle;
  }

  /** Register an exec. */
  addExec(record: ExecRecord): TaskProcess {
    const directory = execDir(this.record.stateRoot, this.id, record.execId);
    const process = new TaskProcess(record.execId, record, directory);
    this.execs.set(record.execId, process);
    return process;
  }

  /** Init for an empty id. @throws {ShimError} code "no-exec" */
  getProcess(execId: string): TaskProcess {
    if (execId === "") return this.init;
    const process = this.execs.get(execId);
    if (process === undefined) {
      throw new ShimError("no-exec", `process ${execId} of container ${this.id}: not found`);
    }
    return process;
  }
}
