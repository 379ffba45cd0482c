/** What an inbox reports about itself, so that the connection can stop reading while nobody takes the messages. */
export interface InboxOptions {
  /** Called with true when more than `maxHeldBytes` or `maxHeldMessages` wait, with false when there is room again. */
  readonly onPressure?: (isFull: boolean) => void;
  readonly maxHeldBytes?: number;
  readonly maxHeldMessages?: number;
}

const MAX_HELD_BYTES = 1024 * 1024;
const MAX_HELD_MESSAGES = 64;

type Ending = { readonly error: Error | undefined };

interface Waiter {
  readonly resolve: (result: IteratorResult<Uint8Array, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The messages of one stream between the connection that receives them and the one consumer that iterates over them.
 * Messages that arrived before the end are still delivered; messages after it are dropped.
 */
export class Inbox implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #onPressure: (isFull: boolean) => void;
  readonly #maxHeldBytes: number;
  readonly #maxHeldMessages: number;
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isFull = false;
  #waiters: Waiter[] = [];
  #ending: Ending | undefined;

  constructor(options: InboxOptions = {}) {
    this.#onPressure = options.onPressure ?? (() => {});
    this.#maxHeldBytes = options.maxHeldBytes ?? MAX_HELD_BYTES;
    this.#maxHeldMessages = options.maxHeldMessages ?? MAX_HELD_MESSAGES;
  }

  /** Whether the sender has finished, or the stream was ended from this side. */
  get isEnded(): boolean {
    return this.#ending !== undefined;
  }

  /** Hand over one message. */
  put(message: Uint8Array): void {
    if (this.#ending !== undefined) return;
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.resolve({ done: false, value: message });
      return;
    }
    this.#held.push(message);
    this.#heldBytes += message.length;
    this.#updatePressure();
  }

  /** No message follows. */
  end(): void {
    this.#finish({ error: undefined });
  }

  /** The stream broke: what waits is dropped, and the consumer gets the error. */
  fail(error: Error): void {
    if (this.#ending?.error !== undefined) return;
    this.#held.length = 0;
    this.#heldBytes = 0;
    this.#ending = undefined;
    this.#finish({ error });
    this.#updatePressure();
  }

  /** The next message; `done` after the last. @throws what `fail` was given */
  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const message = this.#held.shift();
    if (message !== undefined) {
      this.#heldBytes -= message.length;
      this.#updatePressure();
      return Promise.resolve({ done: false, value: message });
    }
    if (this.#ending !== undefined) return settle(this.#ending);
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  /** The consumer wants no more (it left its loop): what waits and what comes is dropped. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#held.length = 0;
    this.#heldBytes = 0;
    this.end();
    this.#updatePressure();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { resolve, reject } of waiters) {
      if (ending.error === undefined) resolve({ done: true, value: undefined });
      else reject(ending.error);
    }
  }

  #updatePressure(): void {
    const isFull = this.#heldBytes > this.#maxHeldBytes || this.#held.length > this.#maxHeldMessages;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.#onPressure(isFull);
  }
}

function settle(ending: Ending): Promise<IteratorResult<Uint8Array, undefined>> {
  return ending.error === undefined
    ? Promise.resolve({ done: true, value: undefined })
    : Promise.reject(ending.error);
}
