import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "vitest";

/** `UPDATE_GOLDEN=1 npx vitest run …` writes what the code says now; the diff is then read in review. */
const isUpdate = process.env["UPDATE_GOLDEN"] === "1";

/** The path of a golden file, e.g. `plan/docker.txt`. */
export function goldenPath(name: string): string {
  return new URL(`../golden/${name}`, import.meta.url).pathname;
}

/** Compare a text with a golden file, or write it. */
export function expectGolden(name: string, text: string): void {
  const path = goldenPath(name);
  if (isUpdate) writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, "utf8"));
}

/** Bytes as hexadecimal lines of 64 characters, the form in which TypeScript and C tests share them. */
export function hexLines(bytes: Uint8Array): string {
  return `${(
    Buffer.from(bytes)
      .toString("hex")
      .match(/.{1,64}/g) ?? []
  ).join("\n")}\n`;
}
