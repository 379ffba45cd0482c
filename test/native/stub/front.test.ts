import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Bench, buildStub, isAlive, until } from "./bench.ts";
import { fieldsOf, ours, TYPE } from "./wire.ts";

let bench: Bench;

beforeAll(buildStub, 300_000);
beforeEach(async () => {
  bench = await Bench.create();
});
afterEach(() => bench.close());

const START = ["-namespace", "ns", "-address", "/run/c.sock", "-id", "c1", "start"];

describe("the server's start", () => {
  test("has the lock, the socket, its arguments, / and no BUN_*", async () => {
    bench.result = [[2, "0"]];
    await bench.front(START, "x", { BUN_OPTIONS: "--evil", NODE_OPTIONS: "", KEPT: "yes" });
    const server = await bench.instances.next();
    const dir = bench.nodeDir;
    expect(server.args).toEqual([
      "-address",
      "/run/c.sock",
      "-node-dir",
      dir,
      "-lock-fd",
      "4",
      "-listen-fd",
      "5",
    ]);
    expect(dir).toMatch(/\/[0-9a-f]{16}$/);
    expect(server.cwd).toBe("/");
    expect(server.env["KEPT"]).toBe("yes");
    expect(Object.keys(server.env).filter((name) => /^BUN_|^NODE_OPTIONS$/.test(name))).toEqual([]);
    expect(statSync(dir).mode & 0o7777).toBe(0o700);
    expect(statSync(join(dir, "shimd.sock")).mode & 0o7777).toBe(0o600);
    expect(readdirSync(dir).sort()).toEqual(["lock", "shimd.sock", "stderr"]);
    const status = readFileSync(`/proc/${server.pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
    expect(Number(status[3])).toBe(server.pid); // a session of its own
  });

  test("hashes the address with FNV-1a 64, and no address as the empty text", async () => {
    bench.result = [[2, "0"]];
    await bench.front(["start"], "");
    expect(bench.nodeDir).toMatch(/\/cbf29ce484222325$/);
    expect((await bench.instances.next()).args.slice(0, 2)).toEqual(["-address", ""]);
    rmSync(join(bench.dir, "node"), { recursive: true });
    await bench.front(["--address=a", "start"], "");
    expect(bench.nodeDir).toMatch(/\/af63dc4c8601ec8c$/);
  });

  test("has one winner among 20 fronts", async () => {
    bench.result = [
      [2, "0"],
      [3, "same"],
    ];
    const all = await Promise.all(Array.from({ length: 20 }, () => bench.front(START, "x")));
    expect(all.map(({ code, stdout }) => [code, stdout])).toEqual(all.map(() => [0, "same"]));
    expect(bench.instances.all).toHaveLength(1);
  });

  test("replaces a dead socket, and appends to stderr until it is too long", async () => {
    bench.result = [[2, "0"]];
    await bench.front(START, "x");
    (await bench.instances.next()).kill();
    await until("dead", () => !isAlive(bench.instances.all[0]?.pid ?? 0));
    writeFileSync(join(bench.nodeDir, "stderr"), Buffer.alloc(2 << 20));
    expect((await bench.front(START, "x")).code).toBe(0);
    expect(statSync(join(bench.nodeDir, "stderr")).size).toBe(0);
    expect(bench.instances.all).toHaveLength(2);
  });

  test("that fails is told in one line", async () => {
    rmSync(join(bench.dir, "gantry-shimd"));
    const done = await bench.front(START, "x");
    expect(done.code).toBe(1);
    expect(done.stdout).toBe("");
    expect(done.stderr).toMatch(
      /^containerd-shim-gantry-v2: cannot execute gantry-shimd for "\/.*": No such file or directory\n$/,
    );
  });

  test("of servers that die at once ends after three of them", async () => {
    writeFileSync(bench.dies, "");
    const began = Date.now();
    const done = await bench.front(START, "x");
    expect(done.code).toBe(1);
    expect(done.stderr).toMatch(/^[^\n]* cannot [^\n]*\n$/);
    expect(readFileSync(bench.dies, "utf8").trim().split("\n")).toHaveLength(3);
    expect(Date.now() - began).toBeLessThan(9000);
  });
});

describe("an invocation", () => {
  test("carries arguments, environment, directory, standard input, executable and pids", async () => {
    bench.result = undefined;
    const args = ["-namespace", "ns", "-id", "start", "-debug", "-future", "x", "start", "more"];
    const done = bench.front(args, Buffer.from([0, 255, 10]), { BUN_BE_BUN: "1", EMPTY: "" });
    const connection = await (await bench.instances.next()).invokes.next();
    const fields = fieldsOf(connection.opening);
    expect(fields.get(1)).toEqual(["1"]);
    expect(fields.get(2)).toEqual(args);
    expect(fields.get(3)).toContain("EMPTY=");
    expect(fields.get(3)?.some((line) => line.startsWith("BUN_"))).toBe(false);
    expect(fields.get(4)).toEqual([bench.dir]);
    expect(fields.get(5)).toEqual([Buffer.from([0, 255, 10]).toString("utf8")]);
    expect(fields.get(6)).toEqual([bench.executable]);
    expect(Number(fields.get(7)?.[0])).toBeGreaterThan(1);
    expect(fields.get(8)).toEqual([String(process.pid)]);
    connection.send(ours(0x7f, [[9, "from the future"]]));
    connection.send(
      ours(TYPE.result, [
        [1, "1"],
        [2, "7"],
        [99, "?"],
        [3, "out"],
        [4, "err"],
      ]),
    );
    expect(await done).toEqual({ code: 7, signal: null, stdout: "out", stderr: "err" });
  });

  test("of delete leaves standard input alone", async () => {
    bench.result = [
      [2, "0"],
      [3, "gone"],
    ];
    const done = await bench.front(["-id", "x", "delete"], "y".repeat(100));
    expect(done).toMatchObject({ code: 0, stdout: "gone" });
  });

  test("with more standard input than fits into a frame fails", async () => {
    const done = await bench.front(START, Buffer.alloc(4 << 20));
    expect(done.code).toBe(1);
    expect(done.stderr).toMatch(/cannot put into 4 MiB .*: Argument list too long/);
    bench.result = [[2, "0"]];
    expect((await bench.front(START, Buffer.alloc(4_000_000))).code).toBe(0);
  });

  test("is made again when the server dies over it, three times at most", async () => {
    bench.result = undefined;
    const done = bench.front(START, "x");
    for (let i = 0; i < 3; i++) {
      const server = await bench.instances.next();
      await server.invokes.next();
      server.kill();
    }
    const { code, stderr } = await done;
    expect([code, stderr]).toEqual([1, expect.stringMatching(/cannot get an answer from the server in "/)]);
    const again = bench.front(["-id", "x", "delete"]);
    for (let i = 0; i < 3; i++) {
      const server = await bench.instances.next();
      await server.invokes.next();
      server.kill();
    }
    expect((await again).stdout).toBe('["front","-id","x","delete"]');
  });

  test("that needs no server has none", async () => {
    expect((await bench.front(["-v"])).stdout).toMatch(
      /^containerd-shim-gantry-v2:\n {2}Version: \d+\.\d+\.\d+\n$/,
    );
    expect((await bench.front(["--version", "start"])).stdout).toMatch(/^containerd-shim/);
    expect((await bench.front(["-info"], "")).stdout).toBe('["front","-info"]');
    expect((await bench.front(["-debug", "-unknown", "value", "--info", "start"])).stdout).toMatch(
      /^\["front"/,
    );
    expect((await bench.front([])).stdout).toBe('["front"]');
    expect((await bench.front(["-info=false", "what"])).stdout).toBe('["front","-info=false","what"]');
    expect((await bench.front(["-address"])).stdout).toBe('["front","-address"]');
    expect(existsSync(join(bench.dir, "node"))).toBe(false);
  });

  test("by a symbolic link finds the server beside what it leads to", async () => {
    symlinkSync(bench.executable, join(bench.dir, "brain.link"));
    rmSync(join(bench.dir, "pods"), { recursive: true, force: true });
    const { run } = await import("../../helpers/run.ts");
    const done = await run(join(bench.dir, "brain.link"), ["-info"], { env: bench.env });
    expect(done.stdout).toBe('["front","-info"]');
  });
});

describe("the pod's socket", () => {
  test("is 0600 in directories made 0700, and answers before start ends", async () => {
    const { pid } = await bench.pod();
    expect(statSync(bench.podSocket).mode & 0o7777).toBe(0o600);
    expect(statSync(join(bench.dir, "pods")).mode & 0o7777).toBe(0o700);
    (await bench.client()).close();
    expect(isAlive(pid)).toBe(true);
  });

  test("on which somebody listens is answered and left alone", async () => {
    const { server, pid } = await bench.pod();
    const { ino } = statSync(bench.podSocket);
    expect(await bench.start()).toMatchObject({ code: 0, stdout: `unix://${bench.podSocket}`, stderr: "" });
    expect(statSync(bench.podSocket).ino).toBe(ino);
    expect(server.hellos.all).toHaveLength(1);
    expect(isAlive(pid)).toBe(true);
  });

  test("that is dead is replaced", async () => {
    const first = await bench.pod();
    process.kill(first.pid, "SIGKILL");
    await until("dead", () => !isAlive(first.pid));
    expect((await bench.start()).code).toBe(0);
    const control = await first.server.hellos.next();
    expect(fieldsOf(control.opening).get(2)).toEqual([bench.podSocket]);
  });

  test("has one stub when ten fronts want it at once", async () => {
    const all = await Promise.all(Array.from({ length: 10 }, () => bench.start()));
    expect(all.every(({ code, stdout }) => code === 0 && stdout === `unix://${bench.podSocket}`)).toBe(true);
    expect((await bench.instances.next()).hellos.all).toHaveLength(1);
  });

  test("that cannot be made fails start, and no HELLO is said", async () => {
    writeFileSync(join(bench.dir, "pods"), "");
    const done = await bench.start();
    expect(done).toMatchObject({ code: 1, stdout: "" });
    expect(done.stderr).toMatch(/^containerd-shim-gantry-v2: cannot listen at ".*pod.sock": [^\n]+\n$/);
    expect((await bench.instances.next()).hellos.all).toHaveLength(0);
  });

  test("is removed when the server answers HELLO with QUIT, and start fails", async () => {
    bench.welcome = ours(TYPE.quit, []);
    const done = await bench.start();
    expect(done).toMatchObject({ code: 1, stdout: "" });
    expect(done.stderr).toContain("cannot leave a stub behind");
    expect(existsSync(bench.podSocket)).toBe(false);
    await until("no stub", () => [...bench.stubs].every((pid) => !isAlive(pid)));
  });

  test("is welcome also when the first server dies before it says so", async () => {
    bench.welcome = undefined;
    const done = bench.start();
    const server = await bench.instances.next();
    await server.hellos.next();
    bench.welcome = ours(TYPE.welcome, [[1, "1"]]);
    server.kill();
    expect((await done).code).toBe(0);
    expect((await (await bench.instances.next()).hellos.next()).opening.type).toBe(TYPE.hello);
  });

  test("is removed by a stub whose front was killed before the welcome", async () => {
    bench.welcome = undefined;
    const { spawn } = await import("node:child_process");
    const child = spawn(bench.executable, START, { env: bench.env, stdio: "ignore" });
    const server = await bench.instances.next();
    const control = await server.hellos.next();
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    control.send(ours(TYPE.welcome, [[1, "1"]]));
    expect(await control.next()).toBeUndefined();
    expect(existsSync(bench.podSocket)).toBe(false);
  });
});

test("a server's socket whose owner is somebody else is not trusted", async () => {
  // Only what can be tested without a second user: a live listener that is ours is used without starting a server.
  bench.result = [[2, "0"]];
  await bench.front(START, "x");
  (await bench.instances.next()).kill();
  await until("dead", () => !isAlive(bench.instances.all[0]?.pid ?? 0));
  const path = join(bench.nodeDir, "shimd.sock");
  rmSync(path);
  const server = createServer((socket) => socket.end(ours(TYPE.result, [[2, "5"]])));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  expect((await bench.front(START, "x")).code).toBe(5);
  server.close();
});
