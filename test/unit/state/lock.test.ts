import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readProcessStat } from "../../../src/host/proc.ts";
import { waitForExecutors, withLock } from "../../../src/state/lock.ts";

const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));
const BUN = join(REPOSITORY, "node_modules/@oven/bun-linux-x64-baseline/bin/bun");

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-lock-"));
  mkdirSync(join(dir, "lock"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function codeOf(code: string): unknown {
  return expect.objectContaining({ code });
}

/** A promise and the function that resolves it. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** A process that lives, and its ticket as native/ticket.c makes it. */
function executor(): { readonly child: ChildProcess; readonly ticket: string } {
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  const ticket = join(dir, "lock", `0-${child.pid}-${readProcessStat(child.pid ?? 0)?.startTime}-init`);
  symlinkSync("ticket", ticket);
  return { child, ticket };
}

describe("withLock(), when the holder was killed", () => {
  it("waits for what gantry-init still does for it", async () => {
    symlinkSync("ticket", join(dir, "lock", "1-999999-1-1"));
    const { child, ticket } = executor();
    await expect(withLock(dir, { timeoutMs: 50 }, () => {})).rejects.toThrowError(codeOf("lock-timeout"));
    const held = withLock(dir, {}, () => existsSync(ticket));
    child.kill("SIGKILL");
    await expect(held).resolves.toBe(false);
    expect(readdirSync(join(dir, "lock"))).toEqual([]);
  });

  it("looks again for such a ticket, which may have been made before the holder died", () => {
    // A list that is read now has the holder's ticket only; the other one comes as that is found dead.
    const holder = spawn("sleep", ["60"], { stdio: "ignore" });
    const startTime = readProcessStat(holder.pid ?? 0)?.startTime;
    symlinkSync("ticket", join(dir, "lock", `1-${holder.pid}-${startTime}-1`));
    const waiting = withLock(dir, {}, () => {});
    const { child } = executor();
    holder.kill("SIGKILL");
    let isIn = false;
    void waiting.then(() => {
      isIn = true;
    });
    return new Promise<void>((resolve, reject) => {
      setTimeout(() => {
        if (isIn) reject(new Error("it did not wait"));
        child.kill("SIGKILL");
        waiting.then(resolve, reject);
      }, 300);
    });
  });
});

describe("waitForExecutors()", () => {
  it("waits for those that live, whoever else has a ticket", async () => {
    const { child } = executor();
    let isOver = false;
    const held = withLock(dir, { timeoutMs: 5_000 }, async () => {});
    const waited = waitForExecutors(dir).then(() => {
      isOver = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isOver).toBe(false);
    child.kill("SIGKILL");
    await Promise.all([waited, held]);
  });
});

describe("withLock()", () => {
  it("lets contenders in one at a time, in the order they came, and leaves no ticket", async () => {
    const order: number[] = [];
    let inside = 0;
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        withLock(dir, {}, async () => {
          expect(++inside).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          order.push(i);
          inside--;
        }),
      ),
    );
    expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(readdirSync(join(dir, "lock"))).toEqual([]);
  });

  it("returns what the function returns and gives the ticket back when it throws", async () => {
    expect(await withLock(dir, {}, () => 7)).toBe(7);
    await expect(withLock(dir, {}, () => Promise.reject(new Error("inner")))).rejects.toThrow("inner");
    expect(readdirSync(join(dir, "lock"))).toEqual([]);
  });

  it("passes over the tickets of dead processes and of pids that were used again", async () => {
    const startTime = readProcessStat(process.pid)?.startTime ?? 0;
    symlinkSync("ticket", join(dir, "lock", "1-999999999-5-1"));
    symlinkSync("ticket", join(dir, "lock", `2-${process.pid}-${startTime - 1}-1`));
    expect(await withLock(dir, { timeoutMs: 5000 }, () => "in")).toBe("in");
    expect(readdirSync(join(dir, "lock"))).toEqual([]);
  });

  it("gives up at the deadline and when told to", async () => {
    const { opened, open } = gate();
    const holder = withLock(dir, {}, () => opened);
    await expect(withLock(dir, { timeoutMs: 30 }, () => "in")).rejects.toThrowError(codeOf("lock-timeout"));
    const controller = new AbortController();
    const canceled = withLock(dir, { signal: controller.signal }, () => "in");
    controller.abort();
    await expect(canceled).rejects.toThrowError(codeOf("lock-canceled"));
    await expect(withLock(dir, { signal: AbortSignal.abort() }, () => "in")).rejects.toThrowError(
      codeOf("lock-canceled"),
    );
    open();
    await holder;
    expect(readdirSync(join(dir, "lock"))).toEqual([]);
  });

  it("finds no container when there is none, when it goes away, and when another took its place", async () => {
    await expect(withLock(join(dir, "none"), {}, () => "in")).rejects.toThrowError(codeOf("missing"));
    const { opened, open } = gate();
    const holder = withLock(dir, {}, () => opened);
    const deleted = withLock(dir, {}, () => "in");
    const outcome = expect(deleted).rejects.toThrowError(codeOf("missing"));
    renameSync(dir, `${dir}.removed`);
    mkdirSync(join(dir, "lock"), { recursive: true });
    await outcome;
    open();
    await holder;
    rmSync(`${dir}.removed`, { recursive: true });
  });
});

describe("withLock() among processes", () => {
  let worker: string;
  let workerDir: string;
  beforeAll(() => {
    workerDir = mkdtempSync(join(tmpdir(), "gantry-lock-worker-"));
    worker = join(workerDir, "worker.mjs");
    const source = join(REPOSITORY, "test/unit/state/lock-worker.ts");
    execFileSync(BUN, ["build", "--target=node", `--outfile=${worker}`, source], { stdio: "pipe" });
  });
  afterAll(() => rmSync(workerDir, { recursive: true, force: true }));

  it.each([
    ["node", process.execPath],
    ["bun", BUN],
  ])(
    "excludes under %s, whoever is killed while waiting or inside",
    async (_, engine) => {
      const log = join(dir, "log");
      writeFileSync(log, "");
      const rounds = 60;
      const children = Array.from({ length: 8 }, () =>
        spawn(engine, [worker, dir, log, String(rounds)], { stdio: ["ignore", "ignore", "inherit"] }),
      );
      const ends = children.map((child) => once(child, "exit"));
      // Kill three of them in the middle of it, one after the other, each once there is progress.
      for (const [i, victim] of children.slice(0, 3).entries()) {
        await expect
          .poll(() => readFileSync(log, "utf8").split("\n").length, { timeout: 20_000, interval: 2 })
          .toBeGreaterThan(40 * (i + 1));
        victim.kill("SIGKILL");
      }
      const codes = (await Promise.all(ends)).map(([code]) => code);
      const lines = readFileSync(log, "utf8");
      expect(lines).not.toContain("VIOLATION");
      expect(codes.slice(3)).toEqual([0, 0, 0, 0, 0]);
      expect(lines.trim().split("\n").length).toBeGreaterThanOrEqual(5 * rounds);
      // A last contender clears what the killed ones left.
      await withLock(dir, { timeoutMs: 5000 }, () => undefined);
      expect(readdirSync(join(dir, "lock"))).toEqual([]);
      expect(existsSync(log)).toBe(true);
    },
    60_000,
  );
});
