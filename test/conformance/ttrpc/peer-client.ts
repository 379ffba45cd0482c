import { type CallOptions, TtrpcClient } from "../../../src/ttrpc/client.ts";
import type { ClientStream } from "../../../src/ttrpc/client-call.ts";
import { bytesValue } from "./bytes-value.ts";

/** Our client, calling test.Peer with strings or bytes. */
export class PeerClient {
  readonly ttrpc: TtrpcClient;

  private constructor(ttrpc: TtrpcClient) {
    this.ttrpc = ttrpc;
  }

  static async connect(socketPath: string): Promise<PeerClient> {
    return new PeerClient(await TtrpcClient.connect(socketPath));
  }

  async call(method: string, value: string | Uint8Array = "", options: CallOptions = {}): Promise<string> {
    return textOf(await this.ttrpc.call("test.Peer", method, encode(value), options));
  }

  /** The method takes one message and answers with many. */
  count(value: string): PeerStream {
    const options = { clientStreams: false };
    return new PeerStream(this.ttrpc.stream("test.Peer", "Count", encode(value), options));
  }

  /** The method takes many messages. */
  open(method: string): PeerStream {
    return new PeerStream(this.ttrpc.stream("test.Peer", method, new Uint8Array(0), { clientStreams: true }));
  }

  close(): void {
    this.ttrpc.close();
  }
}

/** A stream of strings. */
export class PeerStream {
  readonly #stream: ClientStream;

  constructor(stream: ClientStream) {
    this.#stream = stream;
  }

  send(value: string | Uint8Array): Promise<void> {
    return this.#stream.send(encode(value));
  }

  closeSend(): void {
    this.#stream.closeSend();
  }

  cancel(): void {
    this.#stream.cancel();
  }

  /** The next message; undefined at the end. */
  async next(): Promise<string | undefined> {
    const { done, value } = await this.#stream.messages.next();
    return done === true ? undefined : textOf(value);
  }

  /** All messages up to the end. */
  async rest(): Promise<string[]> {
    const all: string[] = [];
    for (let text = await this.next(); text !== undefined; text = await this.next()) all.push(text);
    return all;
  }
}

function encode(value: string | Uint8Array): Uint8Array {
  return bytesValue.encode({ value: typeof value === "string" ? Buffer.from(value) : value }).finish();
}

function textOf(payload: Uint8Array): string {
  return Buffer.from(bytesValue.decode(payload).value).toString();
}
