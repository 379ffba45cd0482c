import { describe, expect, it } from "vitest";

import {
  completeProcess,
  type ExecOverrides,
  overrideProcess,
  parseUser,
} from "../../../src/runtime/exec-process.ts";
import type { Process } from "../../../src/spec/types.ts";

const OWN: Process = {
  terminal: true,
  user: { uid: 5, gid: 6, additionalGids: [10] },
  args: ["init"],
  env: ["PATH=/bin"],
  cwd: "/home",
  noNewPrivileges: true,
  capabilities: { bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"] },
};

const NOTHING: ExecOverrides = {
  args: ["sh"],
  cwd: undefined,
  env: [],
  terminal: false,
  user: undefined,
  additionalGids: [],
  processLabel: undefined,
  apparmor: undefined,
  noNewPrivileges: undefined,
  capabilities: [],
};

describe("parseUser()", () => {
  it.each([
    ["0", { uid: 0 }],
    ["1000", { uid: 1000 }],
    ["1000:50", { uid: 1000, gid: 50 }],
    ["4294967294:0", { uid: 4294967294, gid: 0 }],
  ])("reads %s", (text, expected) => {
    expect(parseUser(text)).toEqual(expected);
  });

  it.each([
    "",
    "1000x",
    "1000:",
    ":5",
    "-1",
    "4294967295",
    "4294967296",
    " 1",
    "1 ",
    "0x10",
    "1:2:3",
    "root",
    "+1",
  ])("refuses %j instead of guessing (CVE-2026-30892)", (text) => {
    expect(() => parseUser(text)).toThrowError(expect.objectContaining({ code: "bad-user" }));
  });
});

describe("overrideProcess()", () => {
  it("keeps everything that no flag names, but never the terminal", () => {
    expect(overrideProcess(OWN, NOTHING)).toEqual({ ...OWN, args: ["sh"], terminal: false });
  });

  it("changes only the group that was named", () => {
    expect(overrideProcess(OWN, { ...NOTHING, user: "7" }).user).toEqual({
      uid: 7,
      gid: 6,
      additionalGids: [10],
    });
    expect(overrideProcess(OWN, { ...NOTHING, user: "7:8", additionalGids: ["9"] }).user).toEqual({
      uid: 7,
      gid: 8,
      additionalGids: [10, 9],
    });
  });

  it("appends to the environment, so that the new value wins", () => {
    expect(overrideProcess(OWN, { ...NOTHING, env: ["PATH=/sbin"] }).env).toEqual([
      "PATH=/bin",
      "PATH=/sbin",
    ]);
  });

  it("adds capabilities, never inheritable and not ambient (CVE-2022-29162)", () => {
    expect(overrideProcess(OWN, { ...NOTHING, capabilities: ["CAP_CHOWN"] }).capabilities).toEqual({
      bounding: ["CAP_KILL", "CAP_CHOWN"],
      effective: ["CAP_KILL", "CAP_CHOWN"],
      permitted: ["CAP_KILL", "CAP_CHOWN"],
    });
  });

  it("adds ambient ones where the container has inheritable ones, which stay as they are", () => {
    const own = {
      ...OWN,
      capabilities: { ...OWN.capabilities, inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"] },
    };
    expect(overrideProcess(own, { ...NOTHING, capabilities: ["CAP_CHOWN"] }).capabilities).toMatchObject({
      inheritable: ["CAP_KILL"],
      ambient: ["CAP_KILL", "CAP_CHOWN"],
    });
  });

  it("can switch no_new_privs off only when asked", () => {
    expect(overrideProcess(OWN, { ...NOTHING, noNewPrivileges: false }).noNewPrivileges).toBe(false);
    expect(overrideProcess(OWN, NOTHING).noNewPrivileges).toBe(true);
  });
});

describe("completeProcess()", () => {
  const own: Process = {
    ...OWN,
    rlimits: [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }],
    apparmorProfile: "p",
    oomScoreAdj: 5,
    scheduler: { policy: "SCHED_IDLE" },
  };
  const file: Process = { user: { uid: 0, gid: 0 }, args: ["sh"], cwd: "/" };

  it("takes from the container what a file leaves out, as runc does, and nothing else", () => {
    const { capabilities, rlimits, apparmorProfile, oomScoreAdj, scheduler } = own;
    expect(completeProcess(file, own)).toEqual({
      ...file,
      ...{ capabilities, rlimits, apparmorProfile, oomScoreAdj, scheduler },
    });
    expect(completeProcess({ ...file, rlimits: [], apparmorProfile: "" }, own)).toMatchObject({
      rlimits,
      apparmorProfile,
    });
  });

  it("leaves alone what the file has", () => {
    const whole: Process = {
      ...file,
      rlimits: [{ type: "RLIMIT_CPU", soft: 1, hard: 1 }],
      apparmorProfile: "q",
      oomScoreAdj: 0,
      scheduler: { policy: "SCHED_BATCH" },
      capabilities: {},
    };
    expect(completeProcess(whole, own)).toEqual(whole);
  });
});
