import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { containerd } from "../../../src/gen/streaming.js";
import { google, ttrpc } from "../../../src/gen/ttrpc.js";
import { TtrpcClient } from "../../../src/ttrpc/client.ts";
import { TtrpcError } from "../../../src/ttrpc/errors.ts";
import { encodeFrame, FLAG_NO_DATA, FLAG_REMOTE_CLOSED, MAX_DATA_BYTES } from "../../../src/ttrpc/frame.ts";
import { encodeData, encodeRequest } from "../../../src/ttrpc/message.ts";
import { TtrpcServer } from "../../../src/ttrpc/server.ts";
import {
  bidiStream,
  clientStream,
  type Service,
  type StreamHandler,
  serverStream,
} from "../../../src/ttrpc/service.ts";
import { STATUS_CODE } from "../../../src/ttrpc/status.ts";
import { RawPeer } from "./raw-peer.ts";
import { socketPair } from "./socket-pair.ts";

const { Data, WindowUpdate } = containerd.types.transfer;
const { Empty } = google.protobuf;
const data = (value: string): Uint8Array => Data.encode({ data: Buffer.from(value) }).finish();
const textOf = (message: Uint8Array): string => Buffer.from(Data.decode(message).data).toString();

const handlers = {
  /** One number in, that many messages out. */
  Count: serverStream(WindowUpdate, Data, async ({ update }, send) => {
    for (let i = 0; i < update; i++) await send({ data: Buffer.from(`#${i}`) });
  }),
  /** Messages in, their total length out. */
  Total: clientStream(Data, WindowUpdate, async (messages) => {
    let update = 0;
    for await (const message of messages) update += message.data.length;
    return { update };
  }),
  Echo: bidiStream(Data, Data, async (messages, send) => {
    for await (const message of messages) await send(message);
  }),
} satisfies Service["methods"];

function pair(methods: Service["methods"] = handlers) {
  const server = new TtrpcServer([{ name: "s", methods }]);
  const [near, far] = socketPair();
  server.handle(far);
  return { server, client: new TtrpcClient(near) };
}

function rawPair(methods: Service["methods"] = handlers) {
  const server = new TtrpcServer([{ name: "s", methods }]);
  const [near, far] = socketPair();
  server.handle(far);
  const open = (method: string, flags: number, payload: Uint8Array = new Uint8Array(0)): Uint8Array =>
    encodeRequest(1, flags, { service: "s", method, payload, timeoutNs: 0n, metadata: new Map() });
  return { peer: new RawPeer(near), open };
}

async function collect(messages: AsyncIterable<Uint8Array>): Promise<string[]> {
  const texts: string[] = [];
  for await (const message of messages) texts.push(textOf(message));
  return texts;
}

