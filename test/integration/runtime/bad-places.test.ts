/** Places that cannot be written: the pid file, the log, the console socket, and the state root, which may also be full. */
import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bench, running, runtimePath, withProcess } from "./harness.ts";

let bench: Bench;
const mounted: string[] = [];
beforeEach(() => {
  bench = new Bench();
});
afterEach(async () => {
  for (const target of mounted.splice(0)) execFileSync("umount", [target]);
  await bench.dispose();
});

/** A tmpfs of these options on a new directory of the bench. */
function tmpfs(name: string, options: string): string {
  const target = join(bench.dir, name);
  mkdirSync(target);
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", target]);
  mounted.push(target);
  return target;
}

/** What is left, without the file systems that this test has mounted. */
function others(): string[] {
  return bench.leftovers().filter((line) => !mounted.some((target) => line === `mount ${target}`));
}

const oneLine = /^[^\n]+\n$/;

describe("a file that cannot be written", () => {
  it.each([
    ["below a missing directory", "/nope/pid", /Cannot write \/nope\/pid: ENOENT/],
    ["a directory", "/tmp", /Cannot write \/tmp: EISDIR/],
    ["in /proc", "/proc/pid", /Cannot write \/proc\/pid: ENOENT/],
    ["with a name too long", `/tmp/${"a".repeat(300)}`, /Cannot write .*: ENAMETOOLONG/],
  ])("a pid file %s fails create and run, and the container is gone", async (_, file, message) => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    for (const command of [["create"], ["run", "-d"]]) {
      const called = bench.call([...command, "--pid-file", file, "-b", bundle, "c1"]);
      expect(called).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(message) });
      expect(called.stderr).toMatch(oneLine);
      await bench.expectNothingLeft();
    }
  });

  it("a pid file that is a fifo is not replaced", async () => {
    const fifo = join(bench.dir, "fifo");
    execFileSync("mkfifo", [fifo]);
    const bundle = bench.bundle("c1", running("sleep 100"));
    const called = bench.call(["create", "--pid-file", fifo, "-b", bundle, "c1"]);
    expect(called).toMatchObject({ code: 1, stderr: expect.stringContaining("it is not a regular file") });
    expect(lstatSync(fifo).isFIFO()).toBe(true);
    await bench.expectNothingLeft();
  });

  it("a pid file of exec fails it", () => {
    bench.ok(["run", "-d", "-b", bench.bundle("c1", running("sleep 100")), "c1"]);
    const called = bench.call(["exec", "-d", "--pid-file", "/nope/pid", "c1", "sleep", "100"]);
    expect(called).toMatchObject({ code: 255, stderr: expect.stringContaining("Cannot write /nope/pid") });
    bench.ok(["delete", "--force", "c1"]);
  });

  it.each([
    ["below a missing directory", "/nope/log", /cannot open --log .*\/nope\/log.*: ENOENT/],
    ["a directory", "/tmp", /cannot open --log .*\/tmp.*: EISDIR/],
  ])("a log %s is said on standard error, and nothing is begun", async (_, file, message) => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    const called = bench.call(["create", "-b", bundle, "c1"], { global: ["--log", file] });
    expect(called).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(message) });
    expect(called.stderr).toMatch(oneLine);
    await bench.expectNothingLeft();
  });

  it("a log on a full device changes nothing", () => {
    const bundle = bench.bundle("c1", running("true"));
    const global = ["--log", "/dev/full", "--log-format", "json"];
    expect(bench.call(["run", "-b", bundle, "c1"], { global })).toMatchObject({ code: 0 });
    expect(bench.call(["state", "c1"], { global }).stderr).toBe("container does not exist\n");
  });

  it("standard output on a full device is an error of what prints", () => {
    bench.ok(["create", "-b", bench.bundle("c1", running("true")), "c1"]);
    const called = bench.call(["-c", 'exec "$@" >/dev/full', "sh", ...whole("state", "c1")], {
      program: "/bin/sh",
      isWhole: true,
    });
    expect(called).toMatchObject({ code: 1, stderr: expect.stringContaining("ENOSPC") });
    bench.ok(["delete", "c1"]);
  });

  it.each([
    ["no socket", (path: string) => writeFileSync(path, ""), /connection refused|ECONNREFUSED/],
    ["a directory", (path: string) => mkdirSync(path), /connection refused|ECONNREFUSED/],
    ["a fifo", (path: string) => execFileSync("mkfifo", [path]), /connection refused|ECONNREFUSED/],
    ["missing", () => {}, /no such file or directory/],
  ])("a console socket that is %s fails the create", async (_, make, message) => {
    const bundle = bench.bundle("c1", withProcess({ terminal: true, args: ["sh"] }));
    const socket = join(bench.dir, "socket");
    make(socket);
    const called = bench.call(["create", "--console-socket", socket, "-b", bundle, "c1"]);
    expect(called).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
    expect(called.stderr).toMatch(oneLine);
    await bench.expectNothingLeft();
  });
});

