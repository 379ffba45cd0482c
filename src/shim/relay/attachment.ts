import type { Decoded } from "../../ttrpc/frame.ts";
import type { ConnectionRelay, ServerConnection } from "../../ttrpc/server-connection.ts";
import type { Counters } from "../ops/counters.ts";
import type { Faults } from "./faults.ts";
import { decodeReplay, encodeMark, REPLAY, type ReplayFields } from "./frames.ts";
import type { CallEntry, CallJournal } from "./journal.ts";
import type { Suspects } from "./suspects.ts";

/** One connection of a client, as its stub passes it on: what was asked before is answered as before. */
export class Attachment implements ConnectionRelay {
  readonly #prefix: string;
  readonly #options: AttachmentOptions;
  readonly #replays = new Map<number, ReplayFields>();
  readonly #releases = new Map<number, () => void>();
  readonly #methods = new Map<number, string>();
  #connection: ServerConnection | undefined;
  #isClosed = false;

  constructor(options: AttachmentOptions) {
    this.#options = options;
    this.#prefix = `${options.name}.`;
  }

  /** Whether a call of this name came on this connection. */
  owns(name: string): boolean {
    return name.startsWith(this.#prefix);
  }

  /** Where marks are written. */
  connect(connection: ServerConnection): void {
    this.#connection = connection;
  }

  entry(streamId: number, method: string): CallEntry {
    const { journal, faults } = this.#options;
    this.#methods.set(streamId, method);
    return {
      begin: (intent) => {
        journal.begin(this.#prefix + streamId, intent);
        faults.point(method, "begun");
      },
      park: () => {
        this.#release(streamId);
        void this.#connection?.write(encodeMark(streamId, "parked"));
      },
    };
  }

  other(decoded: Decoded): void {
    if (decoded.kind !== "frame" || decoded.type !== REPLAY) return;
    this.#replays.set(decoded.streamId, decodeReplay(decoded.data));
  }

  ageNs(streamId: number): bigint {
    return BigInt(this.#replays.get(streamId)?.ageMs ?? 0) * 1_000_000n;
  }

  async admit(streamId: number): Promise<Uint8Array | undefined> {
    const replay = this.#replays.get(streamId);
    if (replay === undefined) return undefined;
    this.#replays.delete(streamId);
    const { journal, suspects, recovered, counters } = this.#options;
    // What had begun is brought to an end there, or back to its beginning.
    await recovered;
    const answer = journal.answerOf(this.#prefix + streamId);
    if (answer !== undefined) {
      counters.replaysAnswered += 1;
      return answer;
    }
    counters.replaysRun += 1;
    // It was parked when the server died: not its doing.
    if (replay.strikes === 0) return undefined;
    const release = await suspects.turn();
    // Nobody waits for it any more, and nobody would give the turn back.
    if (this.#isClosed) {
      release();
      return undefined;
    }
    this.#releases.set(streamId, release);
    // Before anything that could kill this server: the stub must know who was at work.
    await this.#connection?.write(encodeMark(streamId, "running"));
    return undefined;
  }

  answered(streamId: number, frame: Uint8Array): void {
    this.#release(streamId);
    this.#options.onAnswered();
    this.#options.journal.finish(this.#prefix + streamId, frame);
    this.#options.faults.point(this.#methods.get(streamId) ?? "", "answered");
  }

  flushed(streamId: number): void {
    this.#options.faults.point(this.#methods.get(streamId) ?? "", "flushed");
    this.#methods.delete(streamId);
    this.#options.journal.forget(this.#prefix + streamId);
  }

  /** The client has gone, or its stub: nobody will ask again on this connection. */
  closed(): void {
    this.#isClosed = true;
    for (const streamId of [...this.#releases.keys()]) this.#release(streamId);
    this.#options.onClosed();
  }

  #release(streamId: number): void {
    this.#releases.get(streamId)?.();
    this.#releases.delete(streamId);
  }
}

export interface AttachmentOptions {
  /** `<epoch>.<connection>`: the beginning of its calls' names in the journal. */
  readonly name: string;
  readonly journal: CallJournal;
  readonly suspects: Suspects;
  readonly faults: Faults;
  readonly counters: Counters;
  /** Resolves when the pod's containers have been taken over. */
  readonly recovered: Promise<void>;
  readonly onAnswered: () => void;
  readonly onClosed: () => void;
}
