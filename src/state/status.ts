import { existsSync } from "node:fs";
import { join } from "node:path";
import { readTextIfExists } from "../host/files.ts";
import { isSameProcess } from "../host/proc.ts";
import type { ContainerStatus } from "../spec/types.ts";
import type { ContainerRecord, ProcessIdentity } from "./record.ts";

/** What a status is computed from. */
export interface StatusFacts {
  readonly record: ContainerRecord;
  /** Init runs: same pid, same start time, not a zombie. */
  readonly isAlive: boolean;
  /** The `create` named in the record runs. False when it names none. */
  readonly isCreatorAlive: boolean;
  /** `exec.fifo` is there: init waits to be started. */
  readonly hasExecFifo: boolean;
  readonly isFrozen: boolean;
}

/**
 * The status, from facts alone: a stored one could be wrong after a crash. A container whose `create` was killed is
 * `created` while its init waits at the fifo (it can be started, killed or deleted), otherwise `stopped`.
 */
export function computeStatus(facts: StatusFacts): ContainerStatus {
  if (facts.record.creator !== undefined && facts.isCreatorAlive) return "creating";
  // First, as runc has it: the frozen cgroup of a dead init is shown until it is destroyed.
  if (facts.isFrozen) return "paused";
  if (!facts.isAlive) return "stopped";
  return facts.hasExecFifo ? "created" : "running";
}

/** A container's status and, while it lives, its init. */
export interface ObservedStatus {
  readonly status: ContainerStatus;
  /** Absent when there is no live init. */
  readonly init?: ProcessIdentity;
}

/**
 * Look at the container and compute its status.
 * @param isFrozen asks the cgroup (`CgroupManager.isFrozen`); not called for a container that is being created
 */
export async function readStatus(
  stateDir: string,
  record: ContainerRecord,
  isFrozen: () => Promise<boolean>,
): Promise<ObservedStatus> {
  const init = findInit(stateDir, record);
  const isAlive = init !== undefined && isSameProcess(init.pid, init.startTime);
  const { creator } = record;
  const isCreatorAlive = creator !== undefined && isSameProcess(creator.pid, creator.startTime);
  const status = computeStatus({
    record,
    isAlive,
    isCreatorAlive,
    hasExecFifo: isAlive && existsSync(join(stateDir, "exec.fifo")),
    isFrozen: !isCreatorAlive && (await isFrozen()),
  });
  return isAlive ? { status, init } : { status };
}

/**
 * The container's init, dead or alive: from the record, or, when `create` died before it wrote the pid there, from
 * `init/pid`, which the native part writes before the process goes on (docs/plan-format.md, "Process directory").
 */
export function findInit(stateDir: string, record: ContainerRecord): ProcessIdentity | undefined {
  if (record.pid > 0) return { pid: record.pid, startTime: record.startTime };
  return readProcessFile(join(stateDir, "init"));
}

/** Read `<processDir>/pid`, `<pid> <startTime>\n`. @returns undefined when there is none (yet) */
export function readProcessFile(processDir: string): ProcessIdentity | undefined {
  const match = /^(\d+) (\d+)\n$/.exec(readTextIfExists(join(processDir, "pid")) ?? "");
  return match ? { pid: Number(match[1]), startTime: Number(match[2]) } : undefined;
}
