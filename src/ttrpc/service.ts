import { messageOf } from "../core/errors.ts";
import { TtrpcError } from "./errors.ts";

/** What a handler knows about the call it answers. */
export interface CallContext {
  /** Full service name as the caller wrote it, e.g. "containerd.task.v2.Task". */
  readonly service: string;
  readonly method: string;
  /** Keys in lower case; a key may have several values, in the order they were sent. */
  readonly metadata: ReadonlyMap<string, readonly string[]>;
  /**
   * Aborted when the caller's deadline passes or its connection goes; `reason` is then a TtrpcError with code
   * DEADLINE_EXCEEDED or CANCELED, so that `signal.throwIfAborted()` answers correctly. A caller that merely gives up
   * cannot tell the server so.
   */
  readonly signal: AbortSignal;
  /** The caller's deadline, counted from the receipt of the request; 0n: none. */
  readonly timeoutNs: bigint;
  /** Tells the connections of one server apart; starts at 1. */
  readonly connectionId: number;
  /** Odd, and increasing within a connection. */
  readonly streamId: number;
}

/**
 * Answers one request with one response, both as encoded messages. A thrown TtrpcError becomes its status, any other
 * error UNKNOWN with its message.
 */
export type UnaryHandler = (payload: Uint8Array, call: CallContext) => Promise<Uint8Array>;

/**
 * Sends one message to the caller; resolves when there is room for the next.
 *
 * @throws {TtrpcError} RESOURCE_EXHAUSTED for a message over 4 MiB, CANCELED when the stream is over
 */
export type Send = (message: Uint8Array) => Promise<void>;

/** Answers a call in which at least one side sends any number of messages. */
export interface StreamHandler {
  readonly clientStreams: boolean;
  readonly serverStreams: boolean;
  /**
   * @param messages what the caller sends; ends when it has closed its side, throws when the call is aborted. A call
   *   without client streaming has exactly one
   * @param send only when `serverStreams`
   * @returns the response when not `serverStreams`, otherwise undefined: returning ends the stream
   */
  run(
    messages: AsyncIterableIterator<Uint8Array>,
    send: Send,
    call: CallContext,
  ): Promise<Uint8Array | undefined>;
}

/** One service and its methods, by bare method name. */
export interface Service {
  /** Full name, e.g. "containerd.task.v2.Task". */
  readonly name: string;
  readonly methods: Readonly<Record<string, UnaryHandler | StreamHandler>>;
}

/** The decoding half of a generated message class. */
export interface Decoder<Message> {
  decode(bytes: Uint8Array): Message;
}

/** The encoding half of a generated message class; `Message` is what it takes, with every field optional. */
export interface Encoder<Message> {
  encode(message: Message): { finish(): Uint8Array };
}

/** A handler over the messages themselves: `unary(task.StateRequest, task.StateResponse, (request, call) => …)`. */
export function unary<Req, Res>(
  request: Decoder<Req>,
  response: Encoder<Res>,
  answer: (request: Req, call: CallContext) => Promise<Res>,
): UnaryHandler {
  return async (payload, call) =>
    response.encode(await answer(decodePayload(request, payload), call)).finish();
}

/** A typed stream handler in which the caller sends one message and gets many. */
export function serverStream<Req, Res>(
  request: Decoder<Req>,
  response: Encoder<Res>,
  answer: (request: Req, send: (message: Res) => Promise<void>, call: CallContext) => Promise<void>,
): StreamHandler {
  return {
    clientStreams: false,
    serverStreams: true,
    async run(messages, send, call) {
      const first = await messages.next();
      const payload: Uint8Array = first.done === true ? new Uint8Array(0) : first.value;
      await answer(decodePayload(request, payload), typedSend(response, send), call);
      return undefined;
    },
  };
}

/** A typed stream handler in which the caller sends many messages and gets one. */
export function clientStream<Req, Res>(
  request: Decoder<Req>,
  response: Encoder<Res>,
  answer: (messages: AsyncIterable<Req>, call: CallContext) => Promise<Res>,
): StreamHandler {
  return {
    clientStreams: true,
    serverStreams: false,
    async run(messages, _send, call) {
      return response.encode(await answer(decodeEach(request, messages), call)).finish();
    },
  };
}

/** A typed stream handler in which both sides send any number of messages, at any time. */
export function bidiStream<Req, Res>(
  request: Decoder<Req>,
  response: Encoder<Res>,
  answer: (
    messages: AsyncIterable<Req>,
    send: (message: Res) => Promise<void>,
    call: CallContext,
  ) => Promise<void>,
): StreamHandler {
  return {
    clientStreams: true,
    serverStreams: true,
    async run(messages, send, call) {
      await answer(decodeEach(request, messages), typedSend(response, send), call);
      return undefined;
    },
  };
}

/**
 * Decode what a peer sent as a request.
 *
 * @throws {TtrpcError} INTERNAL, which is what Go's server answers to a payload that is no such message
 */
export function decodePayload<Message>(decoder: Decoder<Message>, payload: Uint8Array): Message {
  try {
    return decoder.decode(payload);
  } catch (error) {
    throw new TtrpcError("INTERNAL", `ttrpc: error unmarshalling payload: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function* decodeEach<Message>(
  decoder: Decoder<Message>,
  messages: AsyncIterable<Uint8Array>,
): AsyncGenerator<Message, void, undefined> {
  for await (const message of messages) yield decodePayload(decoder, message);
}

function typedSend<Message>(encoder: Encoder<Message>, send: Send): (message: Message) => Promise<void> {
  return (message) => send(encoder.encode(message).finish());
}
