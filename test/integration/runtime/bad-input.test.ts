/** What a careless or hostile caller gives the command line: one line says what is wrong, and nothing is left behind. */
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Spec } from "../../../src/spec/types.ts";
import { Bench, type CallOptions, running, runtimePath, withProcess } from "./harness.ts";

let bench: Bench;
let log: string;
beforeEach(() => {
  bench = new Bench();
  log = join(bench.dir, "log.json");
});
afterEach(() => bench.dispose());

/**
 * Call the runtime with a JSON log and expect a refusal: exit code 1, the same message in one line on standard error and in
 * the log's one line, nothing on standard output.
 */
function refused(args: readonly string[], message: RegExp, options: CallOptions = {}): void {
  rmSync(log, { force: true });
  const called = bench.call(args, { ...options, global: ["--log", log, "--log-format", "json"] });
  expect(called).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(message) });
  expect(called.stderr).toMatch(/^[^\n]+\n$/);
  const lines = readFileSync(log, "utf8").trim().split("\n");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "error", msg: called.stderr.trim() });
}

/** A refused create that left nothing, not even in the state root. */
async function createRefused(bundle: string, message: RegExp, ...flags: readonly string[]): Promise<void> {
  refused(["create", ...flags, "-b", bundle, "c1"], message);
  await bench.expectNothingLeft();
}

/** Through a shell, which can say bytes that no argument of ours can: `$RUNTIME --root $ROOT …`. */
function shell(script: string) {
  return bench.call(["-c", script], {
    program: "/bin/bash",
    isWhole: true,
    env: { RUNTIME: runtimePath, ROOT: bench.stateRoot },
  });
}

describe("in place of config.json", () => {
  it.each<[string, (file: string) => void, RegExp]>([
    ["a fifo", (file) => execFileSync("mkfifo", [file]), /config\.json: it is not a regular file/],
    ["a directory", (file) => mkdirSync(file), /config\.json: it is not a regular file/],
    ["an endless device", (file) => symlinkSync("/dev/zero", file), /it is not a regular file/],
    ["the terminal", (file) => symlinkSync("/dev/tty", file), /ENXIO|not a regular file/],
    ["a link to itself", (file) => symlinkSync("config.json", file), /Cannot read .*config\.json: ELOOP/],
    ["a link to nothing", (file) => symlinkSync("/nope", file), /config\.json does not exist/],
    ["an empty file", (file) => writeFileSync(file, ""), /Cannot parse .*line 1, column 1/],
    [
      "bytes that are not UTF-8",
      (file) => writeFileSync(file, Buffer.from('{"a":"\xff"}', "latin1")),
      /it is not UTF-8/,
    ],
    [
      "lists nested without end",
      (file) => writeFileSync(file, "[".repeat(1_000_000)),
      /Cannot parse .*config\.json/,
    ],
    [
      "a sparse file of 64 GiB",
      (file) => {
        writeFileSync(file, "");
        truncateSync(file, 2 ** 36);
      },
      /more than the 16777216 bytes allowed/,
    ],
  ])("%s", async (_, make, message) => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    const file = join(bundle, "config.json");
    rmSync(file);
    make(file);
    await createRefused(bundle, message);
  });

  it("a socket", async () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    rmSync(join(bundle, "config.json"));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(bundle, "config.json"), resolve));
    try {
      await createRefused(bundle, /Cannot read .*config\.json: ENXIO/);
    } finally {
      server.close();
    }
  });
});

