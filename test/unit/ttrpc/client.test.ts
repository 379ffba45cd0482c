import { describe, expect, it } from "vitest";
import { google } from "../../../src/gen/ttrpc.js";
import { callUnary, TtrpcClient } from "../../../src/ttrpc/client.ts";
import { TtrpcError } from "../../../src/ttrpc/errors.ts";
import { encodeFrame, MAX_DATA_BYTES } from "../../../src/ttrpc/frame.ts";
import { decodeRequest, encodeData, encodeFailure, encodeResponse } from "../../../src/ttrpc/message.ts";
import { RawPeer } from "./raw-peer.ts";
import { socketPair } from "./socket-pair.ts";

const text = (value: string): Uint8Array => Buffer.from(value);
const empty = new Uint8Array(0);

function connected() {
  const [near, far] = socketPair();
  return { client: new TtrpcClient(near), peer: new RawPeer(far) };
}

describe("TtrpcClient.call()", () => {
  it("sends requests on odd, increasing ids with flags 0, and takes answers in any order", async () => {
    const { client, peer } = connected();
    const first = client.call("s", "A", text("a"));
    const second = client.call("s", "B", text("b"));
    const frames = [await peer.frame(), await peer.frame()];
    expect(frames.map(({ streamId, type, flags }) => ({ streamId, type, flags }))).toEqual([
      { streamId: 1, type: 1, flags: 0 },
      { streamId: 3, type: 1, flags: 0 },
    ]);
    peer.write(encodeResponse(3, text("for b")));
    peer.write(encodeResponse(1, text("for a")));
    expect(Buffer.from(await first).toString()).toBe("for a");
    expect(Buffer.from(await second).toString()).toBe("for b");
  });

  it("sends service, method, payload, deadline and every value of the metadata", async () => {
    const { client, peer } = connected();
    const call = client.call("test.Test", "Do", text("p"), {
      timeoutMs: 1500,
      metadata: { "Containerd-Namespace-Ttrpc": "default", trace: ["1", "2"] },
    });
    const { payload, ...request } = decodeRequest((await peer.frame()).data);
    expect(Buffer.from(payload).toString()).toBe("p");
    expect(request).toEqual({
      service: "test.Test",
      method: "Do",
      timeoutNs: 1_500_000_000n,
      metadata: new Map([
        ["containerd-namespace-ttrpc", ["default"]],
        ["trace", ["1", "2"]],
      ]),
    });
    peer.write(encodeResponse(1, empty));
    await call;
  });

  it("fails with the status the server sent, details included", async () => {
    const { client, peer } = connected();
    const call = client.call("s", "m", empty);
    await peer.frame();
    const details = [{ typeUrl: "test.Detail", value: text("d") }];
    peer.write(encodeFailure(1, new TtrpcError("NOT_FOUND", "task c1: not found", { details })));
    await expect(call).rejects.toMatchObject({
      code: "NOT_FOUND",
      kind: "not-found",
      message: "task c1: not found",
    });
    await call.catch((error: TtrpcError) => {
      expect(error.details.map(({ typeUrl, value }) => `${typeUrl} ${Buffer.from(value)}`)).toEqual([
        "test.Detail d",
      ]);
    });
  });

  it("reads a status code nobody has defined as UNKNOWN", async () => {
    const { client, peer } = connected();
    const call = client.call("s", "m", empty);
    await peer.frame();
    // Response { status { code: 99 } }
    peer.write(encodeFrame({ streamId: 1, type: 2, flags: 0, data: Buffer.from("0a020863", "hex") }));
    await expect(call).rejects.toMatchObject({ code: "UNKNOWN" });
  });

  it("fails with DEADLINE_EXCEEDED by itself, and drops the late answer", async () => {
    const { client, peer } = connected();
    const late = client.call("s", "m", empty, { timeoutMs: 10 });
    await expect(late).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await peer.frame();
    peer.write(encodeResponse(1, text("late")));
    const next = client.call("s", "m", empty);
    await peer.frame();
    peer.write(encodeResponse(3, text("next")));
    expect(Buffer.from(await next).toString()).toBe("next");
  });

  it("fails with CANCELED when its signal is aborted, before or during the call", async () => {
    const { client } = connected();
    const controller = new AbortController();
    const call = client.call("s", "m", empty, { signal: controller.signal });
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "CANCELED" });
    await expect(client.call("s", "m", empty, { signal: controller.signal })).rejects.toMatchObject({
      code: "CANCELED",
    });
  });

  it.each(["the server closes", "the client closes"])(
    'fails with exactly "ttrpc: closed" when %s',
    async (who) => {
      const { client, peer } = connected();
      const outstanding = client.call("s", "m", empty);
      await peer.frame();
      if (who === "the server closes") peer.socket.destroy();
      else client.close();
      await expect(outstanding).rejects.toMatchObject({ code: "closed", message: "ttrpc: closed" });
      await client.closed;
      await expect(client.call("s", "m", empty)).rejects.toMatchObject({
        code: "closed",
        message: "ttrpc: closed",
      });
    },
  );

  it("refuses a request over the limit, sends nothing, and goes on", async () => {
    const { client, peer } = connected();
    await expect(client.call("s", "m", new Uint8Array(MAX_DATA_BYTES))).rejects.toMatchObject({
      code: "RESOURCE_EXHAUSTED",
    });
    const next = client.call("s", "m", empty);
    expect((await peer.frame()).streamId).toBe(1);
    peer.write(encodeResponse(1, empty));
    await next;
  });

  it("fails only the call whose response is over the limit", async () => {
    const { client, peer } = connected();
    const big = client.call("s", "m", empty);
    const small = client.call("s", "m", empty);
    const header = Buffer.from("00400001 00000001 02 00".replaceAll(" ", ""), "hex");
    peer.write(Buffer.concat([header, Buffer.alloc(MAX_DATA_BYTES + 1), encodeResponse(3, text("ok"))]));
    await expect(big).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    expect(Buffer.from(await small).toString()).toBe("ok");
  });

  it("fails with INTERNAL when the answer is no response, or data on a unary call", async () => {
    const { client, peer } = connected();
    const garbled = client.call("s", "m", empty);
    peer.write(encodeFrame({ streamId: 1, type: 2, flags: 0, data: Buffer.from("0a05", "hex") }));
    await expect(garbled).rejects.toMatchObject({ code: "INTERNAL" });
    const streamed = client.call("s", "m", empty);
    peer.write(encodeData(3, 0, text("x")));
    await expect(streamed).rejects.toMatchObject({ code: "INTERNAL" });
  });
});

describe("callUnary()", () => {
  it("encodes the request and decodes the response", async () => {
    const { client, peer } = connected();
    const { Empty, Timestamp } = google.protobuf;
    const call = callUnary(
      client,
      { service: "s", method: "m", request: Timestamp, response: Empty },
      { nanos: 7 },
    );
    expect(Timestamp.decode(decodeRequest((await peer.frame()).data).payload).nanos).toBe(7);
    peer.write(encodeResponse(1, empty));
    expect(await call).toBeInstanceOf(Empty);
  });
});

describe("TtrpcClient.connect()", () => {
  it.each(["vsock://2:1024", "relative/path", "", "unix://", "/a\0b"])(
    "refuses the address %j",
    async (address) => {
      await expect(TtrpcClient.connect(address)).rejects.toMatchObject({ code: "address" });
    },
  );

  it.each(["", "unix://"])("names the path and the reason when nobody listens (%jpath)", async (scheme) => {
    await expect(TtrpcClient.connect(`${scheme}/nonexistent/gantry.sock`)).rejects.toMatchObject({
      code: "connect",
      message: expect.stringMatching(/"\/nonexistent\/gantry\.sock".*ENOENT/),
    });
  });
});
