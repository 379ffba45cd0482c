import type { Duplex } from "node:stream";
import { type Frame, FrameDecoder } from "../../../src/ttrpc/frame.ts";

/** A peer that speaks frames by hand: writes any bytes, and hands out the frames it receives in order. */
export class RawPeer {
  readonly socket: Duplex;
  readonly #decoder = new FrameDecoder();
  readonly #frames: Frame[] = [];
  #waiter: ((frame: Frame | undefined) => void) | undefined;
  #isClosed = false;

  constructor(socket: Duplex) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => {
      for (const decoded of this.#decoder.push(chunk)) {
        if (decoded.kind !== "frame") throw new Error("the side under test sent an oversize frame");
        this.#frames.push(decoded);
      }
      this.#serve();
    });
    socket.on("close", () => {
      this.#isClosed = true;
      this.#serve();
    });
  }

  write(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  /** The next frame; undefined when the connection has closed. */
  next(): Promise<Frame | undefined> {
    return new Promise((resolve) => {
      this.#waiter = resolve;
      this.#serve();
    });
  }

  /** The next frame, which must be there. */
  async frame(): Promise<Frame> {
    const frame = await this.next();
    if (frame === undefined) throw new Error("the connection closed instead of sending a frame");
    return frame;
  }

  #serve(): void {
    const waiter = this.#waiter;
    if (waiter === undefined || (this.#frames.length === 0 && !this.#isClosed)) return;
    this.#waiter = undefined;
    waiter(this.#frames.shift());
  }
}
