import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Followed, followProcess } from "../../../src/client/follow.ts";
import { type FakeMonitor, ownIdentity, startFakeMonitor } from "../../helpers/monitor.ts";
import { waitFor, within } from "../../helpers/wait.ts";

/** A process that cannot be there: the pid is ours, the time is not. */
const DEAD = { ...ownIdentity(), startTime: 1 };

let dir: string;
let monitor: FakeMonitor | undefined;
let told: string[];
let followed: Followed | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-follow-"));
  told = [];
});
afterEach(async () => {
  followed?.stop();
  await monitor?.stop();
  monitor = undefined;
  rmSync(dir, { recursive: true });
});

const start = async () => {
  monitor = await startFakeMonitor(join(dir, "init"));
  return monitor;
};

async function follow(identity = ownIdentity()): Promise<Followed> {
  followed = await followProcess(join(dir, "init"), identity, {
    onOom: () => told.push("oom"),
    onExit: ({ status }) => told.push(`exit ${status}`),
  });
  return followed;
}

async function toldLines(...lines: readonly string[]): Promise<void> {
  await waitFor(lines.join(), () => told.length >= lines.length);
  expect(told).toEqual(lines);
}

describe("followProcess()", () => {
  it("tells OOM and exit as they come, and each once", async () => {
    const fake = await start();
    const process = await follow();
    fake.say("oom");
    await toldLines("oom");
    await fake.exit(137);
    await within("the end", process.drained);
    expect(told).toEqual(["oom", "exit 137"]);
  });

  it("is drained only when the monitor has gone: it may still pass output on", async () => {
    const fake = await start();
    const process = await follow();
    fake.record(3);
    fake.say("exit");
    await toldLines("exit 3");
    await expect(within("drained", process.drained, 30)).rejects.toThrow(/longer/);
    await fake.stop();
    await within("drained", process.drained);
  });

  it("reads the record when the process ended before anybody looked", async () => {
    const fake = await start();
    fake.record(4);
    await fake.stop();
    await within("the end", (await follow()).drained);
    expect(told).toEqual(["exit 4"]);
  });

  it("believes the record of a process whose monitor was too quick to say so", async () => {
    const fake = await start();
    const process = await follow();
    fake.record(5);
    await fake.stop();
    await within("the end", process.drained);
    expect(told).toEqual(["exit 5"]);
  });

  it("calls the end of a process unknown (255) when its monitor was killed and left no record", async () => {
    const fake = await start();
    await fake.stop();
    await within("the end", (await follow(DEAD)).drained);
    expect(told).toEqual(["exit 255"]);
  });

  it("calls it killed (137) when even its directory is gone, as after a forced delete", async () => {
    await within("the end", (await follow(DEAD)).drained);
    expect(told).toEqual(["exit 137"]);
  });

  it("goes on watching a process that has lost its monitor, and takes up a connection again", async () => {
    const first = await start();
    const process = await follow();
    await first.stop();
    await waitFor("the loss", () => process.link === undefined);
    expect(told).toEqual([]);
    const second = await start();
    await waitFor("a new connection", () => process.link !== undefined);
    await second.exit(6);
    await within("the end", process.drained);
    expect(told).toEqual(["exit 6"]);
  });

  it("says nothing any more after stop()", async () => {
    const fake = await start();
    const process = await follow();
    process.stop();
    await fake.exit(7);
    await waitFor("the connection to be closed", () => process.link === undefined);
    expect(told).toEqual([]);
  });
});

describe("MonitorLink", () => {
  it("sends commands and waits for the answers, in order", async () => {
    const fake = await start();
    const { link } = await follow();
    await Promise.all([link?.resize(24, 80), link?.closeStdin(), link?.release()]);
    expect(fake.commands).toEqual(["resize 24 80", "close-stdin", "release"]);
  });

  it("fails with what the monitor answered", async () => {
    const fake = await start();
    const { link } = await follow();
    fake.answer = "error 25";
    await expect(link?.resize(1, 1)).rejects.toMatchObject({
      code: "monitor-refused",
      message: expect.stringContaining("error 25"),
    });
  });

  it("fails when the monitor goes away without an answer, and from then on", async () => {
    const fake = await start();
    const { link } = await follow();
    fake.answer = "";
    const asked = expect(link?.resize(1, 1)).rejects.toMatchObject({ code: "monitor-gone" });
    await waitFor("the command", () => fake.commands.length === 1);
    await fake.stop();
    await asked;
    await expect(link?.closeStdin()).rejects.toMatchObject({ code: "monitor-gone" });
    expect(link?.isOpen).toBe(false);
  });

  it("reaches a socket whose path is longer than the kernel takes", async () => {
    const deep = join(dir, "x".repeat(120));
    const fake = await start();
    symlinkSync(fake.processDir, deep);
    followed = await followProcess(deep, ownIdentity(), { onOom: () => {}, onExit: () => {} });
    await followed.link?.closeStdin();
    expect(fake.commands).toEqual(["close-stdin"]);
  });
});
