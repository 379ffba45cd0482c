import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { MAX_DATA_BYTES } from "../../../src/ttrpc/frame.ts";
import { STATUS_CODE } from "../../../src/ttrpc/status.ts";
import { waitFor } from "../../helpers/wait.ts";
import { type GoPeer, type GoResult, runGoClient } from "./go-peer.ts";
import { PeerServer } from "./peer-service.ts";

const ok = (value: string) => ({ code: "OK", value });

/** The calls of peer/client.go to our server: one run of the Go program, whose results are looked at one by one. */
export function testGoClient(peer: GoPeer): void {
  let directory: string;
  let server: PeerServer;
  let results: ReadonlyMap<string, GoResult>;
  const resultOf = (name: string): GoResult => {
    const result = results.get(name);
    if (result === undefined) throw new Error(`the Go client made no call "${name}"`);
    return result;
  };

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "gantry-ttrpc-"));
    const socketPath = join(directory, "s");
    server = await PeerServer.listen(socketPath);
    results = await runGoClient(peer, socketPath);
  });
  afterAll(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  it.each([
    ["echo", ok("hello")],
    ["echo empty", ok("")],
    ["metadata", ok("containerd-namespace-ttrpc=k8s.io;trace=one,two")],
    ["plain", { code: "UNKNOWN", message: "just an error" }],
    ["unknown method", { code: "UNIMPLEMENTED", message: "method Nothing" }],
    ["unknown service", { code: "UNIMPLEMENTED", message: "service test.Nobody" }],
    ["undecodable payload", { code: "INTERNAL", message: expect.stringContaining("unmarshalling payload") }],
    ["fail in detail", { code: "FAILED_PRECONDITION", details: ["test.Detail 0001ff"] }],
  ])("gets the right answer: %s", (name, expected) => {
    expect(resultOf(name)).toMatchObject(expected);
  });

  it("knows every status code by our name for it", () => {
    const failures = Object.entries(STATUS_CODE).filter(([name]) => name !== "OK");
    expect(failures).toHaveLength(16);
    for (const [name, code] of failures) {
      expect(resultOf(`fail ${code}`)).toMatchObject({ code: name, message: `it said no: ${code}` });
    }
  });

  it("passes its deadline on, and the call past it is ended on our side too", () => {
    expect(resultOf("no deadline")).toMatchObject(ok("none"));
    expect(Number(resultOf("deadline").value)).toBeGreaterThan(0);
    expect(Number(resultOf("deadline").value)).toBeLessThanOrEqual(60_000);
    expect(resultOf("past deadline").message).toContain("deadline exceeded");
    expect(resultOf("after deadline")).toMatchObject(ok("0"));
    expect(server.endings[0]).toBe("Hang DEADLINE_EXCEEDED");
  });

  it("exchanges the largest messages, and one byte more costs the call but not the connection", () => {
    // Beside the value: the names in the request, and two tags with lengths of four bytes.
    const requestOverhead = 10 + 2 + "test.Peer".length + 2 + "Echo".length;
    expect(resultOf("largest request")).toMatchObject(ok(String(MAX_DATA_BYTES - requestOverhead)));
    expect(resultOf("oversize request")).toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    expect(resultOf("after oversize request")).toMatchObject(ok("3"));
    expect(resultOf("largest response")).toMatchObject(ok(String(MAX_DATA_BYTES - 10)));
    expect(resultOf("oversize response")).toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    expect(resultOf("after oversize response")).toMatchObject(ok("3"));
  });

  it("gets each of 500 concurrent calls its own answer, and 50 on each of 8 connections", () => {
    expect(resultOf("concurrent")).toMatchObject(ok("500"));
    expect(resultOf("connections")).toMatchObject(ok("400"));
  });

  it("ends its open calls when it disconnects, while other connections go on", () => {
    expect(resultOf("before leaving")).toMatchObject(ok(peer.hasStreams ? "2" : "1"));
    expect(resultOf("leaving")).toMatchObject({ code: "error" });
    expect(resultOf("after leaving")).toMatchObject(ok("0"));
  });

  it("reads a connection that we break as closed, for every open call", async () => {
    expect(resultOf("before the drop")).toMatchObject({ code: "OK" });
    expect(resultOf("dropping")).toMatchObject({ code: "error", message: "ttrpc: closed" });
    expect(resultOf("dropped")).toMatchObject({ code: "error", message: "ttrpc: closed" });
    // One call past its deadline, those of the connection it left, the one of the connection we broke.
    const canceled = peer.hasStreams
      ? ["Chat CANCELED", "Hang CANCELED", "Hang CANCELED"]
      : ["Hang CANCELED", "Hang CANCELED"];
    expect(server.endings.slice(1).sort()).toEqual(canceled);
    await waitFor("the end of every connection", () => server.connections === 0);
  });

  if (!peer.hasStreams) {
    it("has no streams: nothing to call", () => {
      expect([...results.keys()].filter((name) => /count|join|chat|stream/.test(name))).toEqual([]);
    });
    return;
  }

  it.each([
    ["count", ok("#0+#1+#2+#3")],
    ["count none", ok("")],
    ["count wrong", { code: "INVALID_ARGUMENT", message: "not a number" }],
    ["join", ok("a++c")],
    ["join none", ok("")],
    ["chat", ok("ping++pong")],
    ["chat fail", { code: "ABORTED", message: "as you wish", value: "ping" }],
    ["chat many", ok("2000")],
    ["unknown stream", { code: "UNIMPLEMENTED", message: "method Nothing" }],
    ["after the streams", ok("still here")],
  ])("streams with the right outcome: %s", (name, expected) => {
    expect(resultOf(name)).toMatchObject(expected);
  });
}
