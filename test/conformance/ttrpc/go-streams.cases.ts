import { expect, it } from "vitest";
import { MAX_DATA_BYTES } from "../../../src/ttrpc/frame.ts";
import type { GoPeer } from "./go-peer.ts";
import type { PeerClient, PeerStream } from "./peer-client.ts";

/** Our streams against the Go program serving test.Peer. */
export function testGoStreams(peer: GoPeer, connect: () => Promise<PeerClient>): void {
  if (!peer.hasStreams) {
    it("has no streams: ours get UNIMPLEMENTED and cost it nothing", async () => {
      const client = await connect();
      const chat = client.open("Chat");
      await chat.send("ping");
      await expect(chat.next()).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
      await expect(client.count("3").next()).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
      expect(await client.call("Echo", "still here")).toBe("still here");
    });
    return;
  }

  it("streams to us: many messages, none, or a status", async () => {
    const client = await connect();
    expect(await client.count("4").rest()).toEqual(["#0", "#1", "#2", "#3"]);
    expect(await client.count("0").rest()).toEqual([]);
    await expect(client.count("x").rest()).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "not a number",
    });
  });

  it.each([{ texts: ["a", "", "c"] }, { texts: [] }])(
    "takes our stream of $texts and answers once",
    async ({ texts }) => {
      const join = (await connect()).open("Join");
      for (const text of texts) await join.send(text);
      join.closeSend();
      expect(await join.rest()).toEqual([texts.join("+")]);
    },
  );

  it("streams both ways, empty messages too, until we close our side", async () => {
    const chat = (await connect()).open("Chat");
    for (const text of ["ping", "", "pong"]) {
      await chat.send(text);
      expect(await chat.next()).toBe(text);
    }
    chat.closeSend();
    expect(await chat.next()).toBeUndefined();
  });

  it("ends a stream with a status after messages, and we can send no more", async () => {
    const client = await connect();
    const chat = client.open("Chat");
    await chat.send("ping");
    expect(await chat.next()).toBe("ping");
    await chat.send("fail");
    const aborted = { code: "ABORTED", message: "as you wish" };
    await expect(chat.next()).rejects.toMatchObject(aborted);
    // Data on a stream that has ended would crash ttrpc 1.2's server.
    await expect(chat.send("more")).rejects.toMatchObject(aborted);
    expect(await client.call("Echo", "still here")).toBe("still here");
  });

  it("answers an unknown stream UNIMPLEMENTED", async () => {
    await expect((await connect()).open("Nothing").next()).rejects.toMatchObject({ code: "UNIMPLEMENTED" });
  });

  it("keeps the order of 2000 messages that are on the way at once", async () => {
    const chat = (await connect()).open("Chat");
    const sizes = Array.from({ length: 2000 }, (_, i) => i);
    const sendAll = async (): Promise<void> => {
      for (const size of sizes) await chat.send(new Uint8Array(size));
      chat.closeSend();
    };
    const [received] = await Promise.all([chat.rest(), sendAll()]);
    expect(received.map((text) => text.length)).toEqual(sizes);
  });

  it("keeps 20 streams and the calls between them apart on one connection", async () => {
    const client = await connect();
    const converse = async (name: string): Promise<void> => {
      const chat: PeerStream = client.open("Chat");
      for (let i = 0; i < 25; i++) {
        await chat.send(`${name} ${i}`);
        expect(await client.call("Echo", `${name} ${i}`)).toBe(`${name} ${i}`);
        expect(await chat.next()).toBe(`${name} ${i}`);
      }
      chat.closeSend();
      expect(await chat.rest()).toEqual([]);
    };
    await Promise.all(Array.from({ length: 20 }, (_, i) => converse(`stream ${i}`)));
  });

  it("takes the largest message; one byte more is not sent, and the stream goes on", async () => {
    const chat = (await connect()).open("Chat");
    // A message of a stream is a frame's data as it is: only its own tag and length are added.
    const mostBytes = MAX_DATA_BYTES - 5;
    await expect(chat.send(new Uint8Array(mostBytes + 1))).rejects.toMatchObject({
      code: "RESOURCE_EXHAUSTED",
    });
    await chat.send(new Uint8Array(mostBytes));
    expect((await chat.next())?.length).toBe(mostBytes);
    chat.closeSend();
    expect(await chat.rest()).toEqual([]);
  });

  it("goes on sending on a stream that we gave up: the rest is dropped, other calls go on", async () => {
    const client = await connect();
    const count = client.count("5000");
    expect(await count.next()).toBe("#0");
    count.cancel();
    await expect(count.next()).rejects.toMatchObject({ code: "CANCELED" });
    expect(await client.call("Echo", "still here")).toBe("still here");
  });

  it("ends our open streams when we disconnect", async () => {
    const stays = await connect();
    const leaves = await connect();
    const chat = leaves.open("Chat");
    await stays.call("AwaitOpen", "1", { timeoutMs: 10_000 });
    leaves.close();
    await expect(chat.next()).rejects.toMatchObject({ code: "closed", message: "ttrpc: closed" });
    expect(await stays.call("AwaitOpen", "0", { timeoutMs: 10_000 })).toBe("0");
  });
}
