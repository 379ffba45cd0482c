import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readProcessStat } from "../../../src/host/proc.ts";
import type { ContainerRecord } from "../../../src/state/record.ts";
import { computeStatus, findInit, readStatus } from "../../../src/state/status.ts";

const SELF = { pid: process.pid, startTime: readProcessStat(process.pid)?.startTime ?? 0 };
const DEAD = { pid: process.pid, startTime: 1 };

function aRecord(changes: Partial<ContainerRecord> = {}): ContainerRecord {
  return {
    ociVersion: "1.3.0",
    id: "web",
    ...SELF,
    bundle: "/b",
    rootfs: "/b/rootfs",
    created: "2026-01-02T03:04:05Z",
    annotations: {},
    owner: "",
    cgroup: { mode: "v2", paths: {} },
    resources: {},
    undo: [],
    transforms: [],
    hasPrivatePidNamespace: true,
    noNewKeyring: false,
    namespaces: [],
    ...changes,
  };
}

describe("computeStatus()", () => {
  it.each([
    // creator, creator alive, alive, fifo, frozen
    ["creating", true, true, false, true, false],
    ["creating", true, true, true, true, false],
    ["created", false, false, true, true, false],
    ["running", false, false, true, false, false],
    ["paused", false, false, true, false, true],
    ["paused", false, false, false, false, true],
    ["stopped", false, false, false, false, false],
    ["stopped", false, false, false, true, false],
    // `create` was killed: before the clone, and after it
    ["stopped", true, false, false, true, false],
    ["created", true, false, true, true, false],
  ])("is %s (creator %s, it lives %s, init lives %s, fifo %s, frozen %s)", (status, ...facts) => {
    const [hasCreator, isCreatorAlive, isAlive, hasExecFifo, isFrozen] = facts;
    const record = aRecord(hasCreator ? { creator: SELF } : {});
    expect(computeStatus({ record, isCreatorAlive, isAlive, hasExecFifo, isFrozen })).toBe(status);
  });
});

describe("readStatus()", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "gantry-status-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const thawed = async () => false;

  it("sees a live init, with and without the fifo, and does not believe a pid alone", async () => {
    expect(await readStatus(dir, aRecord(), thawed)).toEqual({ status: "running", init: SELF });
    writeFileSync(join(dir, "exec.fifo"), "");
    expect(await readStatus(dir, aRecord(), thawed)).toEqual({ status: "created", init: SELF });
    expect(await readStatus(dir, aRecord(DEAD), thawed)).toEqual({ status: "stopped" });
    expect(await readStatus(dir, aRecord(), async () => true)).toEqual({ status: "paused", init: SELF });
  });

  it("finds the init of a killed create in init/pid", async () => {
    const record = aRecord({ pid: 0, startTime: 0, creator: DEAD });
    expect(findInit(dir, record)).toBeUndefined();
    expect(await readStatus(dir, record, thawed)).toEqual({ status: "stopped" });
    mkdirSync(join(dir, "init"));
    writeFileSync(join(dir, "init/pid"), `${SELF.pid} ${SELF.startTime}\n`);
    writeFileSync(join(dir, "exec.fifo"), "");
    expect(await readStatus(dir, record, thawed)).toEqual({ status: "created", init: SELF });
    expect((await readStatus(dir, { ...record, creator: SELF }, thawed)).status).toBe("creating");
  });
});
