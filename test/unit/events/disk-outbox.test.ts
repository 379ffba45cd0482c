import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { silentLogger } from "../../../src/core/log.ts";
import { diskOutbox } from "../../../src/events/disk-outbox.ts";

let dir: string;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), "gantry-outbox-")), "events");
});
afterEach(() => {
  chmodSync(dir, 0o700);
  rmSync(join(dir, ".."), { recursive: true });
});

const entry = (topic: string) => ({ topic, request: Buffer.from(`request\nof ${topic}`) });

it("keeps events for a later process, in their order", () => {
  const outbox = diskOutbox(dir, silentLogger);
  for (let i = 0; i < 12; i++) outbox.add(entry(`/t/${i}`));
  const first = outbox.first();
  if (first) outbox.remove(first);
  const later = diskOutbox(dir, silentLogger);
  later.add(entry("/t/12"));
  expect(later.size).toBe(12);
  const seen: string[] = [];
  for (let next = later.first(); next !== undefined; next = later.first()) {
    expect(Buffer.from(next.request)).toEqual(entry(next.topic).request);
    seen.push(next.topic);
    later.remove(next);
  }
  expect(seen).toEqual(Array.from({ length: 12 }, (_, i) => `/t/${i + 1}`));
  expect(readdirSync(dir)).toEqual([]);
});

it("drops what was cut off while it was written", () => {
  diskOutbox(dir, silentLogger).add(entry("/t/0"));
  writeFileSync(join(dir, ".0000000000000002.9.9"), "half");
  writeFileSync(join(dir, "0000000000000003"), "no topic");
  const outbox = diskOutbox(dir, silentLogger);
  expect(outbox.size).toBe(1);
  expect(readdirSync(dir)).toEqual(["0000000000000001"]);
});

it("keeps events in memory when they cannot be written", () => {
  const outbox = diskOutbox(dir, silentLogger);
  rmSync(dir, { recursive: true });
  writeFileSync(dir, "in the way");
  outbox.add(entry("/t/0"));
  expect(outbox.first()?.topic).toBe("/t/0");
  outbox.remove(entry("/t/0"));
  expect(outbox.size).toBe(1);
});
