import { closedError, TtrpcError } from "./errors.ts";
import { FLAG_NO_DATA, FLAG_REMOTE_CLOSED, type Frame, TYPE_DATA, TYPE_RESPONSE } from "./frame.ts";
import { Inbox, type InboxOptions } from "./inbox.ts";
import { decodeResponse, encodeData } from "./message.ts";

/** What one outstanding stream of a client does with what arrives for it. */
export interface ClientCall {
  /** One frame of type response or data. @returns whether it was the last of the stream */
  received(frame: Frame): boolean;
  failed(error: Error): void;
}

/** A unary call: one response. */
export class UnaryCall implements ClientCall {
  readonly result: Promise<Uint8Array>;
  #resolve: (payload: Uint8Array) => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor() {
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  received(frame: Frame): boolean {
    if (frame.type !== TYPE_RESPONSE) {
      this.#reject(new TtrpcError("INTERNAL", "the server streams on a method that does not stream"));
      return true;
    }
    try {
      this.#resolve(decodeResponse(frame.data));
    } catch (error) {
      this.#reject(asError(error));
    }
    return true;
  }

  failed(error: Error): void {
    this.#reject(error);
  }
}

/** What a stream needs from its connection. */
export interface StreamWire {
  write(frame: Uint8Array): void;
  ready(): Promise<void>;
  /** Forget the stream: what still arrives for it is dropped. */
  forget(): void;
}

/** A call in which at least one side sends any number of messages. */
export interface ClientStream {
  /** What the server sends (its one response included, when it does not stream); throws the status if that is not OK. */
  readonly messages: AsyncIterableIterator<Uint8Array, undefined>;
  /**
   * Send one message; resolves when there is room for the next.
   *
   * @throws {TtrpcError} RESOURCE_EXHAUSTED for a message over 4 MiB, FAILED_PRECONDITION when this side is closed
   * @throws {ConnectionError} "closed"
   */
  send(message: Uint8Array): Promise<void>;
  /** No further message will be sent. */
  closeSend(): void;
  /** Drop the stream. The protocol has no way to tell the server, so its handler goes on. */
  cancel(): void;
}

export class StreamCall implements ClientCall, ClientStream {
  readonly #streamId: number;
  readonly #wire: StreamWire;
  readonly #inbox: Inbox;
  #isSendOpen: boolean;
  #failure: Error | undefined;

  constructor(streamId: number, isSendOpen: boolean, wire: StreamWire, inboxOptions: InboxOptions) {
    this.#streamId = streamId;
    this.#isSendOpen = isSendOpen;
    this.#wire = wire;
    this.#inbox = new Inbox(inboxOptions);
  }

  get messages(): AsyncIterableIterator<Uint8Array, undefined> {
    return this.#inbox;
  }

  async send(message: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#isSendOpen) throw new TtrpcError("FAILED_PRECONDITION", "this side of the stream is closed");
    this.#wire.write(encodeData(this.#streamId, 0, message));
    await this.#wire.ready();
  }

  closeSend(): void {
    if (!this.#isSendOpen) return;
    this.#isSendOpen = false;
    this.#wire.write(encodeData(this.#streamId, FLAG_REMOTE_CLOSED, undefined));
  }

  cancel(): void {
    this.#wire.forget();
    this.failed(new TtrpcError("CANCELED", "the stream was canceled"));
  }

  received(frame: Frame): boolean {
    if (frame.type === TYPE_DATA) {
      if ((frame.flags & FLAG_NO_DATA) === 0) this.#inbox.put(frame.data);
      if ((frame.flags & FLAG_REMOTE_CLOSED) === 0) return false;
      this.#finish();
      return true;
    }
    try {
      this.#inbox.put(decodeResponse(frame.data));
      this.#finish();
    } catch (error) {
      this.failed(asError(error));
    }
    return true;
  }

  failed(error: Error): void {
    this.#failure = error;
    this.#isSendOpen = false;
    this.#inbox.fail(error);
  }

  // The server's end is the end of the stream in both directions.
  #finish(): void {
    this.#isSendOpen = false;
    this.#inbox.end();
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : closedError(thrown);
}
