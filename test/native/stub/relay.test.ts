import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Bench, buildStub, type Connection, type Instance, isAlive, until } from "./bench.ts";
import {
  type FrameSocket,
  fieldsOf,
  frame,
  ours,
  describe as show,
  statusOf,
  TYPE,
  type WireFrame,
} from "./wire.ts";

let bench: Bench;

beforeAll(buildStub, 300_000);
beforeEach(async () => {
  bench = await Bench.create();
});
afterEach(() => bench.close());

const request = (stream: number, text = `call ${stream}`): Buffer => frame(TYPE.request, stream, text);
const response = (stream: number, text = `answer ${stream}`): Buffer => frame(TYPE.response, stream, text);

interface Pod {
  readonly server: Instance;
  readonly control: Connection;
  readonly pid: number;
  readonly client: FrameSocket;
  readonly attached: Connection;
}

/** A pod with one client. */
async function podWithClient(): Promise<Pod> {
  const pod = await bench.pod();
  const client = await bench.client();
  return { ...pod, client, attached: await pod.server.attaches.next() };
}

/** Kill the server; the next one, when it has been said HELLO to. */
async function crash(server: Instance): Promise<Instance> {
  server.kill();
  const next = await bench.instances.next();
  await next.hellos.next();
  return next;
}

/** Strikes and age of a REPLAY. */
function replayOf(of: WireFrame): { readonly stream: number; readonly strikes: number; readonly ms: number } {
  expect(of.type).toBe(TYPE.replay);
  const fields = fieldsOf(of);
  return { stream: of.stream, strikes: Number(fields.get(2)?.[0]), ms: Number(fields.get(3)?.[0]) };
}

