import { TtrpcError } from "./errors.ts";
import type { Inbox } from "./inbox.ts";
import type { RequestMessage } from "./message.ts";
import type { CallContext } from "./service.ts";

/** Longest delay a timer takes: 2^31-1 ms, about 24.8 days. A longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** One call a server is answering: the context its handler sees, and what the connection must know to end it. */
export class ServerCall implements CallContext {
  readonly service: string;
  readonly method: string;
  readonly metadata: ReadonlyMap<string, readonly string[]>;
  readonly timeoutNs: bigint;
  readonly connectionId: number;
  readonly streamId: number;
  /** Where the messages of a streaming call arrive; undefined for a unary one. */
  readonly inbox: Inbox | undefined;
  /** Whether the caller may send data frames. */
  readonly clientStreams: boolean;
  #controller: AbortController | undefined;
  #reason: TtrpcError | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(
    request: RequestMessage,
    place: {
      readonly connectionId: number;
      readonly streamId: number;
      readonly inbox?: Inbox;
      readonly clientStreams?: boolean;
    },
  ) {
    this.service = request.service;
    this.method = request.method;
    this.metadata = request.metadata;
    this.timeoutNs = request.timeoutNs;
    this.connectionId = place.connectionId;
    this.streamId = place.streamId;
    this.inbox = place.inbox;
    this.clientStreams = place.clientStreams ?? false;
    if (request.timeoutNs !== 0n) this.#armTimer(request.timeoutNs);
  }

  // Made on first use: most handlers are quick and never look.
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Whether the stream has had its last frame: what the handler still does is for nobody. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Tell the handler to stop. */
  abort(reason: TtrpcError): void {
    if (this.#reason !== undefined || this.#isOver) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.inbox?.fail(reason);
  }

  /** The last frame of the stream is written, or can never be. */
  finish(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    void this.inbox?.return();
  }

  #armTimer(timeoutNs: bigint): void {
    // Rounded up: a handler must not be told of a deadline that has not come.
    const remainingMs = timeoutNs > 0n ? Number((timeoutNs + 999_999n) / 1_000_000n) : 0;
    const deadlineMs = performance.now() + remainingMs;
    const arm = (): void => {
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) {
        this.abort(new TtrpcError("DEADLINE_EXCEEDED", "context deadline exceeded"));
        return;
      }
      this.#timer = setTimeout(arm, Math.min(Math.ceil(leftMs), MAX_TIMER_MS));
    };
    arm();
  }
}
