import type { Duplex } from "node:stream";
import { closedError } from "./errors.ts";
import { type Decoded, FrameDecoder } from "./frame.ts";

/** Who gets what a channel receives. */
export interface ChannelReader {
  received(decoded: Decoded): void;
  /** Called once. `error` says why when the connection did not simply end between two frames. */
  closed(error: Error | undefined): void;
}

/** Bytes waiting to be written above which a channel reports a backlog. */
const BACKLOG_BYTES = 1024 * 1024;

/**
 * A socket that carries frames: bytes in, frames out, and the one writer, so that frames never interleave. Reading can
 * be held by several parties at once and goes on when the last lets go.
 */
export class FrameChannel {
  readonly #socket: Duplex;
  readonly #reader: ChannelReader;
  readonly #decoder = new FrameDecoder();
  #holds = 0;
  #isClosed = false;
  /** What this tick has to write. */
  #frames: Uint8Array[] = [];
  #queuedBytes = 0;
  #onFlushed: (() => void)[] = [];
  #drainWaiters: (() => void)[] = [];
  readonly #onBacklog: (isBacklogged: boolean) => void;
  #isBacklogged = false;

  /** Takes over the socket. `onBacklog` hears when the peer reads too slowly, and when it has caught up. */
  constructor(socket: Duplex, reader: ChannelReader, onBacklog: (isBacklogged: boolean) => void = () => {}) {
    this.#socket = socket;
    this.#reader = reader;
    this.#onBacklog = onBacklog;
    let failure: Error | undefined;
    socket.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    socket.on("drain", () => this.#drained());
    socket.on("error", (error: Error) => {
      failure = error;
    });
    socket.on("end", () => socket.end());
    socket.on("close", () => this.#close(failure));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Write one whole frame. Frames of one tick leave together. After the close it is dropped.
   * @param onFlushed called when the kernel has all of it; not called when it never will
   */
  write(frame: Uint8Array, onFlushed?: () => void): void {
    if (this.#isClosed || this.#socket.destroyed || this.#socket.writableEnded) return;
    // Not cork(): a stream's bookkeeping for it was 5 % of the server's time.
    if (this.#frames.length === 0) process.nextTick(() => this.#flush());
    this.#frames.push(frame);
    this.#queuedBytes += frame.length;
    if (onFlushed !== undefined) this.#onFlushed.push(onFlushed);
    if (!this.#isBacklogged && this.#socket.writableLength + this.#queuedBytes > BACKLOG_BYTES) {
      this.#isBacklogged = true;
      this.#onBacklog(true);
    }
  }

  /** Resolves at once when there is no backlog, else when the peer has caught up. @throws {ConnectionError} "closed" */
  async ready(): Promise<void> {
    if (this.#isBacklogged && !this.#isClosed) {
      await new Promise<void>((resolve) => this.#drainWaiters.push(resolve));
    }
    if (this.#isClosed) throw closedError();
  }

  /** Stop reading; every call needs its `release`. */
  hold(): void {
    this.#holds += 1;
    if (this.#holds === 1) this.#socket.pause();
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0 && !this.#isClosed) this.#socket.resume();
  }

  /** Write what waits, then close. */
  end(): void {
    this.#flush();
    this.#socket.end();
    // A paused socket never notices that its peer went away.
    this.#socket.resume();
  }

  /** Close now; what waits is lost. */
  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }

  #flush(): void {
    const frames = this.#frames;
    const onFlushed = this.#onFlushed;
    if (frames.length === 0) return;
    this.#frames = [];
    this.#queuedBytes = 0;
    this.#onFlushed = [];
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    const [first] = frames;
    const bytes = frames.length === 1 && first !== undefined ? first : Buffer.concat(frames);
    this.#socket.write(bytes, (error) => {
      if (!error) for (const tell of onFlushed) tell();
    });
  }

  #receive(chunk: Uint8Array): void {
    for (const decoded of this.#decoder.push(chunk)) {
      if (this.#isClosed) return;
      this.#reader.received(decoded);
    }
  }

  #drained(): void {
    if (!this.#isBacklogged) return;
    this.#isBacklogged = false;
    this.#onBacklog(false);
    this.#wake();
  }

  #close(failure: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const cut = this.#decoder.isMidFrame ? new Error("the connection ended inside a frame") : undefined;
    this.#wake();
    this.#reader.closed(failure ?? cut);
  }

  #wake(): void {
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const wake of waiters) wake();
  }
}
