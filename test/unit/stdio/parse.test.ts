import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseStdio, type StdioStrings } from "../../../src/stdio/parse.ts";
import { resolveStdio } from "../../../src/stdio/resolve.ts";

const LOGGED = { processId: "e1", containerdNamespace: "default" };
const directory = mkdtempSync(join(tmpdir(), "gantry-stdio-"));
afterAll(() => rmSync(directory, { recursive: true }));

function strings(changes: Partial<StdioStrings>): StdioStrings {
  return { stdin: "", stdout: "", stderr: "", hasTerminal: false, ...changes };
}

test("parseStdio() takes empty strings as /dev/null for all three", () => {
  expect(parseStdio(strings({}), LOGGED)).toEqual({ kind: "paths" });
});

test("parseStdio() takes plain paths and fifo:// alike", () => {
  expect(parseStdio(strings({ stdin: "/a", stdout: "fifo:///b%20c", stderr: "/d?x" }), LOGGED)).toEqual({
    kind: "paths",
    stdin: "/a",
    stdout: "/b c",
    stderr: "/d?x",
  });
});

test("parseStdio() drops stderr with a terminal", () => {
  expect(parseStdio(strings({ stdout: "/b", stderr: "/c", hasTerminal: true }), LOGGED)).toEqual({
    kind: "paths",
    stdout: "/b",
  });
});

test("parseStdio() takes file:// as one file for both outputs", () => {
  expect(parseStdio(strings({ stdin: "/i", stdout: "file:///var/log/x.log" }), LOGGED)).toEqual({
    kind: "file",
    stdin: "/i",
    file: "/var/log/x.log",
  });
});

test("parseStdio() makes argv and environment of a logging program", () => {
  const uri = "binary-v2:///usr/bin/logger?id=7&flag=&id=8&m=a%3Db";
  expect(parseStdio(strings({ stdout: uri }), LOGGED)).toEqual({
    kind: "logger",
    logger: {
      path: "/usr/bin/logger",
      argv: ["/usr/bin/logger", "id", "7", "flag", "m", "a=b"],
      env: ["CONTAINER_ID=e1", "CONTAINER_NAMESPACE=default"],
      needsByte: true,
    },
  });
});

test.each([
  [{ stdout: "ttrpc+unix:///x?streaming_id=1" }, "unknown-scheme"],
  [{ stdin: "file:///x" }, "unknown-scheme"],
  [{ stdout: "relative" }, "bad-uri"],
  [{ stdout: "fifo://%zz" }, "bad-uri"],
  [{ stdout: "file://relative" }, "bad-uri"],
  [{ stdout: "/a\0b" }, "bad-uri"],
])("parseStdio() refuses %o as %s", (changes, code) => {
  expect(() => parseStdio(strings(changes), LOGGED)).toThrowError(expect.objectContaining({ code }));
});

test("resolveStdio() makes the file of file:// and keeps what is in it", () => {
  const file = join(directory, "new", "out.log");
  const resolve = () => resolveStdio(parseStdio(strings({ stdout: `file://${file}` }), LOGGED));
  expect(resolve()).toEqual({
    stdin: { kind: "null" },
    stdout: { kind: "file", path: file },
    stderr: { kind: "file", path: file },
  });
  writeFileSync(file, "kept");
  resolve();
  expect(readFileSync(file, "utf8")).toBe("kept");
  expect(statSync(file).mode & 0o777).toBe(0o644);
});

test("resolveStdio() tells a file from a missing path", () => {
  const file = join(directory, "plain");
  writeFileSync(file, "");
  expect(resolveStdio(parseStdio(strings({ stdout: file }), LOGGED)).stdout).toEqual({
    kind: "file",
    path: file,
  });
  expect(() => resolveStdio(parseStdio(strings({ stdin: `${file}-not` }), LOGGED))).toThrowError(
    expect.objectContaining({ code: "missing" }),
  );
});
