import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { messageOf } from "../core/errors.ts";
import { socketPathOf } from "./address.ts";
import { FrameChannel } from "./channel.ts";
import { type ClientCall, type ClientStream, StreamCall, UnaryCall } from "./client-call.ts";
import { ConnectionError, closedError, TtrpcError } from "./errors.ts";
import { type Decoded, FLAG_REMOTE_CLOSED, FLAG_REMOTE_OPEN, TYPE_DATA, TYPE_RESPONSE } from "./frame.ts";
import { encodeRequest } from "./message.ts";
import { type Decoder, decodePayload, type Encoder } from "./service.ts";

export interface ConnectOptions {
  /** How long connecting may take. Default 5000. */
  readonly timeoutMs?: number;
}

export interface CallOptions {
  /** Sent to the server and kept here: the call fails with DEADLINE_EXCEEDED when it is over. Absent: no limit. */
  readonly timeoutMs?: number;
  /** Keys are sent in lower case. */
  readonly metadata?: Readonly<Record<string, string | readonly string[]>>;
  /** Gives the call up, with CANCELED; the server is not told. */
  readonly signal?: AbortSignal;
}

export interface StreamOptions extends CallOptions {
  /** Whether this side will send messages after the request. */
  readonly clientStreams: boolean;
}

const CONNECT_TIMEOUT_MS = 5000;
const MAX_TIMER_MS = 2 ** 31 - 1;
// Ids are u32, and only the odd ones are the client's.
const MAX_STREAM_ID = 2 ** 32 - 1;

/** One connection to a ttrpc server; any number of calls at a time. */
export class TtrpcClient {
  readonly #channel: FrameChannel;
  readonly #calls = new Map<number, { readonly call: ClientCall; readonly disarm: () => void }>();
  #nextStreamId = 1;
  #resolveClosed: () => void = () => {};
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;