describe("streaming between our client and our server", () => {
  it("streams from the server", async () => {
    const { client } = pair();
    const request = WindowUpdate.encode({ update: 3 }).finish();
    const stream = client.stream("s", "Count", request, { clientStreams: false });
    expect(await collect(stream.messages)).toEqual(["#0", "#1", "#2"]);
  });

  it("takes an empty request of a server-streaming method for a message", async () => {
    const { client } = pair();
    const stream = client.stream("s", "Count", new Uint8Array(0), { clientStreams: false });
    expect(await collect(stream.messages)).toEqual([]);
  });

  it("streams from the client and gets one answer", async () => {
    const { client } = pair();
    const stream = client.stream("s", "Total", new Uint8Array(0), { clientStreams: true });
    for (const text of ["a", "bb", "", "ccc"]) await stream.send(data(text));
    stream.closeSend();
    const answers: number[] = [];
    for await (const message of stream.messages) answers.push(WindowUpdate.decode(message).update);
    expect(answers).toEqual([6]);
  });

  it("streams both ways, message by message", async () => {
    const { client } = pair();
    const stream = client.stream("s", "Echo", new Uint8Array(0), { clientStreams: true });
    for (const text of ["ping", "", "pong"]) {
      await stream.send(data(text));
      const { value } = await stream.messages.next();
      expect(textOf(value ?? new Uint8Array(0))).toBe(text);
    }
    stream.closeSend();
    expect((await stream.messages.next()).done).toBe(true);
    await expect(stream.send(data("late"))).rejects.toMatchObject({ code: "FAILED_PRECONDITION" });
  });

  it("keeps many streams and unary calls on one connection apart", async () => {
    const { client } = pair({ ...handlers, Unary: async (payload) => payload });
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const stream = client.stream("s", "Echo", new Uint8Array(0), { clientStreams: true });
        const texts = Array.from({ length: 20 }, (__, j) => `${i}/${j}`);
        const received = collect(stream.messages);
        for (const text of texts) await stream.send(data(text));
        expect(Buffer.from(await client.call("s", "Unary", Buffer.from(`u${i}`))).toString()).toBe(`u${i}`);
        stream.closeSend();
        expect(await received).toEqual(texts);
      }),
    );
  });

  it("holds a fast sender until a slow consumer has caught up, and loses nothing", async () => {
    const { client } = pair({
      Slow: clientStream(Data, WindowUpdate, async (messages) => {
        let update = 0;
        for await (const message of messages) {
          update += message.data.length;
          await new Promise((resolve) => setImmediate(resolve));
        }
        return { update };
      }),
    });
    const stream = client.stream("s", "Slow", new Uint8Array(0), { clientStreams: true });
    const piece = Data.encode({ data: new Uint8Array(100_000) }).finish();
    for (let i = 0; i < 100; i++) await stream.send(piece);
    stream.closeSend();
    const { value } = await stream.messages.next();
    expect(WindowUpdate.decode(value ?? new Uint8Array(0)).update).toBe(10_000_000);
  });

  it("delivers what was sent, then the handler's error", async () => {
    const { client } = pair({
      Fail: serverStream(Empty, Data, async (_request, send) => {
        await send({ data: Buffer.from("one") });
        throw new TtrpcError("ABORTED", "half way");
      }),
    });
    const stream = client.stream("s", "Fail", new Uint8Array(0), { clientStreams: false });
    const first = await stream.messages.next();
    expect(textOf(first.value ?? new Uint8Array(0))).toBe("one");
    await expect(stream.messages.next()).rejects.toMatchObject({ code: "ABORTED", message: "half way" });
  });

  it("tells the handler of a message that is over the limit, and goes on with the stream", async () => {
    const { client } = pair({
      Big: serverStream(Empty, Data, async (_request, send) => {
        await send({ data: new Uint8Array(MAX_DATA_BYTES) }).catch((error: unknown) =>
          send({ data: Buffer.from(error instanceof TtrpcError ? error.code : "?") }),
        );
      }),
    });
    const stream = client.stream("s", "Big", new Uint8Array(0), { clientStreams: false });
    expect(await collect(stream.messages)).toEqual(["RESOURCE_EXHAUSTED"]);
  });

  it("fails a message that is no such message with INTERNAL", async () => {
    const { client } = pair();
    const stream = client.stream("s", "Echo", new Uint8Array(0), { clientStreams: true });
    await stream.send(Buffer.from("0a05", "hex"));
    await expect(stream.messages.next()).rejects.toMatchObject({ code: "INTERNAL" });
  });

  it("fails both directions when the connection goes", async () => {
    let handlerError: unknown;
    const { client } = pair({
      Echo: bidiStream(Data, Data, async (messages, send) => {
        try {
          for await (const message of messages) await send(message);
        } catch (error) {
          handlerError = error;
        }
      }),
    });
    const stream = client.stream("s", "Echo", new Uint8Array(0), { clientStreams: true });
    await stream.send(data("x"));
    await stream.messages.next();
    client.close();
    await expect(stream.messages.next()).rejects.toMatchObject({ code: "closed" });
    await expect(stream.send(data("y"))).rejects.toMatchObject({ code: "closed" });
    await expect.poll(() => handlerError).toMatchObject({ code: "CANCELED" });
  });

  it("gives a stream up at its deadline and on cancel()", async () => {
    const { client } = pair();
    const late = client.stream("s", "Echo", new Uint8Array(0), { clientStreams: true, timeoutMs: 10 });
    await expect(late.messages.next()).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    const dropped = client.stream("s", "Echo", new Uint8Array(0), { clientStreams: true });
    dropped.cancel();
    await expect(dropped.messages.next()).rejects.toMatchObject({ code: "CANCELED" });
  });
});

