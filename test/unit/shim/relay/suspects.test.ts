import { expect, it } from "vitest";
import { Suspects } from "../../../../src/shim/relay/suspects.ts";

it("lets one request at a time have its turn, in order", async () => {
  const suspects = new Suspects();
  const seen: string[] = [];
  const first = await suspects.turn();
  const second = suspects.turn().then((release) => {
    seen.push("second");
    return release;
  });
  const third = suspects.turn().then((release) => {
    seen.push("third");
    return release;
  });
  await Promise.resolve();
  expect(seen).toEqual([]);
  first();
  (await second)();
  (await third)();
  expect(seen).toEqual(["second", "third"]);
});

it("lets the next one have its turn when one takes long", async () => {
  const suspects = new Suspects();
  await suspects.turn();
  const began = performance.now();
  (await suspects.turn())();
  expect(performance.now() - began).toBeGreaterThan(1900);
});