describe("a config.json of 10 MiB", () => {
  const large = "x".repeat(10 * 1024 * 1024);

  it("runs when what is large does not reach the kernel", () => {
    const bundle = bench.bundle("c1", (spec) => ({ ...running("echo ran")(spec), annotations: { large } }));
    expect(bench.call(["run", "-b", bundle, "c1"])).toMatchObject({ code: 0, stdout: "ran\n" });
  });

  it.each<[string, (spec: Spec) => Spec]>([
    ["one variable", withProcess({ env: [`LARGE=${large}`] })],
    [
      "ten thousand variables",
      withProcess({ env: Array.from({ length: 10_240 }, (_, i) => `V${i}=${large.slice(0, 1000)}`) }),
    ],
    ["ten thousand arguments", withProcess({ args: ["true", ...Array(10_240).fill(large.slice(0, 1000))] })],
    [
      "a hundred thousand mounts",
      (spec) => ({
        ...spec,
        mounts: Array(100_000).fill({ destination: "/x", type: "tmpfs", source: "x", options: ["size=1m"] }),
      }),
    ],
  ])("is refused with %s", async (_, change) => {
    const bundle = bench.bundle("c1", change);
    await createRefused(bundle, /larger than 4194304 bytes|more than \d+|at most 65536/);
  });
});

describe("a container id", () => {
  const bad = [
    ...["", ".", "..", "../x", "a/b", "/", "a b", "a\nb", "a\n", "é", "*", "$(id)", "a\u0007", "a:b", "a\\b"],
    ...[".hidden", ".cache", ".gantry-scrap-1-2-3", "a".repeat(256), "a".repeat(100_000)],
  ];

  it("that is not one is refused by every command, and no file is touched", () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    for (const id of bad) refused(["create", "-b", bundle, "--", id], /invalid container id/);
    for (const command of ["state", "start", "kill", "delete", "pause", "resume", "ps", "events"]) {
      refused([command, "--", ".cache"], /^invalid container id/);
    }
    refused(["delete", "--force", "--", "../c1"], /^invalid container id/);
    expect(existsSync(bench.stateRoot)).toBe(false);
    expect(existsSync(join(bundle, "config.json"))).toBe(true);
  });

  it("may be as long as the name of a directory, and have a dash in front", () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    for (const id of ["a".repeat(255), "-", "-b", "--force", "_", "+.-"]) {
      bench.ok(["create", "-b", bundle, "--", id]);
      bench.ok(["exec", "--", id, "true"]);
      expect(JSON.parse(bench.ok(["state", "--", id]))).toMatchObject({ id, status: "created" });
      bench.ok(["delete", "--", id]);
    }
  });
});

describe("bytes that are not UTF-8", () => {
  it.each([
    ["the id", "create -b c1 $'c\\xff'"],
    ["the bundle", "create -b $'c1\\xff' c1"],
    ["the pid file", "create -b c1 --pid-file $'pid\\xff' c1"],
    ["the console socket", "create -b c1 --console-socket $'s\\xff' c1"],
  ])("as %s are refused: the file of another name is not touched", async (_, command) => {
    bench.bundle("c1", running("sleep 100"));
    const before = readdirSync(bench.dir).filter((name) => !name.startsWith("call-"));
    const called = shell(`"$RUNTIME" --root "$ROOT" ${command}`);
    expect(called).toMatchObject({ code: 1, stderr: expect.stringMatching(/argument .* is not UTF-8/) });
    expect(readdirSync(bench.dir).filter((name) => !name.startsWith("call-"))).toEqual(before);
    await bench.expectNothingLeft();
  });

  it("as the log or the state root are refused before a file is made", () => {
    for (const flags of ["--log $'l\\xff' --root \"$ROOT\"", "--root $'r\\xff'"]) {
      const called = shell(`"$RUNTIME" ${flags} create -b c1 c1`);
      expect(called).toMatchObject({ code: 1, stderr: expect.stringMatching(/is not UTF-8/) });
    }
    expect(readdirSync(bench.dir).filter((name) => !name.startsWith("call-"))).toEqual([]);
  });

  it("as an argument of exec are refused, and the character that stands for them is an argument as any other", () => {
    bench.ok(["run", "-d", "-b", bench.bundle("c1", running("sleep 100")), "c1"]);
    const called = shell(`"$RUNTIME" --root "$ROOT" exec c1 echo $'\\xff'`);
    expect(called).toMatchObject({ code: 255, stdout: "", stderr: expect.stringMatching(/is not UTF-8/) });
    expect(bench.ok(["exec", "c1", "echo", "\uFFFD"])).toBe("\uFFFD\n");
    bench.ok(["delete", "--force", "c1"]);
  });
});
