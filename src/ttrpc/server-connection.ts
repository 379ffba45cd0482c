import type { Duplex } from "node:stream";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { FrameChannel } from "./channel.ts";
import { TtrpcError } from "./errors.ts";
import {
  type Decoded,
  FLAG_NO_DATA,
  FLAG_REMOTE_CLOSED,
  type Frame,
  TYPE_DATA,
  TYPE_REQUEST,
} from "./frame.ts";
import { Inbox } from "./inbox.ts";
import { decodeRequest, encodeData, encodeFailure, encodeResponse, type RequestMessage } from "./message.ts";
import { ServerCall } from "./server-call.ts";
import type { StreamHandler, UnaryHandler } from "./service.ts";

/** Finds the handler of a method. @throws {TtrpcError} UNIMPLEMENTED */
export type Lookup = (service: string, method: string) => UnaryHandler | StreamHandler;

export interface ConnectionOptions {
  readonly id: number;
  readonly lookup: Lookup;
  readonly logger: Logger;
  /** Calls in progress above which a further one is answered RESOURCE_EXHAUSTED. */
  readonly maxStreams: number;
  readonly onClose: () => void;
  /** What stands between the peer and this end and takes part in calls; absent: nothing. */
  readonly relay?: ConnectionRelay;
}

/** How a relay that repeats requests takes part in the calls of a connection. */
export interface ConnectionRelay {
  /** A frame of a type that ttrpc does not know. */
  other(frame: Decoded): void;
  /** Nanoseconds that the request has spent before it came here. */
  ageNs(streamId: number): bigint;
  /** Before the handler runs. @returns the whole frame of an answer that was made before; undefined: run the handler */
  admit(streamId: number): Promise<Uint8Array | undefined>;
  /** The last frame of a stream, before it is written. */
  answered(streamId: number, frame: Uint8Array): void;
  /** The kernel has it. */
  flushed(streamId: number): void;
  /** The connection is gone. */
  closed(): void;
}

/** The server's side of one connection: its streams, from the request frame to the last frame of the answer. */
export class ServerConnection {
  readonly #options: ConnectionOptions;
  readonly #channel: FrameChannel;
  readonly #calls = new Map<number, ServerCall>();
  #lastRequestId = 0;
  #isEnding = false;