describe("relaying", () => {
  test("passes frames both ways, unchanged, in any order of answers", async () => {
    const { client, attached } = await podWithClient();
    client.send(request(1), request(3), frame(TYPE.request, 5, Buffer.alloc(1_000_000, 7), 0x80));
    const frames = await attached.frames(3);
    expect(frames.map((one) => [one.type, one.stream, one.flags, one.payload.length])).toEqual([
      [1, 1, 0, 6],
      [1, 3, 0, 6],
      [1, 5, 0x80, 1_000_000],
    ]);
    expect(frames[2]?.payload.equals(Buffer.alloc(1_000_000, 7))).toBe(true);
    attached.send(response(5, "x".repeat(4 << 20)), response(1), frame(TYPE.response, 3, "", 0x40));
    expect((await client.frames(3)).map((one) => [one.stream, one.flags, one.payload.length])).toEqual([
      [5, 0, 4 << 20],
      [1, 0, 8],
      [3, 0x40, 0],
    ]);
  });

  test("numbers clients, tells version, path and epoch, and keeps their streams apart", async () => {
    const { server, control, pid } = await bench.pod();
    const clients = [await bench.client(), await bench.client()];
    const attached = [await server.attaches.next(), await server.attaches.next()];
    const hello = fieldsOf(control.opening);
    expect(hello.get(1)).toEqual(["1"]);
    expect(hello.get(3)).toEqual([String(pid)]);
    expect(hello.get(4)?.[0]).toMatch(new RegExp(`^${pid}-[0-9]+$`));
    expect(attached.map(({ opening }) => [...fieldsOf(opening)])).toEqual(
      ["1", "2"].map((number) => [
        [1, ["1"]],
        [2, [bench.podSocket]],
        [3, hello.get(4)],
        [4, [number]],
      ]),
    );
    clients[0]?.send(request(1, "a"));
    clients[1]?.send(request(1, "b"));
    expect(show(await attached[0]?.frame())).toBe("1:1:a");
    expect(show(await attached[1]?.frame())).toBe("1:1:b");
    clients[0]?.close();
    expect(await attached[0]?.next()).toBeUndefined();
    await bench.client();
    expect(fieldsOf((await server.attaches.next()).opening).get(4)).toEqual(["3"]);
    attached[1]?.send(response(1));
    expect(show(await clients[1]?.frame())).toBe("2:1:answer 1");
  });

  test("gives nobody half a frame", async () => {
    const { client, attached } = await podWithClient();
    const whole = request(1, "abcdefgh");
    client.send(whole.subarray(0, 13));
    await attached.expectSilence(50);
    expect(attached.pendingBytes).toBe(0);
    client.send(whole.subarray(13));
    expect(show(await attached.frame())).toBe("1:1:abcdefgh");
    const answer = response(1, "ABCDEFGH");
    attached.send(answer.subarray(0, 5));
    await client.expectSilence(50);
    attached.send(answer.subarray(5, 17));
    await client.expectSilence(50);
    expect(client.pendingBytes).toBe(0);
    attached.send(answer.subarray(17));
    expect(show(await client.frame())).toBe("2:1:ABCDEFGH");
  });

  test("passes no frame of our own kind on, in neither direction", async () => {
    const { client, attached } = await podWithClient();
    client.send(
      ours(TYPE.quit, []),
      ours(TYPE.attach, [[1, "9"]]),
      frame(0x77, 9, "?"),
      frame(2, 1, "no"),
      request(1),
    );
    expect(show(await attached.frame())).toBe("1:1:call 1");
    attached.send(ours(0x7e, [[1, "later"]]), response(1));
    expect(show(await client.frame())).toBe("2:1:answer 1");
  });

  test("streams data both ways", async () => {
    const { client, attached } = await podWithClient();
    client.send(frame(TYPE.request, 1, "open", 2), frame(TYPE.data, 1, "d1"), frame(TYPE.data, 1, "", 5));
    expect((await attached.frames(3)).map(show)).toEqual(["1:1:open", "3:1:d1", "3:1:"]);
    attached.send(frame(TYPE.data, 1, "e1"), frame(TYPE.data, 1, "e2", 1));
    expect((await client.frames(2)).map(show)).toEqual(["3:1:e1", "3:1:e2"]);
  });

  test("answers what is larger than ttrpc allows, and goes on", async () => {
    const { client, attached } = await podWithClient();
    const header = Buffer.from(frame(TYPE.request, 7).subarray());
    header.writeUInt32BE((4 << 20) + 1, 0);
    client.send(header, Buffer.alloc((4 << 20) + 1), request(9));
    const { code, message } = statusOf(await client.frame());
    expect([code, message]).toEqual([8, "the message is larger than 4 MiB"]);
    expect(show(await attached.frame())).toBe("1:9:call 9");
  });

  test("stops reading from a server whose client does not read, and from a client whose server does not", async () => {
    const { client, attached, pid } = await podWithClient();
    client.socket.pause();
    client.send(request(1));
    await attached.frame();
    const block = Buffer.alloc(1 << 20, 1);
    for (let i = 0; i < 64; i++) attached.send(frame(TYPE.data, 1, block));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(attached.socket.writableLength).toBeGreaterThan(32 << 20);
    expect(privateKb(pid)).toBeLessThan(40_000); // the sanitizer's included
    client.socket.resume();
    expect((await client.frames(64)).every(({ payload }) => payload.equals(block))).toBe(true);
    attached.socket.pause();
    for (let i = 0; i < 64; i++) client.send(frame(TYPE.data, 1, block));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(client.socket.writableLength).toBeGreaterThan(32 << 20);
    attached.socket.resume();
    expect((await attached.frames(64)).every(({ payload }) => payload.equals(block))).toBe(true);
    const idle = cpuTicks(pid);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(cpuTicks(pid) - idle).toBeLessThan(5);
  });

  test("refuses more than 16 MiB or 4096 requests without an answer", async () => {
    const { client, attached } = await podWithClient();
    const large = Buffer.alloc(4_000_000);
    for (let i = 0; i < 5; i++) client.send(frame(TYPE.request, 2 * i + 1, large));
    const refused = await client.frame();
    expect([refused.stream, statusOf(refused).code]).toEqual([9, 8]);
    expect(await attached.frames(4)).toHaveLength(4);
    attached.send(response(1), response(3), response(5), response(7));
    await client.frames(4);
    client.send(Buffer.concat(Array.from({ length: 4097 }, (_, i) => request(2 * i + 11))));
    const last = await client.frame();
    expect([last.stream, statusOf(last).code]).toEqual([8203, 8]);
    expect(await attached.frames(4096)).toHaveLength(4096);
    client.close();
    const other = await bench.client();
    other.send(request(1));
    const [next] = (await (await bench.instances.all[0]?.attaches.next())?.frames(1)) ?? [];
    expect(show(next)).toBe("1:1:call 1");
  });
});

