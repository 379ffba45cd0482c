import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { parseFlags } from "../../../src/cli/flags.ts";
import { flagResources } from "../../../src/cli/update.ts";
import { mergeResources } from "../../../src/runtime/update.ts";

describe("mergeResources()", () => {
  it("replaces field by field and keeps devices", () => {
    const devices = [{ allow: false, access: "rwm" }];
    const before = { devices, memory: { limit: 100, swap: 200 }, cpu: { shares: 5 }, pids: { limit: 9 } };
    expect(mergeResources(before, { memory: { limit: 50 }, cpu: { quota: 7 } })).toEqual({
      devices,
      memory: { limit: 50, swap: 200 },
      cpu: { shares: 5, quota: 7 },
      pids: { limit: 9 },
    });
  });
});

describe("flagResources()", () => {
  const resources = (...argv: string[]) => {
    const command = COMMANDS.find(({ name }) => name === "update");
    return flagResources(parseFlags(command?.flags ?? [], argv, false));
  };

  it("asks for nothing without flags", () => {
    expect(resources()).toEqual({});
  });

  it.each([
    ["1024", 1024n],
    ["512m", 536870912n],
    ["2G", 2147483648n],
    ["10KiB", 10240n],
    ["-1", -1n],
    ["9223372036854775807", 9223372036854775807n],
  ])("reads --memory %s", (text, expected) => {
    expect(BigInt(resources("--memory", text).memory?.limit ?? 0)).toBe(expected);
  });

  it.each(["-2", "x", "1.5m", "9223372036854775808", "8388608t"])("refuses --memory %s", (text) => {
    expect(() => resources("--memory", text)).toThrowError(expect.objectContaining({ code: "bad-flag" }));
  });

  it("collects the other limits", () => {
    const got = resources(
      "--cpu-quota",
      "-1",
      "--cpuset-cpus",
      "0-1",
      "--pids-limit",
      "7",
      "--blkio-weight",
      "500",
    );
    expect(got).toMatchObject({ cpu: { cpus: "0-1" }, blockIO: { weight: 500 } });
    expect(BigInt(got.cpu?.quota ?? 0)).toBe(-1n);
    expect(BigInt(got.pids?.limit ?? 0)).toBe(7n);
  });
});
