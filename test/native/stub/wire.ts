import { connect, type Socket } from "node:net";

/** A frame as stub and server exchange it: ttrpc's header, then bytes. */
export interface WireFrame {
  readonly type: number;
  readonly stream: number;
  readonly flags: number;
  readonly payload: Buffer;
}

export const TYPE = {
  request: 1,
  response: 2,
  data: 3,
  invoke: 0x41,
  result: 0x42,
  hello: 0x43,
  attach: 0x44,
  replay: 0x45,
  mark: 0x46,
  quit: 0x47,
  welcome: 0x48,
} as const;

const HEADER = 10;

export function frame(type: number, stream: number, payload: Buffer | string = "", flags = 0): Buffer {
  const data = Buffer.from(payload);
  const header = Buffer.alloc(HEADER);
  header.writeUInt32BE(data.length, 0);
  header.writeUInt32BE(stream, 4);
  header[8] = type;
  header[9] = flags;
  return Buffer.concat([header, data]);
}

/** A frame of our own; fields as [tag, value]. */
export function ours(type: number, fields: readonly (readonly [number, string])[], stream = 0): Buffer {
  const parts = fields.map(([tag, value]) => {
    const data = Buffer.from(value);
    const head = Buffer.alloc(5);
    head[0] = tag;
    head.writeUInt32BE(data.length, 1);
    return Buffer.concat([head, data]);
  });
  return frame(type, stream, Buffer.concat(parts));
}

/** The fields of a frame of our own: tag → values in order. */
export function fieldsOf(of: WireFrame): Map<number, string[]> {
  const fields = new Map<number, string[]>();
  for (let at = 0; at < of.payload.length; ) {
    const tag = of.payload.readUInt8(at);
    const end = at + 5 + of.payload.readUInt32BE(at + 1);
    fields.set(tag, [...(fields.get(tag) ?? []), of.payload.toString("utf8", at + 5, end)]);
    at = end;
  }
  return fields;
}

/** Code and message of a response that is only a status with short texts. */
export function statusOf(of: WireFrame): { readonly code: number; readonly message: string } {
  if (of.type !== TYPE.response || of.payload[0] !== 0x0a) throw new Error(`no status: ${describe(of)}`);
  return { code: of.payload.readUInt8(3), message: of.payload.toString("utf8", 6) };
}

export function describe(of: WireFrame | undefined): string {
  return of === undefined
    ? "end"
    : `${of.type.toString(16)}:${of.stream}:${of.payload.toString("latin1").slice(0, 60)}`;
}

/** A socket read frame by frame. */
export class FrameSocket {
  readonly socket: Socket;
  #bytes = Buffer.alloc(0);
  #frames: WireFrame[] = [];
  #hasEnded = false;
  #wake: () => void = () => undefined;

  constructor(socket: Socket, first: Buffer = Buffer.alloc(0)) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#hasEnded = true;
      this.#wake();
    });
    this.#take(first);
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= HEADER) {
      const end = HEADER + this.#bytes.readUInt32BE(0);
      if (this.#bytes.length < end) break;
      const bytes = this.#bytes;
      this.#frames.push({
        stream: bytes.readUInt32BE(4),
        type: bytes.readUInt8(8),
        flags: bytes.readUInt8(9),
        payload: Buffer.from(bytes.subarray(HEADER, end)),
      });
      this.#bytes = bytes.subarray(end);
    }
    this.#wake();
  }

  /** Bytes of a frame that is not complete. */
  get pendingBytes(): number {
    return this.#bytes.length;
  }

  /** The next frame, or undefined when the other side has closed. @throws when nothing comes in time */
  async next(limitMs = 5000): Promise<WireFrame | undefined> {
    const deadline = Date.now() + limitMs;
    while (this.#frames.length === 0 && !this.#hasEnded) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no frame within ${limitMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#frames.shift();
  }

  /** As `next`, for where the end would be a failure. */
  async frame(limitMs = 5000): Promise<WireFrame> {
    const next = await this.next(limitMs);
    if (next === undefined) throw new Error("the connection was closed");
    return next;
  }

  async frames(count: number): Promise<WireFrame[]> {
    const frames: WireFrame[] = [];
    while (frames.length < count) frames.push(await this.frame());
    return frames;
  }

  /** Nothing comes for so long. */
  async expectSilence(ms: number): Promise<void> {
    const deadline = Date.now() + ms;
    while (Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (this.#frames.length > 0) throw new Error(`not silent: ${describe(this.#frames[0])}`);
      if (this.#hasEnded) throw new Error("not silent: closed");
    }
  }

  send(...bytes: Buffer[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  close(): void {
    this.socket.destroy();
  }
}

export function connectTo(path: string): Promise<FrameSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(new FrameSocket(socket));
    });
  });
}
