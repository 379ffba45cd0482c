import { describe, expect, it } from "vitest";
import { google, ttrpc } from "../../../src/gen/ttrpc.js";
import { TtrpcError } from "../../../src/ttrpc/errors.ts";
import { encodeFrame, type Frame, MAX_DATA_BYTES } from "../../../src/ttrpc/frame.ts";
import { encodeRequest, type RequestMessage } from "../../../src/ttrpc/message.ts";
import { TtrpcServer } from "../../../src/ttrpc/server.ts";
import { type CallContext, type Service, unary } from "../../../src/ttrpc/service.ts";
import { statusNameOf } from "../../../src/ttrpc/status.ts";
import { RawPeer } from "./raw-peer.ts";
import { socketPair } from "./socket-pair.ts";

const text = (value: string): Uint8Array => Buffer.from(value);

function serve(methods: Service["methods"], options?: { readonly maxStreams?: number }) {
  const server = new TtrpcServer([{ name: "test.Test", methods }], options);
  const [near, far] = socketPair();
  server.handle(far);
  return { server, peer: new RawPeer(near), socket: near };
}

function request(streamId: number, fields: Partial<RequestMessage> = {}): Uint8Array {
  return encodeRequest(streamId, 0, {
    service: "test.Test",
    method: "Echo",
    payload: new Uint8Array(0),
    timeoutNs: 0n,
    metadata: new Map(),
    ...fields,
  });
}

function answerOf(frame: Frame) {
  expect(frame.type).toBe(2);
  expect(frame.flags).toBe(0);
  const response = ttrpc.Response.decode(frame.data);
  const code = response.status?.code ?? 0;
  return {
    streamId: frame.streamId,
    code: code === 0 ? "OK" : statusNameOf(code),
    message: response.status?.message ?? "",
    payload: Buffer.from(response.payload).toString(),
    details: response.status?.details ?? [],
  };
}

const echo = { Echo: async (payload: Uint8Array) => payload };