describe("after the server was killed", () => {
  test("clients stay, requests are replayed in order after ATTACH with the same number", async () => {
    const { server, client, attached } = await podWithClient();
    client.send(request(1), request(3), request(5));
    await attached.frames(3);
    attached.mark(1, "parked");
    attached.send(response(3));
    await client.frame();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const again = await (await crash(server)).attaches.next();
    expect(fieldsOf(again.opening).get(4)).toEqual(["1"]);
    const frames = await again.frames(4);
    expect(frames.map(({ type, stream }) => [type, stream])).toEqual([
      [TYPE.replay, 1],
      [TYPE.request, 1],
      [TYPE.replay, 5],
      [TYPE.request, 5],
    ]);
    expect(frames.filter((_, i) => i % 2 === 0).map((one) => replayOf(one).strikes)).toEqual([0, 1]);
    for (const one of [frames[0], frames[2]]) {
      const { ms } = replayOf(one as WireFrame);
      expect(ms).toBeGreaterThanOrEqual(100);
      expect(ms).toBeLessThan(5000);
    }
    client.send(request(7));
    expect(show(await again.frame())).toBe("1:7:call 7"); // no replay: it is new
    again.send(response(5), response(1), response(7));
    expect((await client.frames(3)).map(show)).toEqual(["2:5:answer 5", "2:1:answer 1", "2:7:answer 7"]);
  });

  test("a request that was at work twice is answered INTERNAL, those that were parked are not", async () => {
    const { server, client, attached } = await podWithClient();
    client.send(request(1), request(3));
    await attached.frames(2);
    attached.mark(1, "parked");
    await settled();
    const second = await crash(server);
    const again = await second.attaches.next();
    await again.frames(4);
    again.mark(1, "parked");
    again.mark(3, "running");
    await settled();
    const third = await crash(second);
    const answer = await client.frame();
    expect([answer.stream, statusOf(answer)]).toEqual([
      3,
      { code: 13, message: "the server failed twice while working on this request" },
    ]);
    const last = await third.attaches.next();
    const [replay, call] = await last.frames(2);
    expect(replayOf(replay as WireFrame)).toMatchObject({ stream: 1, strikes: 0 });
    expect(show(call)).toBe("1:1:call 1");
    await last.expectSilence(50);
  });

  test("a replayed request nobody has worked on has no more strikes", async () => {
    const { server, client, attached } = await podWithClient();
    client.send(request(1));
    await attached.frame();
    let now = server;
    for (let i = 0; i < 4; i++) {
      now = await crash(now);
      const [replay] = await (await now.attaches.next()).frames(2);
      expect(replayOf(replay as WireFrame).strikes).toBe(1);
    }
  });

  test("streams with data are answered UNAVAILABLE, and half an answer is dropped", async () => {
    const { server, client, attached } = await podWithClient();
    client.send(frame(TYPE.request, 1, "stream", 2), frame(TYPE.data, 1, "x"), request(3), request(5));
    await attached.frames(4);
    attached.send(frame(TYPE.data, 5, "part of 5"), response(3, "never whole").subarray(0, 15));
    expect(show(await client.frame())).toBe("3:5:part of 5");
    await settled();
    const next = await crash(server);
    const answers = await client.frames(2);
    expect(answers.map((one) => [one.stream, statusOf(one).code])).toEqual([
      [1, 14],
      [5, 14],
    ]);
    const again = await next.attaches.next();
    const [replay, call] = await again.frames(2);
    expect(replayOf(replay as WireFrame).stream).toBe(3);
    expect(show(call)).toBe("1:3:call 3");
    again.send(response(3));
    expect(show(await client.frame())).toBe("2:3:answer 3");
    expect(client.pendingBytes).toBe(0);
  });

  test("what it said before it died reaches the client", async () => {
    const { server, client, attached } = await podWithClient();
    const streams = Array.from({ length: 50 }, (_, i) => 2 * i + 1);
    client.send(...streams.map((stream) => request(stream)));
    await attached.frames(50);
    attached.send(...streams.map((stream) => response(stream)));
    await settled();
    await crash(server);
    expect((await client.frames(50)).map(({ stream }) => stream)).toEqual(streams);
  });

  test("requests that come while there is no server are kept, and sent without REPLAY", async () => {
    const { server, client, pid } = await podWithClient();
    writeFileSync(bench.dies, "");
    server.kill();
    await until("three were started", () => readFileSync(bench.dies, "utf8").split("\n").length === 4);
    client.send(request(1));
    const late = await bench.client();
    late.send(request(1, "late"));
    await client.expectSilence(300);
    const idle = cpuTicks(pid);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(cpuTicks(pid) - idle).toBeLessThan(10);
    // No more than three within ten seconds.
    expect(readFileSync(bench.dies, "utf8").trim().split("\n")).toHaveLength(3);
    rmSync(bench.dies);
    const next = await bench.instances.next(20_000);
    const attached = [await next.attaches.next(), await next.attaches.next()];
    const calls = await Promise.all(attached.map(async (one) => show(await one.frame())));
    expect(calls.sort()).toEqual(["1:1:call 1", "1:1:late"]);
  });

  test("a stub takes the server that another has started", async () => {
    const { server } = await bench.pod();
    const second = join(bench.dir, "pods/second.sock");
    bench.result = [
      [2, "0"],
      [5, second],
    ];
    expect((await bench.start()).code).toBe(0);
    await server.hellos.next();
    const next = await crash(server);
    await next.hellos.next();
    await settled();
    expect(bench.instances.all).toHaveLength(2);
    expect(next.hellos.all.map(({ opening }) => fieldsOf(opening).get(2)?.[0]).sort()).toEqual(
      [bench.podSocket, second].sort(),
    );
  });

  test("a replaced gantry-shimd is found", async () => {
    const { server } = await bench.pod();
    const program = join(bench.dir, "gantry-shimd");
    const text = readFileSync(program, "utf8");
    rmSync(bench.executable);
    writeFileSync(`${program}.new`, text.replace("exec", "REPLACED=yes exec"), { mode: 0o755 });
    renameSync(`${program}.new`, program);
    expect((await crash(server)).env["REPLACED"]).toBe("yes");
  });

  test("another server is executed at once", async () => {
    const { server } = await podWithClient();
    const before = uptimeMs();
    server.kill();
    const { pid } = await bench.instances.next();
    expect(Number(statOf(pid)[19]) * 10 - before).toBeLessThan(200); // proc(5), "starttime", in ticks of 10 ms
  });
});

