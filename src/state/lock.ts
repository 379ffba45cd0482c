import { type FSWatcher, readdirSync, symlinkSync, unlinkSync, watch } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errnoOf } from "../core/errors.ts";
import { isSameProcess, readProcessStat } from "../host/proc.ts";
import { StateError } from "./errors.ts";

/** Tickets of gantry-init's processes, native/ticket.c. */
const EXECUTOR_SUFFIX = "-init";
const EXECUTORS_TIMEOUT_MS = 10_000;

/** How long to wait for the lock; without both, for ever. */
export interface LockOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/**
 * Run `fn` while no other process runs one for the same container.
 *
 * JavaScript has no flock(2), so this is a bakery of tickets: one directory entry per contender in `<stateDir>/lock`,
 * named `<number>-<pid>-<startTime>-<nonce>` and never used twice.
 *
 * 1. Take a ticket above every other (numerically, then by name).
 * 2. List again. A higher ticket means that our number came from a list that was out of date: give the ticket back and start over.
 * 3. Hold the lock when no lower ticket of a living process is left.
 *
 * What the holder has gantry-init do is bound to it, and has a ticket of its own with the number 0 (native/ticket.h): it is made
 * before gantry-init has seen that the holder lives. A holder that is found dead is therefore only the end of the matter when the
 * list, read again after that, has no such ticket of a living process.
 *
 * Two holders cannot be: of two tickets the one made later is listed against the earlier one. Is the later one higher, it
 * waits (3); is it lower, it is given back (2). A process that was killed holds nothing, because its ticket names it.
 *
 * @param stateDir the container's directory, in which `StateStore.create` made `lock`
 * @throws {StateError} "missing" when the container is or goes away, "lock-timeout", "lock-canceled"
 */
export async function withLock<T>(
  stateDir: string,
  options: LockOptions,
  fn: () => T | Promise<T>,
): Promise<T> {
  const lockDir = join(stateDir, "lock");
  const ticket = takeTicket(lockDir);
  try {
    if (hasTurn(lockDir, ticket)) return await fn();
    await waitForTurn(lockDir, ticket, options);
    return await fn();
  } finally {
    giveBack(lockDir, ticket);
  }
}

/**
 * Take the first ticket of a lock directory that nobody else knows yet: its maker holds the lock from the moment on at
 * which others can see it.
 */
export function takeFirstTicket(lockDir: string): Ticket {
  const ticket = newTicket(0);
  symlinkSync("ticket", join(lockDir, ticket.name));
  return ticket;
}

/** Run `fn` while holding a ticket of `takeFirstTicket`, and give it back. */
export async function withTicket<T>(stateDir: string, ticket: Ticket, fn: () => T | Promise<T>): Promise<T> {
  try {
    return await fn();
  } finally {
    giveBack(join(stateDir, "lock"), ticket);
  }
}

/** A place in the queue. */
export interface Ticket {
  readonly name: string;
  readonly number: number;
  readonly pid: number;
  readonly startTime: number;
}

function takeTicket(lockDir: string): Ticket {
  for (;;) {
    const highest = listTickets(lockDir).at(-1)?.number ?? 0;
    const ticket = newTicket(highest + 1);
    try {
      symlinkSync("ticket", join(lockDir, ticket.name)); // one system call makes a complete entry
    } catch (error) {
      throw errnoOf(error) === "ENOENT" ? containerIsGone() : error;
    }
    if (listTickets(lockDir).at(-1)?.name === ticket.name) return ticket;
    giveBack(lockDir, ticket);
  }
}

function newTicket(number: number): Ticket {
  const startTime = readProcessStat(process.pid)?.startTime ?? 0;
  return parseTicket(`${number}-${process.pid}-${startTime}-${process.hrtime.bigint()}`);
}