  /** Takes the socket over. */
  constructor(socket: Duplex, options: ConnectionOptions) {
    this.#options = options;
    // A peer that does not read its answers is not given more work to answer.
    this.#channel = new FrameChannel(
      socket,
      { received: (decoded) => this.#received(decoded), closed: (error) => this.#closed(error) },
      (isBacklogged) => (isBacklogged ? this.#channel.hold() : this.#channel.release()),
    );
  }

  /** As `connectionId` of its calls. */
  get id(): number {
    return this.#options.id;
  }

  /** Write a frame that belongs to no call, between those of calls. Resolves when the kernel has it. */
  write(frame: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#channel.write(frame, resolve));
  }

  /** Calls in progress. */
  get active(): number {
    return this.#calls.size;
  }

  /** Close as soon as no call is in progress and the answers are written. New requests are still answered till then. */
  endWhenIdle(): void {
    this.#isEnding = true;
    if (this.#calls.size === 0) this.#channel.end();
  }

  /** Close now; handlers are aborted. */
  destroy(): void {
    this.#channel.destroy();
  }

  #received(decoded: Decoded): void {
    if (decoded.kind === "oversize") {
      const error = new TtrpcError(
        "RESOURCE_EXHAUSTED",
        `message length ${decoded.lengthBytes} exceeds the maximum message size`,
      );
      if (decoded.type === TYPE_REQUEST)
        this.#lastRequestId = Math.max(this.#lastRequestId, decoded.streamId);
      if (decoded.type === TYPE_REQUEST || decoded.type === TYPE_DATA) this.#fail(decoded.streamId, error);
    } else if (decoded.type === TYPE_REQUEST) {
      this.#request(decoded);
    } else if (decoded.type === TYPE_DATA) {
      this.#data(decoded);
    } else {
      // For later versions of the protocol; without a relay they are skipped.
      this.#options.relay?.other(decoded);
    }
  }

  #request(frame: Frame): void {
    const { streamId } = frame;
    if (streamId % 2 !== 1) {
      this.#refuse(streamId, "INVALID_ARGUMENT", `stream id ${streamId} is even: those belong to the server`);
      return;
    }
    if (streamId <= this.#lastRequestId) {
      this.#refuse(streamId, "INVALID_ARGUMENT", `stream id ${streamId} was used before: ids must increase`);
      return;
    }
    this.#lastRequestId = streamId;
    if (this.#calls.size >= this.#options.maxStreams) {
      this.#refuse(streamId, "RESOURCE_EXHAUSTED", `more than ${this.#options.maxStreams} calls in progress`);
      return;
    }
    try {
      const request = aged(decodeRequest(frame.data), this.#options.relay?.ageNs(streamId) ?? 0n);
      const handler = this.#options.lookup(request.service, request.method);
      if (typeof handler === "function") this.#runUnary(streamId, request, handler);
      else this.#runStream(frame, request, handler);
    } catch (error) {
      this.#channel.write(encodeFailure(streamId, statusOf(error)));
    }
  }

  #runUnary(streamId: number, request: RequestMessage, handler: UnaryHandler): void {
    const call = new ServerCall(request, { connectionId: this.#options.id, streamId });
    this.#calls.set(streamId, call);
    const { relay } = this.#options;
    const run = async (): Promise<Uint8Array> => {
      const earlier = relay && (await relay.admit(streamId));
      if (earlier !== undefined) return earlier;
      return encodeResponse(streamId, await handler(request.payload, call));
    };
    void run().then(
      (frame) => this.#finish(streamId, call, () => frame),
      (error: unknown) =>
        this.#finish(streamId, call, () => encodeFailure(streamId, this.#statusOf(error, call))),
    );
  }

  #runStream(frame: Frame, request: RequestMessage, handler: StreamHandler): void {
    const { streamId } = frame;
    const inbox = new Inbox({
      onPressure: (isFull) => (isFull ? this.#channel.hold() : this.#channel.release()),
    });
    const call = new ServerCall(request, {
      connectionId: this.#options.id,
      streamId,
      inbox,
      clientStreams: handler.clientStreams,
    });
    this.#calls.set(streamId, call);
    // An empty message and no message look the same in a request; with client streaming it is none (ttrpc issue 126).
    if (!handler.clientStreams || request.payload.length > 0) inbox.put(request.payload);
    if (!handler.clientStreams || (frame.flags & FLAG_REMOTE_CLOSED) !== 0) inbox.end();
    const send = async (message: Uint8Array): Promise<void> => {
      if (call.isOver) throw new TtrpcError("CANCELED", "the stream is over");
      this.#channel.write(encodeData(streamId, 0, message));
      await this.#channel.ready();
    };
    void answer(() => handler.run(inbox, send, call)).then(
      (payload) =>
        this.#finish(streamId, call, () =>
          handler.serverStreams
            ? encodeData(streamId, FLAG_REMOTE_CLOSED, undefined)
            : encodeResponse(streamId, payload ?? new Uint8Array(0)),
        ),
      (error: unknown) =>
        this.#finish(streamId, call, () => encodeFailure(streamId, this.#statusOf(error, call))),
    );
  }

  #data(frame: Frame): void {
    const { streamId, flags, data } = frame;
    const call = this.#calls.get(streamId);
    if (call === undefined) {
      this.#refuse(streamId, "INVALID_ARGUMENT", `stream ${streamId} is no longer active`);
      return;
    }
    if ((flags & FLAG_NO_DATA) === 0) {
      if (!call.clientStreams || call.inbox === undefined || call.inbox.isEnded) {
        // A handler that left its loop early drops the rest; data after a close or on a unary call is the peer's fault.
        if (call.clientStreams) return;
        this.#fail(
          streamId,
          new TtrpcError("INVALID_ARGUMENT", `method ${call.method} takes no further messages`),
        );
        return;
      }
      call.inbox.put(data);
    }
    if ((flags & FLAG_REMOTE_CLOSED) !== 0) call.inbox?.end();
  }

  /** Answer a stream that has no call of its own. */
  #refuse(streamId: number, code: "INVALID_ARGUMENT" | "RESOURCE_EXHAUSTED", message: string): void {
    this.#channel.write(encodeFailure(streamId, new TtrpcError(code, message)));
  }

  /** End a stream from this side, whether its handler is running or it never had one. */
  #fail(streamId: number, error: TtrpcError): void {
    const call = this.#calls.get(streamId);
    call?.abort(error);
    if (call === undefined) this.#channel.write(encodeFailure(streamId, error));
    else this.#finish(streamId, call, () => encodeFailure(streamId, error));
  }

  #finish(streamId: number, call: ServerCall, encode: () => Uint8Array): void {
    if (call.isOver) return;
    call.finish();
    this.#calls.delete(streamId);
    let frame: Uint8Array;
    try {
      frame = encode();
    } catch (error) {
      frame = encodeFailure(streamId, this.#statusOf(error, call));
    }
    const { relay } = this.#options;
    relay?.answered(streamId, frame);
    this.#channel.write(frame, relay && (() => relay.flushed(streamId)));
    if (this.#isEnding && this.#calls.size === 0) this.#channel.end();
  }

  #statusOf(error: unknown, call: ServerCall): TtrpcError {
    if (!(error instanceof TtrpcError)) {
      this.#options.logger.log("error", "ttrpc handler failed", {
        service: call.service,
        method: call.method,
        error,
      });
    }
    return statusOf(error);
  }

  #closed(error: Error | undefined): void {
    if (error !== undefined) {
      const { id, logger } = this.#options;
      logger.log("warn", "ttrpc connection broke", { connectionId: id, reason: error.message });
    }
    const reason = new TtrpcError("CANCELED", "context canceled");
    for (const call of this.#calls.values()) {
      call.abort(reason);
      call.finish();
    }
    this.#calls.clear();
    this.#options.onClose();
  }
}

/** Start a handler so that what it throws before its first `await` is a rejection too. */
async function answer<Result>(run: () => Promise<Result>): Promise<Result> {
  return await run();
}

/** A request whose deadline counts from when it first came. */
function aged(request: RequestMessage, ageNs: bigint): RequestMessage {
  if (ageNs === 0n || request.timeoutNs <= 0n) return request;
  // Not 0, which would mean that there is no deadline.
  const left = request.timeoutNs > ageNs ? request.timeoutNs - ageNs : -1n;
  return { ...request, timeoutNs: left };
}

function statusOf(error: unknown): TtrpcError {
  return error instanceof TtrpcError ? error : new TtrpcError("UNKNOWN", messageOf(error));
}
