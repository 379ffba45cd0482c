import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

import type { HostPath } from "../../../src/core/brand.ts";
import { holdOutput } from "../../../src/stdio/hold.ts";

let dir: string;
let stdout: HostPath;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-hold-"));
  stdout = join(dir, "out") as HostPath;
  execFileSync("mkfifo", [stdout]);
});
afterEach(() => rmSync(dir, { recursive: true }));

/** What a reader that does not wait gets; "" is the end. */
function read(fd: number): string {
  const buffer = Buffer.alloc(16);
  try {
    return buffer.toString("utf8", 0, readSync(fd, buffer));
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

it("keeps the reader of a fifo from seeing an end when a writer goes, until it is let go", () => {
  const reader = openSync(stdout, constants.O_RDONLY | constants.O_NONBLOCK);
  const letGo = holdOutput({ kind: "paths", stdout });
  const writer = openSync(stdout, constants.O_WRONLY);
  writeSync(writer, "said");
  closeSync(writer);
  expect(read(reader)).toBe("said");
  expect(read(reader)).toBe("EAGAIN");
  letGo();
  expect(read(reader)).toBe("");
  closeSync(reader);
});

it("neither waits for a reader nor minds what is not there", () => {
  holdOutput({ kind: "paths", stdout, stderr: join(dir, "missing") as HostPath })();
  holdOutput({ kind: "file", file: join(dir, "file") as HostPath })();
});
