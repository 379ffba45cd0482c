/** Bytes of a frame header: data length u32, stream id u32, type u8, flags u8; big-endian. */
export const HEADER_BYTES = 10;

/** Most data one frame may carry, inclusive. ttrpc PROTOCOL.md, "Message Frame". */
export const MAX_DATA_BYTES = 4 * 1024 * 1024;

// ttrpc PROTOCOL.md, "Message Types"
export const TYPE_REQUEST = 1;
export const TYPE_RESPONSE = 2;
export const TYPE_DATA = 3;

// ttrpc PROTOCOL.md, "Flags"
export const FLAG_REMOTE_CLOSED = 0x01;
export const FLAG_REMOTE_OPEN = 0x02;
export const FLAG_NO_DATA = 0x04;

/** One frame. `type` and `flags` as received: unknown values are for the reader to ignore. */
export interface Frame {
  readonly streamId: number;
  readonly type: number;
  readonly flags: number;
  /** May be a view of the bytes given to the decoder. */
  readonly data: Uint8Array;
}

/** A frame whose data is over the limit. Its data is skipped, so that the stream can be told and the rest read. */
export interface OversizeFrame {
  readonly streamId: number;
  readonly type: number;
  readonly flags: number;
  readonly lengthBytes: number;
}

export type Decoded = ({ readonly kind: "frame" } & Frame) | ({ readonly kind: "oversize" } & OversizeFrame);

/**
 * Write a frame header into the first 10 bytes of `target`.
 *
 * @param lengthBytes bytes of data that follow, not counting the header; the caller keeps it within the limit
 */
export function writeHeader(
  target: Uint8Array,
  lengthBytes: number,
  streamId: number,
  type: number,
  flags: number,
): void {
  writeU32(target, 0, lengthBytes);
  writeU32(target, 4, streamId);
  target[8] = type;
  target[9] = flags;
}

/** A whole frame as bytes. @throws {RangeError} when the data is over `MAX_DATA_BYTES` */
export function encodeFrame(frame: Frame): Uint8Array {
  if (frame.data.length > MAX_DATA_BYTES) {
    throw new RangeError(`frame data of ${frame.data.length} bytes is over the limit of ${MAX_DATA_BYTES}`);
  }
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + frame.data.length);
  writeHeader(bytes, frame.data.length, frame.streamId, frame.type, frame.flags);
  bytes.set(frame.data, HEADER_BYTES);
  return bytes;
}

/** First size of the buffer for a frame that arrives in pieces; it doubles while data really comes. */
const FIRST_BUFFER_BYTES = 4096;

/**
 * Turns a stream of bytes, cut anywhere, into frames. Holds at most one unfinished frame, and at most about twice the
 * bytes of it that have arrived: a length that is only announced costs nothing.
 */
export class FrameDecoder {
  readonly #maxDataBytes: number;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerFill = 0;
  #data: Uint8Array = EMPTY;
  #dataFill = 0;
  #skipBytes = 0;

  constructor(maxDataBytes: number = MAX_DATA_BYTES) {
    this.#maxDataBytes = maxDataBytes;
  }

  /** Whether the bytes so far end inside a frame: an end of input now would cut it off. */
  get isMidFrame(): boolean {
    return this.#headerFill > 0 || this.#skipBytes > 0;
  }

  /** Bytes of memory held for the frame that is not complete yet. */
  get heldBytes(): number {
    return this.#data.length;
  }

  /** The frames that these bytes complete, in order. An oversize frame is reported when its header is complete. */
  push(chunk: Uint8Array): Decoded[] {
    const decoded: Decoded[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#skipBytes > 0) {
        const skipped = Math.min(this.#skipBytes, chunk.length - at);
        this.#skipBytes -= skipped;
        at += skipped;
        continue;
      }
      if (this.#headerFill < HEADER_BYTES) {
        // A frame that lies whole in this chunk is handed out as a view: the common case copies nothing.
        const whole = this.#headerFill === 0 ? this.#wholeFrameAt(chunk, at) : undefined;
        if (whole !== undefined) {
          decoded.push(whole);
          at += HEADER_BYTES + whole.data.length;
          continue;
        }
        const taken = Math.min(HEADER_BYTES - this.#headerFill, chunk.length - at);
        this.#header.set(chunk.subarray(at, at + taken), this.#headerFill);
        this.#headerFill += taken;
        at += taken;
        if (this.#headerFill < HEADER_BYTES) break;
        const lengthBytes = readU32(this.#header, 0);
        if (lengthBytes > this.#maxDataBytes) {
          decoded.push({ kind: "oversize", ...this.#fields(), lengthBytes });
          this.#skipBytes = lengthBytes;
          this.#headerFill = 0;
          continue;
        }
      }
      at += this.#takeData(chunk, at);
      if (this.#dataFill === readU32(this.#header, 0)) decoded.push(this.#finishFrame());
    }
    return decoded;
  }

  #wholeFrameAt(chunk: Uint8Array, at: number): ({ readonly kind: "frame" } & Frame) | undefined {
    if (chunk.length - at < HEADER_BYTES) return undefined;
    const lengthBytes = readU32(chunk, at);
    const end = at + HEADER_BYTES + lengthBytes;
    if (lengthBytes > this.#maxDataBytes || end > chunk.length) return undefined;
    return {
      kind: "frame",
      streamId: readU32(chunk, at + 4),
      type: chunk[at + 8] ?? 0,
      flags: chunk[at + 9] ?? 0,
      data: chunk.subarray(at + HEADER_BYTES, end),
    };
  }

  #takeData(chunk: Uint8Array, at: number): number {
    const lengthBytes = readU32(this.#header, 0);
    const taken = Math.min(lengthBytes - this.#dataFill, chunk.length - at);
    const needed = this.#dataFill + taken;
    if (needed > this.#data.length) {
      const grown = Math.max(needed, FIRST_BUFFER_BYTES, this.#data.length * 2);
      const larger = new Uint8Array(Math.min(grown, lengthBytes));
      larger.set(this.#data.subarray(0, this.#dataFill));
      this.#data = larger;
    }
    this.#data.set(chunk.subarray(at, at + taken), this.#dataFill);
    this.#dataFill = needed;
    return taken;
  }

  #finishFrame(): Decoded {
    const decoded: Decoded = {
      kind: "frame",
      ...this.#fields(),
      data: this.#data.subarray(0, this.#dataFill),
    };
    this.#headerFill = 0;
    this.#data = EMPTY;
    this.#dataFill = 0;
    return decoded;
  }

  #fields(): { readonly streamId: number; readonly type: number; readonly flags: number } {
    return {
      streamId: readU32(this.#header, 4),
      type: this.#header[8] ?? 0,
      flags: this.#header[9] ?? 0,
    };
  }
}

const EMPTY = new Uint8Array(0);

function readU32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0)) >>>
    0
  );
}

function writeU32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}
