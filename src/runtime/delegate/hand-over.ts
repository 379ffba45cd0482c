import { spawnSync } from "node:child_process";
import { readSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { posix } from "node:path";

import { RuntimeError } from "../errors.ts";

/** The program to become, or to run, with the caller's own arguments. */
export interface HandOver {
  /** Another runtime in our place. @param flags before the caller's arguments @returns our exit code */
  become(path: string, flags: readonly string[]): number;
  /** Another runtime as a child; the signals of our caller reach it. @returns its exit code */
  run(path: string, flags: readonly string[]): number;
}

/** What the launcher (native/engine/delegate.c) carries out for us. */
export class Launcher implements HandOver {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  become(path: string, flags: readonly string[]): number {
    this.#say("exec", path, ...flags);
    return 0; // nobody hears it
  }

  run(path: string, flags: readonly string[]): number {
    this.#say("run", path, ...flags);
    const answer = Buffer.alloc(16);
    const length = readSync(this.#fd, answer);
    if (length === 0) throw new RuntimeError("delegate-failed", `nobody says how ${path} has ended`);
    return Number(answer.toString("utf8", 0, length));
  }

  /** We are the runtime that is wanted, after all. */
  beEngine(): number {
    this.#say("engine");
    return 0;
  }

  #say(...words: readonly string[]): void {
    writeSync(this.#fd, words.map((word) => `${word}\0`).join(""));
  }
}

/** Without a launcher nothing can take our place: the other runtime is a child that has our standard streams (SGS-23). */
export class Child implements HandOver {
  readonly #args: readonly string[];
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(args: readonly string[], env: Readonly<Record<string, string | undefined>>) {
    this.#args = args;
    this.#env = env;
  }

  become(path: string, flags: readonly string[]): number {
    return this.run(path, flags);
  }

  run(path: string, flags: readonly string[]): number {
    const { status, signal, error } = spawnSync(path, [...flags, ...this.#args], {
      argv0: posix.basename(path),
      env: this.#env,
      stdio: "inherit",
    });
    if (error !== undefined) {
      throw new RuntimeError("delegate-failed", `cannot run ${path}: ${error.message}`, { cause: error });
    }
    return status ?? 128 + (signal === null ? 0 : constants.signals[signal]);
  }
}