function whole(...args: readonly string[]): readonly string[] {
  return [runtimePath, "--root", bench.stateRoot, ...args];
}

describe("a state root", () => {
  it("of a full file system fails a create at whatever step it fills up, and leaves nothing", () => {
    const root = tmpfs("small", "size=64k");
    const bundle = bench.bundle("c1", running("sleep 100"));
    let failures = 0;
    for (let pages = 16; ; pages--) {
      writeFileSync(join(root, "fill"), Buffer.alloc(pages * 4096));
      const called = bench.call(["--root", join(root, "state"), "create", "-b", bundle, "c1"], {
        isWhole: true,
      });
      rmSync(join(root, "fill"));
      if (called.code === 0) break;
      failures++;
      expect(called).toMatchObject({ code: 1, stderr: expect.stringMatching(/no space left on device/i) });
      expect(called.stderr).toMatch(oneLine);
      expect(readdirSync(join(root, "state"))).toEqual([]);
      expect(others()).toEqual([]);
    }
    // At two writes at least: the frozen config and the state.
    expect(failures).toBeGreaterThan(1);
    bench.ok(["--root", join(root, "state"), "delete", "c1"], { isWhole: true });
    expect(readdirSync(join(root, "state"))).toEqual([]);
  });

  it("that fills up does not keep a container from being deleted", () => {
    const root = tmpfs("small", "size=256k");
    const state = ["--root", join(root, "state")];
    const bundle = bench.bundle("c1", running("sleep 100"));
    bench.ok([...state, "run", "-d", "-b", bundle, "c1"], { isWhole: true });
    execFileSync("sh", ["-c", `cat /dev/zero >${root}/fill 2>/dev/null || true`]);
    bench.ok([...state, "kill", "c1", "KILL"], { isWhole: true });
    bench.ok([...state, "delete", "--force", "c1"], { isWhole: true });
    expect(readdirSync(join(root, "state"))).toEqual([]);
  });

  it("that is read-only has no containers and gets none", () => {
    const root = tmpfs("readonly", "ro");
    const bundle = bench.bundle("c1", running("sleep 100"));
    for (const stateRoot of [root, join(root, "below")]) {
      const call = (...args: string[]) => bench.call(["--root", stateRoot, ...args], { isWhole: true });
      const created = call("create", "-b", bundle, "c1");
      expect(created).toMatchObject({ code: 1, stderr: expect.stringContaining("EROFS") });
      expect(created.stderr).toMatch(oneLine);
      for (const command of ["state", "start", "kill", "delete"]) {
        expect(call(command, "c1")).toMatchObject({
          code: 1,
          stderr: expect.stringMatching(/msg="container does not exist"\n$/),
        });
      }
      expect(call("delete", "--force", "c1")).toMatchObject({ code: 0, stderr: "" });
    }
    expect(others()).toEqual([]);
  });

  it("that is a file is an error of everything", async () => {
    const file = join(bench.dir, "file");
    writeFileSync(file, "kept");
    const bundle = bench.bundle("c1", running("sleep 100"));
    const call = (...args: string[]) => bench.call(["--root", file, ...args], { isWhole: true });
    expect(call("create", "-b", bundle, "c1")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(file),
    });
    expect(call("list")).toMatchObject({ code: 1, stderr: expect.stringContaining("ENOTDIR") });
    expect(call("state", "c1").code).toBe(1);
    expect(readFileSync(file, "utf8")).toBe("kept");
    await bench.expectNothingLeft();
  });

  it("of somebody else is left alone by a caller without privileges", () => {
    mkdirSync(bench.stateRoot, { mode: 0o700 });
    chmodSync(bench.dir, 0o755);
    const bundle = bench.bundle("c1", running("sleep 100"));
    const called = bench.call(["create", "-b", bundle, "c1"], { uid: 65534 });
    expect(called).toMatchObject({ code: 1, stderr: expect.stringMatching(/EACCES|permission denied/) });
    expect(called.stderr).toMatch(oneLine);
    expect(readdirSync(bench.stateRoot)).toEqual([]);
  });
});
