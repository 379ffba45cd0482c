import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTextIfExists, removeTree, writeFileAtomic } from "../../../src/host/files.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-files-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("writeFileAtomic()", () => {
  it("replaces the content and sets the exact mode whatever the umask", () => {
    const path = join(dir, "state.json");
    writeFileAtomic(path, "one", 0o600);
    writeFileAtomic(path, "two", 0o666);
    expect(readFileSync(path, "utf8")).toBe("two");
    expect(statSync(path).mode & 0o777).toBe(0o666);
    expect(readdirSync(dir)).toEqual(["state.json"]);
  });
  it("leaves no temporary file when the rename fails", () => {
    mkdirSync(join(dir, "taken"));
    expect(() => writeFileAtomic(join(dir, "taken"), "x", 0o600)).toThrow(/EISDIR|EEXIST|ENOTEMPTY/);
    expect(readdirSync(dir)).toEqual(["taken"]);
  });
});

describe("readTextIfExists()", () => {
  it("tells a missing file from an unreadable one", () => {
    expect(readTextIfExists(join(dir, "none"))).toBeUndefined();
    writeFileSync(join(dir, "file"), "x");
    expect(readTextIfExists(join(dir, "file", "below"))).toBeUndefined();
    expect(() => readTextIfExists(dir)).toThrow(/EISDIR/);
  });
});

describe("removeTree()", () => {
  it("removes a tree and the links in it, not what they point to", () => {
    const outside = join(dir, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "keep"), "x");
    mkdirSync(join(dir, "tree/a/b"), { recursive: true });
    writeFileSync(join(dir, "tree/a/b/file"), "x");
    symlinkSync(outside, join(dir, "tree/a/link"));
    symlinkSync("nowhere", join(dir, "tree/dangling"));
    chmodSync(join(dir, "tree/a/b"), 0o500);
    removeTree(join(dir, "tree"));
    expect(existsSync(join(dir, "tree"))).toBe(false);
    expect(readFileSync(join(outside, "keep"), "utf8")).toBe("x");
  });
  it("unlinks a path that is a link, and takes a missing one as done", () => {
    mkdirSync(join(dir, "target"));
    symlinkSync(join(dir, "target"), join(dir, "link"));
    removeTree(join(dir, "link"));
    expect(existsSync(join(dir, "target"))).toBe(true);
    expect(existsSync(join(dir, "link"))).toBe(false);
    removeTree(join(dir, "link"));
    removeTree(join(dir, "no/such/parent"));
  });
  it("works below a parent that is a link", () => {
    mkdirSync(join(dir, "real/tree"), { recursive: true });
    symlinkSync(join(dir, "real"), join(dir, "alias"));
    removeTree(join(dir, "alias/tree"));
    expect(readdirSync(join(dir, "real"))).toEqual([]);
  });
});
