import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Logger } from "../../../../src/core/log.ts";
import { countStart } from "../../../../src/shim/ops/counts.ts";
import { watchLoop } from "../../../../src/shim/ops/loop-watch.ts";
import { OwnSocket } from "../../../../src/shim/ops/own-socket.ts";
import { PodList } from "../../../../src/shim/ops/pod-list.ts";
import { waitFor } from "../../../helpers/wait.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-ops-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe("watchLoop()", () => {
  it("says how long the loop was held up, and nothing while it turns", async () => {
    const lines: unknown[] = [];
    const lags: number[] = [];
    const logger: Logger = { log: (level, message, fields) => void lines.push([level, message, fields]) };
    const end = watchLoop({ logger, onLag: (ms) => void lags.push(ms), intervalMs: 20, thresholdMs: 100 });
    await waitFor("some turns", () => lags.length > 2);
    expect(lines).toEqual([]);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    await waitFor("a line", () => lines.length > 0);
    end();
    expect(lines).toEqual([["warn", "the server's loop was held up", { ms: expect.any(Number) }]]);
    expect(Math.max(...lags)).toBeGreaterThan(250);
  });
});

describe("OwnSocket", () => {
  it("is not there any more when it was removed or replaced, or never was", () => {
    const path = join(dir, "s");
    expect(new OwnSocket(path).isThere()).toBe(false);
    writeFileSync(path, "");
    const own = new OwnSocket(path);
    expect(own.isThere()).toBe(true);
    unlinkSync(path);
    expect(own.isThere()).toBe(false);
    writeFileSync(path, "");
    expect(own.isThere()).toBe(false);
  });
});

describe("countStart()", () => {
  it("counts starts and deaths from zero, and bears a file that is not one", () => {
    expect(countStart(dir, false)).toEqual({ starts: 1, deaths: 0 });
    expect(countStart(dir, true)).toEqual({ starts: 2, deaths: 1 });
    expect(countStart(dir, false)).toEqual({ starts: 3, deaths: 1 });
    writeFileSync(join(dir, "counts.json"), "{");
    expect(countStart(dir, false)).toEqual({ starts: 1, deaths: 0 });
  });
});

describe("PodList", () => {
  it("keeps the sockets of pods until they are removed", () => {
    const list = new PodList(dir);
    expect(list.sockets()).toEqual([]);
    list.add("/run/a");
    list.add("/run/b");
    list.add("/run/a");
    expect(list.sockets().sort()).toEqual(["/run/a", "/run/b"]);
    list.remove("/run/b");
    list.remove("/run/b");
    symlinkSync("/elsewhere/c", join(dir, "pods/c"));
    list.add("/run/c");
    expect(list.sockets().sort()).toEqual(["/run/a", "/run/c"]);
  });
});