/** A promise with its resolve function outside. */
function gate<T = void>() {
  let open: (value: T) => void = () => {};
  const opened = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

describe("TtrpcServer", () => {
  it("answers a request on its stream without a status", async () => {
    const { peer } = serve(echo);
    peer.write(request(1, { payload: text("hello") }));
    const frame = await peer.frame();
    expect(answerOf(frame)).toMatchObject({ streamId: 1, code: "OK", payload: "hello" });
    expect(ttrpc.Response.decode(frame.data).status ?? null).toBeNull();
  });

  it("answers requests as they finish, not as they came", async () => {
    const first = gate<Uint8Array>();
    const { peer } = serve({ Slow: () => first.opened, ...echo });
    peer.write(Buffer.concat([request(1, { method: "Slow" }), request(3, { payload: text("b") })]));
    expect(answerOf(await peer.frame())).toMatchObject({ streamId: 3, payload: "b" });
    first.open(text("a"));
    expect(answerOf(await peer.frame())).toMatchObject({ streamId: 1, payload: "a" });
  });

  it("answers 1000 concurrent requests with the right payloads", async () => {
    const { peer } = serve({
      Echo: async (payload) => {
        if (payload.length % 2 === 0) await Promise.resolve();
        return payload;
      },
    });
    const ids = Array.from({ length: 1000 }, (_, i) => 2 * i + 1);
    peer.write(Buffer.concat(ids.map((id) => request(id, { payload: text(`#${id}`) }))));
    const payloads = new Map<number, string>();
    for (const _ of ids) {
      const answer = answerOf(await peer.frame());
      payloads.set(answer.streamId, answer.payload);
    }
    expect(payloads).toEqual(new Map(ids.map((id) => [id, `#${id}`])));
  });

  it.each([
    ["an unknown service", request(1, { service: "test.Other" }), "UNIMPLEMENTED", "service test.Other"],
    ["an unknown method", request(1, { method: "Nothing" }), "UNIMPLEMENTED", "method Nothing"],
    [
      "a method of Object.prototype",
      request(1, { method: "constructor" }),
      "UNIMPLEMENTED",
      "method constructor",
    ],
    ["an even stream id", request(2), "INVALID_ARGUMENT", "even"],
    ["stream id 0", request(0), "INVALID_ARGUMENT", "even"],
    [
      "an undecodable request",
      encodeFrame({ streamId: 1, type: 1, flags: 0, data: Buffer.from("0a05", "hex") }),
      "INVALID_ARGUMENT",
      "unmarshal request error",
    ],
    [
      "data on a stream that is not open",
      encodeFrame({ streamId: 1, type: 3, flags: 0, data: text("x") }),
      "INVALID_ARGUMENT",
      "no longer active",
    ],
  ])("answers %s on that stream and goes on", async (_what, bytes, code, message) => {
    const { peer } = serve(echo);
    peer.write(bytes);
    const answer = answerOf(await peer.frame());
    expect(answer.code).toBe(code);
    expect(answer.message).toContain(message);
    peer.write(request(101, { payload: text("still here") }));
    expect(answerOf(await peer.frame())).toMatchObject({ streamId: 101, payload: "still here" });
  });

  it("refuses a stream id that does not increase", async () => {
    const { peer } = serve(echo);
    peer.write(Buffer.concat([request(5), request(5), request(3), request(7)]));
    const codes = [];
    for (let i = 0; i < 4; i++) {
      const { streamId, code } = answerOf(await peer.frame());
      codes.push(`${streamId} ${code}`);
    }
    expect(codes.sort()).toEqual(["3 INVALID_ARGUMENT", "5 INVALID_ARGUMENT", "5 OK", "7 OK"]);
  });

  it("drains an oversize request, answers its stream RESOURCE_EXHAUSTED and goes on", async () => {
    const { peer } = serve(echo);
    const header = Buffer.alloc(10);
    header.writeUInt32BE(MAX_DATA_BYTES + 1, 0);
    header.writeUInt32BE(1, 4);
    header[8] = 1;
    peer.write(header);
    peer.write(Buffer.alloc(MAX_DATA_BYTES + 1, 1));
    peer.write(request(3, { payload: text("after") }));
    expect(answerOf(await peer.frame())).toMatchObject({ streamId: 1, code: "RESOURCE_EXHAUSTED" });
    expect(answerOf(await peer.frame())).toMatchObject({ streamId: 3, payload: "after" });
  });

  it("answers RESOURCE_EXHAUSTED in place of an oversize response", async () => {
    const { peer } = serve({ Big: async () => new Uint8Array(MAX_DATA_BYTES), ...echo });
    peer.write(request(1, { method: "Big" }));
    expect(answerOf(await peer.frame())).toMatchObject({ streamId: 1, code: "RESOURCE_EXHAUSTED" });
    peer.write(request(3, { payload: text("after") }));
    expect(answerOf(await peer.frame())).toMatchObject({ streamId: 3, payload: "after" });
  });

  it("answers with the largest response that fits", async () => {
    // Tag and length of the payload field take 1 + 4 bytes.
    const { peer } = serve({ Big: async () => new Uint8Array(MAX_DATA_BYTES - 5) });
    peer.write(request(1, { method: "Big" }));
    expect((await peer.frame()).data.length).toBe(MAX_DATA_BYTES);
  });

  it("ignores frames of unknown types", async () => {
    const { peer } = serve(echo);
    peer.write(encodeFrame({ streamId: 1, type: 9, flags: 0xff, data: text("?") }));
    peer.write(encodeFrame({ streamId: 1, type: 2, flags: 0, data: text("?") }));
    peer.write(request(1, { payload: text("x") }));
    expect(answerOf(await peer.frame())).toMatchObject({ streamId: 1, payload: "x" });
  });

  it("turns a TtrpcError into its status, with details", async () => {
    const { peer } = serve({
      Fail: async () => {
        throw new TtrpcError("FAILED_PRECONDITION", 'exec "a": failed precondition', {
          details: [{ typeUrl: "test.Detail", value: text("d") }],
        });
      },
    });
    peer.write(request(1, { method: "Fail" }));
    const answer = answerOf(await peer.frame());
    expect(answer).toMatchObject({
      code: "FAILED_PRECONDITION",
      message: 'exec "a": failed precondition',
      payload: "",
    });
    expect(answer.details).toHaveLength(1);
    expect(answer.details[0]).toMatchObject({ typeUrl: "test.Detail" });
  });

  it.each([
    ["rejects with a plain error", async () => Promise.reject(new Error("it broke")), "it broke"],
    [
      "throws before it returns a promise",
      () => {
        throw new Error("at once");
      },
      "at once",
    ],
  ])("answers UNKNOWN with the message when a handler %s", async (_what, handler, message) => {
    const { peer } = serve({ Fail: handler });
    peer.write(request(1, { method: "Fail" }));
    expect(answerOf(await peer.frame())).toMatchObject({ code: "UNKNOWN", message });
  });

  it("cuts an error message that does not fit a frame", async () => {
    const { peer } = serve({
      Fail: async () => Promise.reject(new TtrpcError("NOT_FOUND", "x".repeat(MAX_DATA_BYTES))),
    });
    peer.write(request(1, { method: "Fail" }));
    const answer = answerOf(await peer.frame());
    expect(answer.code).toBe("NOT_FOUND");
    expect(answer.message.length).toBeLessThan(10_000);
  });

  it("answers INTERNAL when the payload is not the method's message", async () => {
    const { peer } = serve({
      Typed: unary(google.protobuf.Timestamp, google.protobuf.Empty, async () => ({})),
    });
    peer.write(request(1, { method: "Typed", payload: Buffer.from("08", "hex") }));
    const answer = answerOf(await peer.frame());
    expect(answer.code).toBe("INTERNAL");
    expect(answer.message).toMatch(/^ttrpc: error unmarshalling payload: /);
  });

  it("gives the handler service, method, metadata with lower-case keys and all values, and the timeout", async () => {
    const seen = gate<CallContext>();
    const { peer } = serve({
      Echo: async (payload, call) => {
        seen.open(call);
        return payload;
      },
    });
    const metadata = [
      { key: "Containerd-Namespace-Ttrpc", value: "k8s.io" },
      { key: "traceparent", value: "a" },
      { key: "TraceParent", value: "b" },
    ];
    const data = ttrpc.Request.encode({ service: "test.Test", method: "Echo", metadata }).finish();
    peer.write(encodeFrame({ streamId: 1, type: 1, flags: 0, data }));
    const call = await seen.opened;
    expect(call).toMatchObject({ service: "test.Test", method: "Echo", timeoutNs: 0n, connectionId: 1 });
    expect(call.metadata).toEqual(
      new Map([
        ["containerd-namespace-ttrpc", ["k8s.io"]],
        ["traceparent", ["a", "b"]],
      ]),
    );
  });

  it("aborts a handler with DEADLINE_EXCEEDED when timeout_nano is over", async () => {
    const { peer } = serve({
      Wait: (_payload, call) =>
        new Promise((_resolve, reject) => {
          call.signal.addEventListener("abort", () => reject(call.signal.reason));
        }),
    });
    peer.write(request(1, { method: "Wait", timeoutNs: 20_000_000n }));
    expect(answerOf(await peer.frame())).toMatchObject({ streamId: 1, code: "DEADLINE_EXCEEDED" });
  });

  it("starts a call whose timeout is negative as aborted", async () => {
    const { peer } = serve({
      Check: async (payload, call) => {
        call.signal.throwIfAborted();
        return payload;
      },
    });
    peer.write(request(1, { method: "Check", timeoutNs: -1n }));
    expect(answerOf(await peer.frame())).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  });

  it("does not take the longest possible timeout for one that is over", async () => {
    const { peer } = serve({
      Check: async (payload, call) => {
        await new Promise((resolve) => setImmediate(resolve));
        call.signal.throwIfAborted();
        return payload;
      },
    });
    peer.write(request(1, { method: "Check", timeoutNs: 2n ** 63n - 1n }));
    expect(answerOf(await peer.frame())).toMatchObject({ code: "OK" });
  });

  it("aborts handlers with CANCELED when the connection goes, and drops their answers", async () => {
    const aborted = gate<unknown>();
    const { peer, server } = serve({
      Wait: async (payload, call) => {
        await new Promise<void>((resolve) => call.signal.addEventListener("abort", () => resolve()));
        aborted.open(call.signal.reason);
        return payload;
      },
    });
    peer.write(request(1, { method: "Wait" }));
    await expect.poll(() => server.connections).toBe(1);
    peer.socket.destroy();
    expect(await aborted.opened).toMatchObject({ code: "CANCELED" });
    await expect.poll(() => server.connections).toBe(0);
  });

  it("drops only the connection that ends inside a frame", async () => {
    const { peer, server } = serve(echo);
    const [near, far] = socketPair();
    server.handle(far);
    const other = new RawPeer(near);
    peer.write(request(1).subarray(0, 13));
    peer.socket.end();
    expect(await peer.next()).toBeUndefined();
    await expect.poll(() => server.connections).toBe(1);
    other.write(request(1, { payload: text("me") }));
    expect(answerOf(await other.frame())).toMatchObject({ payload: "me" });
  });

  it("refuses a call more than maxStreams, and takes it when one has ended", async () => {
    const open = gate<Uint8Array>();
    const { peer } = serve({ Wait: () => open.opened, ...echo }, { maxStreams: 2 });
    peer.write(Buffer.concat([request(1, { method: "Wait" }), request(3, { method: "Wait" }), request(5)]));
    expect(answerOf(await peer.frame())).toMatchObject({ streamId: 5, code: "RESOURCE_EXHAUSTED" });
    open.open(text("w"));
    await peer.frame();
    await peer.frame();
    peer.write(request(7));
    expect(answerOf(await peer.frame())).toMatchObject({ streamId: 7, code: "OK" });
  });

  it("stops reading from a peer that does not read its answers, and loses none of them", async () => {
    let handled = 0;
    const server = new TtrpcServer([
      {
        name: "test.Test",
        methods: {
          Big: async () => {
            handled += 1;
            return new Uint8Array(256 * 1024);
          },
        },
      },
    ]);
    const [near, far] = socketPair();
    server.handle(far);
    const total = 60;
    let sent = 0;
    // Nobody reads `near`: requests go in for as long as the server takes them.
    const refused = await new Promise<boolean>((resolve) => {
      const pump = (): void => {
        while (sent < total) {
          sent += 1;
          if (!near.write(request(2 * sent - 1, { method: "Big", payload: new Uint8Array(8 * 1024) }))) {
            const stuck = setTimeout(() => resolve(true), 200);
            near.once("drain", () => {
              clearTimeout(stuck);
              pump();
            });
            return;
          }
        }
        resolve(false);
      };
      pump();
    });
    expect(refused).toBe(true);
    expect(handled).toBeLessThan(total / 2);
    const peer = new RawPeer(near);
    for (let i = 0; i < total; i++) expect((await peer.frame()).data.length).toBeGreaterThan(256 * 1024);
    expect(handled).toBe(total);
  });
});

describe("TtrpcServer.shutdown()", () => {
  it("closes an idle connection at once", async () => {
    const { server, peer } = serve(echo);
    await server.shutdown(60_000);
    expect(await peer.next()).toBeUndefined();
    expect(server.connections).toBe(0);
  });

  it("lets a call in progress be answered first", async () => {
    const open = gate<Uint8Array>();
    const { server, peer } = serve({ Wait: () => open.opened });
    peer.write(request(1, { method: "Wait" }));
    await expect.poll(() => server.connections).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    const done = server.shutdown(60_000);
    open.open(text("last"));
    expect(answerOf(await peer.frame())).toMatchObject({ payload: "last" });
    expect(await peer.next()).toBeUndefined();
    await done;
  });

  it("answers the very call that asks for it", async () => {
    const { server, peer } = serve({
      Shutdown: async (payload) => {
        void server.shutdown(60_000);
        return payload;
      },
    });
    peer.write(request(1, { method: "Shutdown", payload: text("bye") }));
    expect(answerOf(await peer.frame())).toMatchObject({ payload: "bye" });
    expect(await peer.next()).toBeUndefined();
  });

  it("aborts what is still running after the grace time", async () => {
    const aborted = gate<unknown>();
    const { server, peer } = serve({
      Wait: (_payload, call) =>
        new Promise((_resolve, reject) => {
          call.signal.addEventListener("abort", () => {
            aborted.open(call.signal.reason);
            reject(call.signal.reason);
          });
        }),
    });
    peer.write(request(1, { method: "Wait" }));
    await new Promise((resolve) => setImmediate(resolve));
    await server.shutdown(10);
    expect(await aborted.opened).toMatchObject({ code: "CANCELED" });
  });

  it("refuses two services of one name", () => {
    const service = { name: "test.Test", methods: {} };
    expect(() => new TtrpcServer([service, service])).toThrow(TypeError);
  });
});
