import { mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { errnoOf } from "../../core/errors.ts";
import { unlinkIfExists, writeNewFile } from "../../host/files.ts";
import { HEADER_BYTES } from "../../ttrpc/frame.ts";

/** What a call is about to do. Written before it does any of it. */
export type Intent =
  | { readonly method: "Create"; readonly id: string }
  | { readonly method: "Start" | "Exec"; readonly id: string; readonly execId: string }
  | { readonly method: "Kill"; readonly id: string; readonly execId: string; readonly signal: number }
  | { readonly method: "Pause" | "Resume"; readonly id: string }
  | {
      readonly method: "Delete";
      readonly id: string;
      readonly execId: string;
      /** What the answer will be. */
      readonly pid: number;
      readonly exitStatus: number;
      /** Decimal. */
      readonly exitedAtNs: string;
    };

/** A call's place in the journal. */
export interface CallEntry {
  /** Say what comes next. From here on a repetition of the call is not simply run again. */
  begin(intent: Intent): void;
  /** The call waits for something that is not its own doing. */
  park(): void;
}

/** For calls that nobody will repeat. */
export const NO_ENTRY: CallEntry = { begin: () => {}, park: () => {} };

/** A call that was begun and has no answer. */
export interface BegunCall {
  readonly name: string;
  readonly streamId: number;
  readonly intent: Intent;
}

const DONE = ".done";

/**
 * The calls of a pod's clients that have begun to change something: `<name>` holds the intent, and goes when the stub has the
 * answer. `<name>.done` is the frame of an answer that could not be found again: that a signal was sent can be seen
 * nowhere. Names are `<epoch of the stub>.<connection>.<stream>`.
 */
export class CallJournal {
  readonly #dir: string;
  readonly #begun = new Map<string, Intent>();
  /** What became of calls that an earlier server had begun. */
  readonly #settled = new Map<string, Uint8Array>();
  #sequence = 0;

  constructor(dir: string) {
    this.#dir = dir;
  }

  begin(name: string, intent: Intent): void {
    this.#sequence += 1;
    const bytes = Buffer.from(JSON.stringify({ sequence: this.#sequence, ...intent }));
    const write = (): void => writeNewFile(join(this.#dir, name), bytes, 0o600);
    try {
      write();
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw error;
      mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
      write();
    }
    this.#begun.set(name, intent);
  }

  /** A call is about to be answered. */
  finish(name: string, frame: Uint8Array): void {
    if (this.#begun.get(name)?.method === "Kill") writeNewFile(join(this.#dir, name + DONE), frame, 0o600);
  }

  /** Keep the answer of a call that an earlier server had begun; should this one die too, it is found out once more. */
  settle(name: string, frame: Uint8Array): void {
    this.#settled.set(name, frame);
  }

  /** The stub has the answer, or does not want it any more. */
  forget(name: string): void {
    const intent = this.#begun.get(name);
    if (intent === undefined) return;
    this.#begun.delete(name);
    this.#settled.delete(name);
    // The intent first: without it, nobody takes the answer for missing.
    unlinkIfExists(join(this.#dir, name));
    if (intent.method === "Kill") unlinkIfExists(join(this.#dir, name + DONE));
  }

  answerOf(name: string): Uint8Array | undefined {
    const settled = this.#settled.get(name);
    if (settled !== undefined) return settled;
    return this.#begun.get(name)?.method === "Kill" ? readAnswer(join(this.#dir, name + DONE)) : undefined;
  }

  /** Forget every call of a connection: nobody will ask for its answers. */
  forgetConnection(name: string): void {
    for (const call of [...this.#begun.keys()]) if (call.startsWith(`${name}.`)) this.forget(call);
  }

  /** Names of calls whose answers nobody has asked for. */
  names(): string[] {
    return [...this.#begun.keys()];
  }

  /** Read what an earlier server has left. @returns the calls that were begun and not answered, in their order */
  load(): BegunCall[] {
    const names = listDirectory(this.#dir);
    const begun: (readonly [sequence: number, call: BegunCall])[] = [];
    for (const name of names) {
      if (name.endsWith(DONE)) {
        // Its intent is gone: the stub has it.
        if (!names.includes(name.slice(0, -DONE.length))) unlinkIfExists(join(this.#dir, name));
        continue;
      }
      const call = /^[\w-]+\.\d+\.(\d+)$/.exec(name);
      const entry = call === null ? undefined : parseEntry(join(this.#dir, name));
      if (call === null || entry === undefined) {
        unlinkIfExists(join(this.#dir, name)); // cut off while it was written: nothing had been done yet
        continue;
      }
      this.#begun.set(name, entry.intent);
      this.#sequence = Math.max(this.#sequence, entry.sequence);
      if (readAnswer(join(this.#dir, name + DONE)) === undefined) {
        begun.push([entry.sequence, { name, streamId: Number(call[1]), intent: entry.intent }]);
      }
    }
    return begun.sort(([a], [b]) => a - b).map(([, call]) => call);
  }

  /** Nobody will ask again: forget everything, and remove the directory. */
  close(): void {
    for (const name of [...this.#begun.keys()]) this.forget(name);
    try {
      rmdirSync(this.#dir);
    } catch (error) {
      if (errnoOf(error) !== "ENOENT" && errnoOf(error) !== "ENOTEMPTY") throw error;
    }
  }
}

function parseEntry(file: string): { readonly sequence: number; readonly intent: Intent } | undefined {
  try {
    // We wrote it, as one object; what does not parse was cut off.
    const { sequence, ...intent } = JSON.parse(readFileSync(file, "utf8")) as Intent & {
      readonly sequence: number;
    };
    return { sequence, intent };
  } catch {
    return undefined;
  }
}

/** @returns undefined when there is none, or only the beginning of one */
function readAnswer(file: string): Uint8Array | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
  const isWhole = bytes.length >= HEADER_BYTES && bytes.length === HEADER_BYTES + bytes.readUInt32BE(0);
  return isWhole ? bytes : undefined;
}

function listDirectory(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}