/** @throws {StateError} code "missing" when our ticket is gone: the container was deleted, perhaps made anew */
function hasTurn(lockDir: string, own: Ticket): boolean {
  const tickets = listTickets(lockDir);
  const place = tickets.findIndex((ticket) => ticket.name === own.name);
  if (place < 0) throw containerIsGone();
  const lower = tickets.slice(0, place);
  for (const { pid, startTime } of lower) if (isSameProcess(pid, startTime)) return false;
  if (lower.length === 0) return true;
  for (const dead of lower) giveBack(lockDir, dead); // no harm if another does it too: names are never used again
  return hasTurn(lockDir, own);
}

/** The lock directory of a container. */
export function lockDirectory(stateDir: string): string {
  return join(stateDir, "lock");
}

/**
 * For the holder of the lock, after gantry-init was killed: wait for what it has started, which dies with it.
 *
 * @throws {StateError} code "lock-timeout"
 */
export async function waitForExecutors(stateDir: string): Promise<void> {
  const deadline = performance.now() + EXECUTORS_TIMEOUT_MS;
  const isBusy = () =>
    listTickets(lockDirectory(stateDir)).some(
      ({ name, pid, startTime }) => name.endsWith(EXECUTOR_SUFFIX) && isSameProcess(pid, startTime),
    );
  while (isBusy()) {
    if (performance.now() > deadline) {
      throw new StateError(
        "lock-timeout",
        `container is busy: gantry-init has not ended after ${EXECUTORS_TIMEOUT_MS} ms`,
      );
    }
    await sleep(POLL_MS);
  }
}

/** A dead owner makes no directory event, so look now and then. */
const LIVENESS_CHECK_MS = 100;
/** Without inotify (its instances are limited per user) only looking is left. */
const POLL_MS = 5;

function waitForTurn(lockDir: string, own: Ticket, options: LockOptions): Promise<void> {
  const { signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const watcher = tryWatch(lockDir, check);
    const timer = setInterval(check, watcher === undefined ? POLL_MS : LIVENESS_CHECK_MS);
    const deadline = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs);
    signal?.addEventListener("abort", cancel);
    if (signal?.aborted) cancel();
    else check(); // what happened before the watch began

    function settle(act: () => void): void {
      watcher?.close();
      clearInterval(timer);
      clearTimeout(deadline);
      signal?.removeEventListener("abort", cancel);
      act();
    }
    function check(): void {
      try {
        if (hasTurn(lockDir, own)) settle(resolve);
      } catch (error) {
        settle(() => reject(error));
      }
    }
    function expire(): void {
      settle(() =>
        reject(new StateError("lock-timeout", `container is busy: no lock within ${timeoutMs} ms`)),
      );
    }
    function cancel(): void {
      settle(() =>
        reject(new StateError("lock-canceled", "canceled while waiting for the container's lock")),
      );
    }
  });
}

function tryWatch(lockDir: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(lockDir, onChange);
    watcher.on("error", onChange); // e.g. the directory went away: the check finds out
    return watcher;
  } catch {
    return undefined; // nothing is lost: the timer polls instead
  }
}

/** Tickets in the order of the queue. @throws {StateError} code "missing" */
function listTickets(lockDir: string): Ticket[] {
  try {
    return readdirSync(lockDir).map(parseTicket).sort(compareTickets);
  } catch (error) {
    throw errnoOf(error) === "ENOENT" ? containerIsGone() : error;
  }
}

function parseTicket(name: string): Ticket {
  const [number, pid, startTime] = name.split("-").map(Number);
  return { name, number: number ?? 0, pid: pid ?? 0, startTime: startTime ?? 0 };
}

function compareTickets(a: Ticket, b: Ticket): number {
  return a.number - b.number || (a.name < b.name ? -1 : 1);
}

function giveBack(lockDir: string, ticket: { readonly name: string }): void {
  try {
    unlinkSync(join(lockDir, ticket.name));
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
}

function containerIsGone(): StateError {
  return new StateError("missing", "container does not exist");
}