describe("a stub", () => {
  test("ends with QUIT, after it has passed on what clients are to get", async () => {
    const { client, attached, control, pid } = await podWithClient();
    client.send(request(1), request(3));
    await attached.frames(2);
    attached.send(response(1, "z".repeat(1_000_000)));
    control.send(ours(TYPE.quit, []));
    expect((await client.frame()).payload).toHaveLength(1_000_000);
    expect(await client.next()).toBeUndefined();
    await until("gone", () => !isAlive(pid));
    expect(existsSync(bench.podSocket)).toBe(false);
  });

  test("with QUIT waits two seconds for a client that does not read", async () => {
    const { client, attached, control, pid } = await podWithClient();
    client.socket.pause();
    client.send(request(1));
    await attached.frame();
    attached.send(response(1, "z".repeat(4_000_000)));
    await settled();
    const began = Date.now();
    control.send(ours(TYPE.quit, []));
    await until("gone", () => !isAlive(pid));
    expect(Date.now() - began).toBeGreaterThan(1500);
  });

  test("ends after QUIT also when the server ends with it and a client does not read", async () => {
    const { client, attached, control, pid, server } = await podWithClient();
    client.socket.pause();
    client.send(request(1), request(3));
    await attached.frames(2);
    attached.send(response(1, "z".repeat(4_000_000)));
    await settled();
    control.send(ours(TYPE.quit, []));
    await settled();
    server.kill();
    await until("gone", () => !isAlive(pid));
    expect(bench.instances.all).toHaveLength(1);
  });

  test("leaves a socket that is not its own", async () => {
    const { control, pid } = await bench.pod();
    renameSync(bench.podSocket, `${bench.podSocket}.old`);
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(bench.podSocket, resolve));
    control.send(ours(TYPE.quit, []));
    await until("gone", () => !isAlive(pid));
    expect(existsSync(bench.podSocket)).toBe(true);
    other.close();
  });

  test("goes on when somebody removes its socket", async () => {
    const { server, client, pid } = await podWithClient();
    rmSync(bench.podSocket);
    const next = await crash(server);
    client.send(request(1));
    expect(show(await (await next.attaches.next()).frame())).toBe("1:1:call 1");
    expect(isAlive(pid)).toBe(true);
  });

  test("ignores signals, and has nothing of its front", async () => {
    const { pid, client, attached } = await podWithClient();
    for (const signal of [
      "SIGTERM",
      "SIGINT",
      "SIGHUP",
      "SIGPIPE",
      "SIGUSR1",
      "SIGUSR2",
      "SIGALRM",
      "SIGQUIT",
      "SIGTSTP",
    ] as const) {
      process.kill(pid, signal);
    }
    process.kill(pid, "SIGSTOP");
    process.kill(pid, "SIGCONT");
    client.send(request(1));
    expect(show(await attached.frame())).toBe("1:1:call 1");
    expect(Number(statOf(pid)[3])).toBe(pid);
    expect(readdirSync(`/proc/${pid}/fd`)).toHaveLength(3 + 2 + 2); // /dev/null, listener, control, one client
    expect(
      execFileSync("readlink", [`/proc/${pid}/cwd`])
        .toString()
        .trim(),
    ).toBe("/");
  });

  test("has no zombies of the servers it started", async () => {
    const { server, pid } = await bench.pod();
    await crash(await crash(await crash(server)));
    const parents = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && parentOf(name) === pid);
    expect(parents).toEqual([]);
  });

  test("lives on when it has no descriptor for another client", async () => {
    const { client, attached, pid, server } = await podWithClient();
    execFileSync("prlimit", ["--pid", String(pid), "--nofile=10:4096"]);
    const others = await Promise.all(Array.from({ length: 5 }, () => bench.client()));
    for (const [i, one] of others.entries()) one.send(request(1, `other ${i}`));
    client.send(request(1));
    expect(show(await attached.frame())).toBe("1:1:call 1");
    const idle = cpuTicks(pid);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(cpuTicks(pid) - idle).toBeLessThan(10);
    execFileSync("prlimit", ["--pid", String(pid), "--nofile=4096:4096"]);
    const calls: string[] = [];
    for (let i = 0; i < 5; i++) calls.push(show(await (await server.attaches.next()).frame()));
    expect(calls.sort()).toEqual(others.map((_, i) => `1:1:other ${i}`));
  });

  test("keeps to the lower of two versions", async () => {
    const { attached } = await podWithClient();
    expect(fieldsOf(attached.opening).get(1)).toEqual(["1"]);
    const newer = await Bench.create("containerd-shim-gantry-v9");
    try {
      newer.welcome = ours(TYPE.welcome, [
        [77, "unknown"],
        [1, "4"],
      ]);
      const { server, control } = await newer.pod();
      expect(fieldsOf(control.opening).get(1)).toEqual(["9"]);
      await newer.client();
      expect(fieldsOf((await server.attaches.next()).opening).get(1)).toEqual(["4"]);
    } finally {
      await newer.close();
    }
  });
});

