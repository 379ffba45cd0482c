import { Duplex } from "node:stream";

/** Two ends of a connection in memory: what one writes the other reads; ending or destroying one ends the other. */
export function socketPair(): readonly [MemorySocket, MemorySocket] {
  const one = new MemorySocket();
  const other = new MemorySocket();
  one.peer = other;
  other.peer = one;
  return [one, other];
}

/** One end; a write is complete when the other end has taken it, so that backpressure is real. */
export class MemorySocket extends Duplex {
  peer: MemorySocket | undefined;
  #onTaken: (() => void) | undefined;
  #canPush = true;

  constructor() {
    super({ highWaterMark: 16 * 1024, allowHalfOpen: false });
  }

  override _read(): void {
    this.#canPush = true;
    const taken = this.#onTaken;
    this.#onTaken = undefined;
    taken?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const { peer } = this;
    if (peer === undefined || peer.destroyed) done(new Error("EPIPE"));
    else peer.#deliver(chunk, done);
  }

  override _final(done: () => void): void {
    this.peer?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    const { peer } = this;
    if (peer !== undefined && !peer.destroyed) queueMicrotask(() => peer.push(null));
    done(error);
  }

  #deliver(chunk: Buffer, taken: () => void): void {
    const push = (): void => {
      this.#canPush = this.push(chunk);
      // As on a real socket, the next chunk comes in a later turn of the event loop.
      setImmediate(taken);
    };
    if (this.#canPush) push();
    else this.#onTaken = push;
  }
}
