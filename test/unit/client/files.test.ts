import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseExitRecord, readExitRecord, readProcessIdentity } from "../../../src/client/process-files.ts";
import { parseContainerFacts, readContainerFacts } from "../../../src/client/state-file.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-files-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const corrupt = (words: RegExp) =>
  expect.objectContaining({ code: "corrupt", message: expect.stringMatching(words) });

describe("readProcessIdentity()", () => {
  it.each<[string, object | undefined]>([
    ["12 345", { pid: 12, startTime: 345 }],
    ["12 345\n", { pid: 12, startTime: 345 }],
    ["", undefined],
    ["12", undefined],
    ["12 345 6", undefined],
    ["-1 2", undefined],
  ])("of %j", (text, identity) => {
    writeFileSync(join(dir, "pid"), text);
    expect(readProcessIdentity(dir)).toEqual(identity);
  });

  it("of no file is undefined", () => {
    expect(readProcessIdentity(dir)).toBeUndefined();
  });
});

describe("parseExitRecord()", () => {
  const valid = { pid: 7, status: 137, signal: 9, exitedAt: "1700000000123456789", oom: true };

  it("keeps every nanosecond", () => {
    expect(parseExitRecord(JSON.stringify(valid), "f")).toEqual({
      pid: 7,
      status: 137,
      exitedAtNs: 1_700_000_000_123_456_789n,
      isOom: true,
    });
  });

  it.each<[object | string, RegExp]>([
    ["", /f: not JSON/],
    ["{", /f: not JSON/],
    ["null", /no object/],
    ["7", /no object/],
    [{ ...valid, pid: "7" }, /"pid"/],
    [{ ...valid, status: 256 }, /"status"/],
    [{ ...valid, status: -1 }, /"status"/],
    [{ ...valid, status: 1.5 }, /"status"/],
    [{ ...valid, exitedAt: 1 }, /"exitedAt"/],
    [{ ...valid, exitedAt: "-1" }, /"exitedAt"/],
    [{ ...valid, exitedAt: "1".repeat(20) }, /"exitedAt"/],
  ])("refuses %j, naming file and field", (value, words) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    expect(() => parseExitRecord(text, "f")).toThrow(corrupt(words));
  });

  it("is not asked when there is no file", () => {
    expect(readExitRecord(dir)).toBeUndefined();
  });
});

describe("parseContainerFacts()", () => {
  it("takes the cgroup and the pid namespace, and leaves the rest", () => {
    const state = {
      cgroup: { mode: "v1", paths: { pids: "/sys/fs/cgroup/pids/x" }, more: 1 },
      hasPrivatePidNamespace: true,
      pid: 18446744073709552000,
    };
    expect(parseContainerFacts(JSON.stringify(state), "f")).toEqual({
      cgroup: { mode: "v1", paths: { pids: "/sys/fs/cgroup/pids/x" } },
      hasPrivatePidNamespace: true,
      isCreated: true,
    });
    const creating = JSON.stringify({ ...state, creator: { pid: 1, startTime: 1 } });
    expect(parseContainerFacts(creating, "f").isCreated).toBe(false);
  });

  it("takes a pid namespace for shared unless it is said to be private", () => {
    const text = JSON.stringify({ cgroup: { mode: "v2", paths: {} }, hasPrivatePidNamespace: "true" });
    expect(parseContainerFacts(text, "f").hasPrivatePidNamespace).toBe(false);
  });

  it.each<[string, RegExp]>([
    ["{", /f: not JSON/],
    ["null", /"cgroup\.mode"/],
    ["{}", /"cgroup\.mode"/],
    ['{"cgroup":{"mode":"v3"}}', /"cgroup\.mode"/],
    ['{"cgroup":{"mode":"v2","paths":{"":1}}}', /"cgroup\.paths"/],
  ])("refuses %s, naming file and field", (text, words) => {
    expect(() => parseContainerFacts(text, "f")).toThrow(corrupt(words));
  });

  it("is read from the state root; no directory is no container", () => {
    expect(readContainerFacts(dir, "c1")).toBeUndefined();
    mkdirSync(join(dir, "c1"));
    expect(readContainerFacts(dir, "c1")).toBeUndefined();
    writeFileSync(join(dir, "c1/state.json"), '{"cgroup":{"mode":"hybrid","paths":{}}}');
    expect(readContainerFacts(dir, "c1")?.cgroup.mode).toBe("hybrid");
  });
});