describe("the frames of a streaming server", () => {
  it("ends a server stream with a data frame that says closed and no data", async () => {
    const { peer, open } = rawPair();
    peer.write(open("Count", FLAG_REMOTE_CLOSED, WindowUpdate.encode({ update: 1 }).finish()));
    expect(await peer.frame()).toMatchObject({ streamId: 1, type: 3, flags: 0 });
    const last = await peer.frame();
    expect(last).toMatchObject({ streamId: 1, type: 3, flags: FLAG_REMOTE_CLOSED | FLAG_NO_DATA });
    expect(last.data.length).toBe(0);
  });

  it("ends a client stream with a response, flags 0", async () => {
    const { peer, open } = rawPair();
    peer.write(open("Total", 2));
    peer.write(encodeData(1, 0, data("abc")));
    peer.write(encodeData(1, FLAG_REMOTE_CLOSED, undefined));
    expect(await peer.frame()).toMatchObject({ streamId: 1, type: 2, flags: 0 });
  });

  it("takes data in the closing frame, and a zero-length data frame for an empty message", async () => {
    const received: number[] = [];
    const count: StreamHandler = {
      clientStreams: true,
      serverStreams: false,
      async run(messages) {
        for await (const message of messages) received.push(message.length);
        return new Uint8Array(0);
      },
    };
    const { peer, open } = rawPair({ Sizes: count });
    peer.write(open("Sizes", 2));
    peer.write(encodeFrame({ streamId: 1, type: 3, flags: 0, data: new Uint8Array(0) }));
    peer.write(encodeFrame({ streamId: 1, type: 3, flags: FLAG_REMOTE_CLOSED, data: Buffer.from("ab") }));
    expect((await peer.frame()).type).toBe(2);
    expect(received).toEqual([0, 2]);
  });

  it("refuses data on a method that takes one message, with INVALID_ARGUMENT", async () => {
    const { peer, open } = rawPair({ Hang: async () => new Promise(() => {}) });
    peer.write(open("Hang", 0));
    peer.write(encodeData(1, 0, data("x")));
    const response = ttrpc.Response.decode((await peer.frame()).data);
    expect(response.status).toMatchObject({ code: STATUS_CODE.INVALID_ARGUMENT });
  });

  it("ends the stream of an oversize data frame with RESOURCE_EXHAUSTED and aborts its handler", async () => {
    let reason: unknown;
    const watch: StreamHandler = {
      clientStreams: true,
      serverStreams: true,
      run: async (messages) => {
        await messages.next().catch((error: unknown) => {
          reason = error;
        });
        return undefined;
      },
    };
    const { peer, open } = rawPair({ Watch: watch });
    peer.write(open("Watch", 2));
    const header = Buffer.from("00400001 00000001 03 00".replaceAll(" ", ""), "hex");
    peer.write(Buffer.concat([header, Buffer.alloc(MAX_DATA_BYTES + 1)]));
    const frame = await peer.frame();
    expect(frame).toMatchObject({ streamId: 1, type: 2 });
    expect(reason).toMatchObject({ code: "RESOURCE_EXHAUSTED" });
  });
});

describe("over a unix socket", () => {
  const directory = mkdtempSync(join(tmpdir(), "gantry-ttrpc-"));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("serves unary calls and streams to clients that connect with and without unix://", async () => {
    const path = join(directory, "s.sock");
    const listener = createServer();
    const server = new TtrpcServer([
      { name: "s", methods: { ...handlers, Unary: async (payload) => payload } },
    ]);
    server.serve(listener);
    await new Promise<void>((resolve) => listener.listen(path, resolve));
    const one = await TtrpcClient.connect(path);
    const other = await TtrpcClient.connect(`unix://${path}`);
    const big = Buffer.alloc(3_000_000, "gantry");
    const [echoed, texts] = await Promise.all([
      one.call("s", "Unary", big),
      collect(
        other.stream("s", "Count", WindowUpdate.encode({ update: 5 }).finish(), { clientStreams: false })
          .messages,
      ),
    ]);
    expect(big.equals(echoed)).toBe(true);
    expect(texts).toHaveLength(5);
    expect(server.connections).toBe(2);
    await server.shutdown(1000);
    await Promise.all([one.closed, other.closed]);
    await expect(TtrpcClient.connect(path)).rejects.toMatchObject({ code: "connect" });
  });
});