  /** Takes over a connected socket. */
  constructor(socket: Duplex) {
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#channel = new FrameChannel(socket, {
      received: (decoded) => this.#received(decoded),
      closed: (error) => this.#lost(error),
    });
  }

  /**
   * Connect to a unix socket.
   *
   * @param address an absolute path, with or without "unix://" before it
   * @throws {ConnectionError} "address", "connect"
   */
  static async connect(address: string, options: ConnectOptions = {}): Promise<TtrpcClient> {
    return new TtrpcClient(await dial(socketPathOf(address), options.timeoutMs ?? CONNECT_TIMEOUT_MS));
  }

  /**
   * Call a unary method.
   *
   * @param payload the encoded request
   * @returns the encoded response
   * @throws {TtrpcError} the status the server answered, DEADLINE_EXCEEDED, CANCELED, or RESOURCE_EXHAUSTED when the
   *   request or the response is over 4 MiB
   * @throws {ConnectionError} "closed"
   */
  async call(
    service: string,
    method: string,
    payload: Uint8Array,
    options: CallOptions = {},
  ): Promise<Uint8Array> {
    return this.#open(service, method, payload, 0, options, () => new UnaryCall()).result;
  }

  /**
   * Call a streaming method.
   *
   * @param payload the one request when only the server streams; otherwise empty
   * @throws as `call`, except for what the server answers: that comes out of the stream
   */
  stream(service: string, method: string, payload: Uint8Array, options: StreamOptions): ClientStream {
    const flags = options.clientStreams ? FLAG_REMOTE_OPEN : FLAG_REMOTE_CLOSED;
    const make = (streamId: number): StreamCall => {
      const wire = {
        write: (frame: Uint8Array) => this.#channel.write(frame),
        ready: () => this.#channel.ready(),
        forget: () => void this.#take(streamId),
      };
      const onPressure = (isFull: boolean) => (isFull ? this.#channel.hold() : this.#channel.release());
      return new StreamCall(streamId, options.clientStreams, wire, { onPressure });
    };
    return this.#open(service, method, payload, flags, options, make);
  }

  /** Close the connection; outstanding calls fail with "ttrpc: closed". */
  close(): void {
    this.#channel.destroy();
    this.#lost(undefined);
  }

  #open<Call extends ClientCall>(
    service: string,
    method: string,
    payload: Uint8Array,
    flags: number,
    options: CallOptions,
    make: (streamId: number) => Call,
  ): Call {
    if (this.#channel.isClosed) throw closedError();
    if (options.signal?.aborted === true) throw new TtrpcError("CANCELED", "the call was canceled");
    const streamId = this.#nextStreamId;
    if (streamId > MAX_STREAM_ID) {
      throw new TtrpcError("RESOURCE_EXHAUSTED", "the connection has used all its stream ids");
    }
    const metadata = new Map<string, readonly string[]>();
    for (const [key, value] of Object.entries(options.metadata ?? {})) {
      metadata.set(key, typeof value === "string" ? [value] : value);
    }
    const { timeoutMs } = options;
    // At least 1 ns: 0 on the wire means no limit at all.
    const timeoutNs = timeoutMs === undefined ? 0n : BigInt(Math.max(1, Math.round(timeoutMs * 1e6)));
    const frame = encodeRequest(streamId, flags, { service, method, payload, timeoutNs, metadata });
    this.#nextStreamId += 2;
    const call = make(streamId);
    this.#calls.set(streamId, { call, disarm: this.#watch(streamId, options) });
    this.#channel.write(frame);
    return call;
  }

  /** The call leaves the table: its stream is over. */
  #take(streamId: number): ClientCall | undefined {
    const open = this.#calls.get(streamId);
    this.#calls.delete(streamId);
    open?.disarm();
    return open?.call;
  }

  /** Watch the deadline and the signal of a call. @returns stops watching */
  #watch(streamId: number, { timeoutMs, signal }: CallOptions): () => void {
    if (timeoutMs === undefined && signal === undefined) return () => {};
    const giveUp = (code: "CANCELED" | "DEADLINE_EXCEEDED", message: string): void =>
      this.#take(streamId)?.failed(new TtrpcError(code, message));
    const onAbort = (): void => giveUp("CANCELED", "the call was canceled");
    // A deadline further away than a timer reaches (24.8 days) is left to the server.
    const timer =
      timeoutMs === undefined || timeoutMs > MAX_TIMER_MS
        ? undefined
        : setTimeout(() => giveUp("DEADLINE_EXCEEDED", "context deadline exceeded"), timeoutMs);
    signal?.addEventListener("abort", onAbort, { once: true });
    return () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
  }

  #received(decoded: Decoded): void {
    // A stream that was given up is not in the table: what arrives for it late is dropped.
    const { streamId, type } = decoded;
    const call = this.#calls.get(streamId)?.call;
    if (call === undefined || (type !== TYPE_RESPONSE && type !== TYPE_DATA)) return;
    if (decoded.kind === "frame") {
      if (call.received(decoded)) this.#take(streamId);
      return;
    }
    this.#take(streamId);
    const message = `message length ${decoded.lengthBytes} exceeds the maximum message size`;
    call.failed(new TtrpcError("RESOURCE_EXHAUSTED", message));
  }

  #lost(error: Error | undefined): void {
    for (const streamId of [...this.#calls.keys()]) this.#take(streamId)?.failed(closedError(error));
    this.#resolveClosed();
  }
}

/** Names a unary method and its messages. */
export interface UnaryMethod<Req, Res> {
  readonly service: string;
  readonly method: string;
  readonly request: Encoder<Req>;
  readonly response: Decoder<Res>;
}

/** Call a unary method with the messages themselves. @throws as `TtrpcClient.call` */
export async function callUnary<Req, Res>(
  client: TtrpcClient,
  { service, method, request, response }: UnaryMethod<Req, Res>,
  message: Req,
  options: CallOptions = {},
): Promise<Res> {
  const payload = await client.call(service, method, request.encode(message).finish(), options);
  return decodePayload(response, payload);
}

function dial(path: string, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const fail = (cause: unknown, why: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new ConnectionError("connect", `Cannot connect to ${JSON.stringify(path)}: ${why}`, { cause }));
    };
    const onError = (error: Error): void => fail(error, messageOf(error));
    const timer = setTimeout(() => fail(undefined, `no answer within ${timeoutMs} ms`), timeoutMs);
    socket.once("error", onError);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeListener("error", onError);
      resolve(socket);
    });
  });
}
