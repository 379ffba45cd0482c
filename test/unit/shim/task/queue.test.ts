import { describe, expect, it } from "vitest";
import { Latch, Queue, within } from "../../../../src/shim/task/queue.ts";

describe("Queue.run()", () => {
  it("runs one after the other, in order, and gives each its own result", async () => {
    const queue = new Queue();
    const log: string[] = [];
    const gate = new Latch<void>();
    const first = queue.run(async () => {
      log.push("first begins");
      await gate.done;
      log.push("first ends");
      return 1;
    });
    const second = queue.run(async () => {
      log.push("second");
      return 2;
    });
    await Promise.resolve();
    expect(log).toEqual(["first begins"]);
    gate.set();
    expect(await Promise.all([first, second])).toEqual([1, 2]);
    expect(log).toEqual(["first begins", "first ends", "second"]);
  });

  it("goes on after a task that failed", async () => {
    const queue = new Queue();
    const failed = queue.run(async () => {
      throw new Error("first");
    });
    const next = queue.run(async () => "next");
    await expect(failed).rejects.toThrow("first");
    expect(await next).toBe("next");
  });
});

describe("Latch", () => {
  it("keeps the first value, for those who wait and those who come late", async () => {
    const latch = new Latch<number>();
    const early = latch.done;
    expect(latch.isSet).toBe(false);
    latch.set(1);
    latch.set(2);
    expect(latch.isSet).toBe(true);
    expect([await early, await latch.done]).toEqual([1, 1]);
  });
});

describe("within()", () => {
  it("tells whether it was done in time; failing counts as done", async () => {
    expect(await within(Promise.resolve(), 1_000)).toBe(true);
    expect(await within(Promise.reject(new Error("x")), 1_000)).toBe(true);
    expect(await within(new Promise(() => {}), 5)).toBe(false);
  });
});
