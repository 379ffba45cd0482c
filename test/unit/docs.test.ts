import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { repository } from "../helpers/paths.ts";

const text = (path: string): string => readFileSync(join(repository, path), "utf8");
const rows = text("docs/pitfalls.md")
  .split("\n")
  .filter((line) => /^\| \d+ \|/.test(line));
const references = rows.flatMap((row) =>
  [...row.matchAll(/`([^`]+)` "([^"]+)"/g)].map(([, file = "", title = ""]) => ({ file, title })),
);

it("docs/pitfalls.md has every number once, in order", () => {
  const numbers = rows.map((row) => Number(/\d+/.exec(row)?.[0]));
  expect(numbers).toEqual(Array.from({ length: 48 }, (_, i) => i + 1));
});

it.each(references)("docs/pitfalls.md names a test that exists: $file $title", ({ file, title }) => {
  expect(text(file)).toContain(`"${title}"`);
});
