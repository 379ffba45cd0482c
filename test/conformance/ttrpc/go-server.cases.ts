import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { MAX_DATA_BYTES } from "../../../src/ttrpc/frame.ts";
import { STATUS_CODE } from "../../../src/ttrpc/status.ts";
import { type GoPeer, type GoServer, startGoServer } from "./go-peer.ts";
import { testGoStreams } from "./go-streams.cases.ts";
import { PeerClient } from "./peer-client.ts";

// Beside the value: two tags with lengths of four bytes, and in a request the names.
const RESPONSE_OVERHEAD = 10;
const REQUEST_OVERHEAD = 10 + 2 + "test.Peer".length + 2 + "Echo".length;
// AwaitOpen answers when something has happened; a call that waits in vain must fail, not hang.
const SOON = { timeoutMs: 10_000 };

/** Our client against the Go program serving test.Peer. */
export function testGoServer(peer: GoPeer): void {
  let directory: string;
  let socketPath: string;
  let server: GoServer;
  const clients: PeerClient[] = [];
  const connect = async (path = socketPath): Promise<PeerClient> => {
    const client = await PeerClient.connect(path);
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "gantry-ttrpc-"));
    socketPath = join(directory, "s");
    server = await startGoServer(peer, socketPath);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  it("answers unary calls, empty ones too", async () => {
    const client = await connect();
    expect(await client.call("Echo", "hello")).toBe("hello");
    expect(await client.call("Echo", "")).toBe("");
  });

  it("sends every status code that we know, with its message", async () => {
    const client = await connect();
    const failures = Object.entries(STATUS_CODE).filter(([name]) => name !== "OK");
    for (const [code, number] of failures) {
      const message = `it said no: ${number}`;
      await expect(client.call("Fail", `${number} ${message}`)).rejects.toMatchObject({ code, message });
    }
  });

  it("sends the details of a status", async () => {
    const client = await connect();
    const error = await client.call("FailInDetail", "9 see the detail").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "FAILED_PRECONDITION", message: "see the detail" });
    expect(error).toMatchObject({ details: [{ typeUrl: "test.Detail", value: Buffer.of(0, 1, 0xff) }] });
  });

  it("answers a plain error, an unknown method and service, and a broken payload as we do", async () => {
    const client = await connect();
    const broken = Buffer.from("0a05", "hex");
    await expect(client.call("Plain", "oh")).rejects.toMatchObject({ code: "UNKNOWN", message: "oh" });
    await expect(client.call("Nothing")).rejects.toMatchObject({
      code: "UNIMPLEMENTED",
      message: "method Nothing",
    });
    await expect(client.ttrpc.call("test.Nobody", "Echo", broken)).rejects.toMatchObject({
      code: "UNIMPLEMENTED",
      message: "service test.Nobody",
    });
    await expect(client.ttrpc.call("test.Peer", "Echo", broken)).rejects.toMatchObject({
      code: "INTERNAL",
      message: expect.stringContaining("unmarshalling payload"),
    });
  });

  it("receives our metadata, several values of a key included", async () => {
    const client = await connect();
    const metadata = { "Containerd-Namespace-Ttrpc": "k8s.io", trace: ["one", "two"] };
    expect(await client.call("Metadata", "", { metadata })).toBe(
      "containerd-namespace-ttrpc=k8s.io;trace=one,two",
    );
    expect(await client.call("Metadata")).toBe("");
  });

  it("receives our deadline, and ends the call past it on its side too", async () => {
    const client = await connect();
    expect(await client.call("Deadline")).toBe("none");
    const leftMs = Number(await client.call("Deadline", "", { timeoutMs: 60_000 }));
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(60_000);
    const late = client.call("Hang", "", { timeoutMs: 100 });
    await expect(late).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(await client.call("AwaitOpen", "0", SOON)).toBe("0");
  });

  it("exchanges the largest messages with us", async () => {
    const client = await connect();
    const request = new Uint8Array(MAX_DATA_BYTES - REQUEST_OVERHEAD);
    expect((await client.call("Echo", request)).length).toBe(request.length);
    const responseBytes = MAX_DATA_BYTES - RESPONSE_OVERHEAD;
    expect((await client.call("Big", String(responseBytes))).length).toBe(responseBytes);
  });

  it("is not sent an oversize request, and the connection goes on", async () => {
    const client = await connect();
    const request = new Uint8Array(MAX_DATA_BYTES - REQUEST_OVERHEAD + 1);
    await expect(client.call("Echo", request)).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    expect(await client.call("Echo", "still here")).toBe("still here");
  });

  it("answers with too much: the call fails, and the connection goes on unless the server drops it", async () => {
    const client = await connect();
    const big = client.call("Big", String(MAX_DATA_BYTES - RESPONSE_OVERHEAD + 1));
    if (peer.refusesOversize) {
      // It gives up the whole connection when it may not send an answer.
      await expect(big).rejects.toMatchObject({ code: "closed", message: "ttrpc: closed" });
    } else {
      await expect(big).rejects.toMatchObject({ code: "RESOURCE_EXHAUSTED" });
      expect(await client.call("Echo", "still here")).toBe("still here");
    }
  });

  it("gets each of 500 concurrent calls its own answer, and 50 on each of 8 connections", async () => {
    const echoAll = async (client: PeerClient, count: number): Promise<void> => {
      const values = Array.from({ length: count }, (_, i) => `${i} `.repeat(i * 7));
      expect(await Promise.all(values.map((value) => client.call("Echo", value)))).toEqual(values);
    };
    await echoAll(await connect(), 500);
    await Promise.all(Array.from({ length: 8 }, async () => echoAll(await connect(), 50)));
  });

  it("ends our open calls when we disconnect, while other connections go on", async () => {
    const stays = await connect();
    const leaves = await connect();
    const hung = leaves.call("Hang");
    await stays.call("AwaitOpen", "1", SOON);
    leaves.close();
    await expect(hung).rejects.toMatchObject({ code: "closed", message: "ttrpc: closed" });
    expect(await stays.call("AwaitOpen", "0", SOON)).toBe("0");
  });

  it("dies: every open call fails as closed, and so does the next one", async () => {
    const path = join(directory, "dies");
    const dying = await startGoServer(peer, path);
    const client = await connect(path);
    const hung = [client.call("Hang"), client.call("Hang")];
    await client.call("AwaitOpen", "2", SOON);
    dying.kill();
    const closed = { code: "closed", message: "ttrpc: closed" };
    for (const call of hung) await expect(call).rejects.toMatchObject(closed);
    await client.ttrpc.closed;
    await expect(client.call("Echo")).rejects.toMatchObject(closed);
  });

  testGoStreams(peer, () => connect());
}
