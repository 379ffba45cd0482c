import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { currentTrace, withTrace } from "../../../src/client/trace.ts";
import { Queue } from "../../../src/shim/task/queue.ts";

const trace = (n: number): string => `00-${String(n).padStart(32, "0")}-${"b".repeat(16)}-01`;

describe("withTrace()", () => {
  it("is seen by everything that the work does, and by nothing beside it", async () => {
    const queue = new Queue();
    const seen = await Promise.all(
      [1, 2, 3].map((n) =>
        withTrace(trace(n), async () => {
          await sleep(5 - n);
          return queue.run(async () => {
            await sleep(1);
            return currentTrace();
          });
        }),
      ),
    );
    expect(seen).toEqual([trace(1), trace(2), trace(3)]);
    expect(currentTrace()).toBeUndefined();
  });

  it.each([undefined, "", "00-1-2-01", `${trace(1)}\n`, `x${trace(1)}`])(
    "does not believe %j",
    async (text) => {
      expect(await withTrace(text, async () => currentTrace())).toBeUndefined();
    },
  );
});