describe("garbage", () => {
  const oversize = (type: number): Buffer => {
    const bytes = Buffer.from(frame(type, 1));
    bytes.writeUInt32BE(0xffffffff, 0);
    return bytes;
  };

  test("on a client's connection to the server makes a new one", async () => {
    const { server, client, attached } = await podWithClient();
    client.send(request(1));
    await attached.frame();
    attached.send(oversize(TYPE.response));
    const again = await server.attaches.next();
    expect(replayOf((await again.frames(2))[0] as WireFrame)).toMatchObject({ stream: 1, strikes: 1 });
    again.send(frame(TYPE.request, 3, "no server asks"));
    const third = await server.attaches.next();
    await third.frames(2);
    third.send(response(1));
    expect(show(await client.frame())).toBe("2:1:answer 1");
  });

  test("on the control connection is a server lost", async () => {
    const { server, control, client, attached } = await podWithClient();
    client.send(request(1));
    await attached.frame();
    control.send(frame(TYPE.response, 1, "what?"));
    await server.hellos.next();
    const again = await server.attaches.next();
    expect(replayOf((await again.frames(2))[0] as WireFrame).strikes).toBe(1);
    (await (async () => server.hellos.all[1])())?.send(oversize(TYPE.mark));
    await server.hellos.next();
  });

  test("from a client, whole or half, harms no other", async () => {
    const { client, attached, pid } = await podWithClient();
    for (const bytes of [
      frame(TYPE.data, 99, "no such stream"),
      frame(0, 0, "zero"),
      request(2, "even"),
      request(1, "half").subarray(0, 12),
      Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
      frame(TYPE.request, 0xffffffff),
    ]) {
      const bad = await bench.client();
      bad.send(bytes);
      await settled();
      bad.close();
    }
    client.send(request(1));
    expect(show(await attached.frame())).toBe("1:1:call 1");
    expect(isAlive(pid)).toBe(true);
  });

  test("of fields is ignored", async () => {
    const { client, attached } = await podWithClient();
    client.send(request(1));
    await attached.frame();
    attached.send(
      frame(TYPE.mark, 1, Buffer.from([2, 255, 255, 255, 255])),
      frame(TYPE.mark, 1, "\u0002"),
      ours(TYPE.mark, [[2, ""]], 1),
    );
    attached.send(ours(TYPE.mark, [[2, "parked"]], 9), response(1));
    expect(show(await client.frame())).toBe("2:1:answer 1");
  });

  test("a server that closes a client's connection at once does not make the stub spin", async () => {
    const { server, pid, attached } = await podWithClient();
    attached.close();
    let count = 0;
    const end = Date.now() + 1000;
    while (Date.now() < end) {
      (await server.attaches.next()).close();
      count++;
    }
    expect(count).toBeLessThan(40);
    expect(isAlive(pid)).toBe(true);
  });

  test("half-closed clients are gone clients", async () => {
    const { client, attached } = await podWithClient();
    client.send(request(1));
    await attached.frame();
    client.socket.end();
    expect(await attached.next()).toBeUndefined();
  });
});

/** What has been sent to a stub or has been said by the fake has arrived. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}

/** The fields of /proc/PID/stat from the third, "state", on. */
function statOf(pid: number | string): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ") ?? [];
  } catch {
    return []; // it has ended
  }
}

function parentOf(pid: string): number {
  return Number(statOf(pid)[1]);
}

function uptimeMs(): number {
  return Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 1000;
}

function cpuTicks(pid: number): number {
  return Number(statOf(pid)[11]) + Number(statOf(pid)[12]);
}

function privateKb(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  return [...text.matchAll(/^Private_(?:Clean|Dirty): +(\d+)/gm)].reduce(
    (sum, [, kb]) => sum + Number(kb),
    0,
  );
}
