import { describe, expect, it } from "vitest";
import { memoryOutbox, type Outbox, type OutboxEntry } from "../../../src/events/outbox.ts";

const entry = (topic: string): OutboxEntry => ({ topic, request: new Uint8Array(0) });

function filled(maxEntries: number, ...topics: readonly string[]): { outbox: Outbox; dropped: string[] } {
  const dropped: string[] = [];
  const outbox = memoryOutbox(maxEntries, ({ topic }) => dropped.push(topic));
  for (const topic of topics) outbox.add(entry(topic));
  return { outbox, dropped };
}

function drain(outbox: Outbox): string[] {
  const topics: string[] = [];
  for (let first = outbox.first(); first !== undefined; first = outbox.first()) {
    topics.push(first.topic);
    outbox.remove(first);
  }
  return topics;
}

describe("memoryOutbox()", () => {
  it("gives entries back in the order they came", () => {
    const { outbox, dropped } = filled(10, "a", "b", "c");
    expect(outbox.size).toBe(3);
    expect(drain(outbox)).toEqual(["a", "b", "c"]);
    expect(outbox.size).toBe(0);
    expect(outbox.first()).toBeUndefined();
    expect(dropped).toEqual([]);
  });

  it("keeps the first until it is removed", () => {
    const { outbox } = filled(10, "a", "b");
    expect(outbox.first()?.topic).toBe("a");
    expect(outbox.first()?.topic).toBe("a");
  });

  it("drops the oldest when it is full, and says which", () => {
    const { outbox, dropped } = filled(2, "a", "b", "c", "d");
    expect(dropped).toEqual(["a", "b"]);
    expect(drain(outbox)).toEqual(["c", "d"]);
  });

  it("does not remove another entry for one that was dropped while it was on its way", () => {
    const { outbox, dropped } = filled(2, "a", "b");
    const sent = outbox.first();
    outbox.add(entry("c"));
    if (sent !== undefined) outbox.remove(sent);
    expect(dropped).toEqual(["a"]);
    expect(drain(outbox)).toEqual(["b", "c"]);
  });

  it("keeps order and count over many thousand entries", () => {
    const { outbox } = filled(100_000);
    const taken: string[] = [];
    for (let i = 0; i < 5_000; i++) {
      outbox.add(entry(String(2 * i)));
      outbox.add(entry(String(2 * i + 1)));
      const first = outbox.first();
      if (first !== undefined) outbox.remove(first);
      taken.push(first?.topic ?? "");
    }
    expect(outbox.size).toBe(5_000);
    expect([...taken, ...drain(outbox)]).toEqual(Array.from({ length: 10_000 }, (_, i) => String(i)));
  });
});
