import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LogLevel } from "../../../src/core/log.ts";
import { EventPublisher } from "../../../src/events/publisher.ts";
import { TtrpcError } from "../../../src/ttrpc/errors.ts";
import { type EventServer, startEventServer } from "../../helpers/event-server.ts";
import { waitFor, within } from "../../helpers/wait.ts";

let dir: string;
let server: EventServer | undefined;
let lines: { level: LogLevel; message: string }[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-events-"));
  lines = [];
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  rmSync(dir, { recursive: true });
});

const address = () => join(dir, "c.ttrpc");

async function listen(): Promise<EventServer> {
  server = await startEventServer(address());
  return server;
}

function publisher(): EventPublisher {
  return new EventPublisher({
    address: address(),
    logger: { log: (level, message) => lines.push({ level, message }) },
    now: () => 1_700_000_000_123_456_789n,
    retryMs: [1, 5],
  });
}

const start = (id: string) => ({ kind: "start", id, pid: 7 }) as const;
const order = (from: EventServer) => from.events.map(({ containerId }) => containerId);

describe("EventPublisher", () => {
  it("sends namespace, time, topic and message", async () => {
    const containerd = await listen();
    const events = publisher();
    events.publish("k8s.io", {
      kind: "exit",
      id: "c1",
      execId: "e1",
      pid: 7,
      exitStatus: 137,
      exitedAtNs: 5n,
    });
    expect(await events.drain(5_000)).toBe(true);
    expect(containerd.events).toEqual([
      {
        containerdNamespace: "k8s.io",
        topic: "/tasks/exit",
        typeUrl: "containerd.events.TaskExit",
        atNs: 1_700_000_000_123_456_789n,
        containerId: "c1",
        processId: "e1",
        pid: 7,
        exitStatus: 137,
      },
    ]);
  });

  it("sends nothing before publish() has returned", async () => {
    const containerd = await listen();
    const events = publisher();
    events.publish("n", start("a"));
    events.publish("n", start("b"));
    expect(events.pending).toBe(2);
    expect(containerd.events).toEqual([]);
    await events.drain(5_000);
    expect(order(containerd)).toEqual(["a", "b"]);
  });

  it("holds later events back behind one that is not taken, and keeps their order", async () => {
    const containerd = await listen();
    containerd.answerWith(new TtrpcError("UNAVAILABLE", "not now"));
    const events = publisher();
    events.publish("n", start("a"));
    await waitFor("several attempts", () => containerd.refused > 3);
    events.publish("n", start("b"));
    events.publish("n", start("c"));
    expect(order(containerd)).toEqual([]);
    containerd.answerWith(undefined);
    expect(await events.drain(5_000)).toBe(true);
    expect(order(containerd)).toEqual(["a", "b", "c"]);
    // One warning for the whole time, not one for each attempt.
    expect(lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });

  it("waits for a daemon that is not there yet, and finds one that was restarted", async () => {
    const events = publisher();
    events.publish("n", start("a"));
    await waitFor("a warning", () => lines.length > 0);
    const first = await listen();
    await waitFor("the event", () => first.events.length === 1);
    await first.stop();
    server = undefined;
    rmSync(address(), { force: true });
    events.publish("n", start("b"));
    events.publish("n", start("c"));
    const second = await listen();
    expect(await events.drain(5_000)).toBe(true);
    expect(order(second)).toEqual(["b", "c"]);
  });

  it.each(["INVALID_ARGUMENT", "UNIMPLEMENTED"] as const)(
    "drops an event that is answered %s",
    async (code) => {
      const containerd = await listen();
      containerd.answerWith(new TtrpcError(code, "never"));
      const events = publisher();
      events.publish("n", start("a"));
      await waitFor("the refusal", () => events.pending === 0);
      containerd.answerWith(undefined);
      events.publish("n", start("b"));
      expect(await events.drain(5_000)).toBe(true);
      expect(order(containerd)).toEqual(["b"]);
      expect(lines).toEqual([{ level: "error", message: expect.stringContaining("never") }]);
    },
  );

  it("gives up at the end of the grace, and tells that something is left", async () => {
    const containerd = await listen();
    containerd.answerWith(new TtrpcError("UNAVAILABLE", "not now"));
    const events = publisher();
    events.publish("n", start("a"));
    events.publish("n", start("b"));
    expect(await within("drain()", events.drain(50), 2_000)).toBe(false);
    expect(events.pending).toBe(2);
  });

  it("has nothing to wait for when nothing was published", async () => {
    expect(await within("drain()", publisher().drain(5_000), 1_000)).toBe(true);
  });
});
