import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { encodeProfile, filterFlags, hashProfile } from "../../../src/seccomp/profile.ts";
import { parseJson } from "../../../src/spec/json.ts";
import type { Seccomp } from "../../../src/spec/types.ts";
import { validateSpec } from "../../../src/spec/validate.ts";
import { expectGolden, goldenPath, hexLines } from "../../helpers/golden.ts";
import { aLinux, aSpec } from "../../helpers/spec.ts";

function check(seccomp: Seccomp): Seccomp {
  return validateSpec(aSpec({ linux: aLinux({ seccomp }) })).linux?.seccomp ?? {};
}

function hex(seccomp: Seccomp): string {
  return Buffer.from(encodeProfile(check(seccomp))).toString("hex");
}

describe("encodeProfile()", () => {
  it("writes docker's profile as in docker.hex, which the native part reads too", () => {
    const path = goldenPath("spec/docker.json");
    const spec = validateSpec(parseJson(readFileSync(path, "utf8"), path));
    expectGolden("seccomp/docker.hex", hexLines(encodeProfile(spec.linux?.seccomp ?? {})));
  });

  it("writes header, default action, architectures and rules as documented", () => {
    const seccomp: Seccomp = {
      defaultAction: "SCMP_ACT_ERRNO",
      defaultErrnoRet: 38,
      architectures: ["SCMP_ARCH_AARCH64", "SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"],
      syscalls: [
        {
          names: ["ioctl"],
          action: "SCMP_ACT_ALLOW",
          args: [{ index: 1, value: 2n ** 64n - 1n, valueTwo: 5, op: "SCMP_CMP_MASKED_EQ" }],
        },
      ],
    };
    expect(hex(seccomp)).toBe(
      [
        "47534543" + "0100" + "0000" + "4e000000" + "01000000", // GSEC, 78 bytes, one rule
        "26000500", // ERRNO(38)
        "02000000" + "b70000c0" + "3e0000c0", // architectures, each once
        "01000000",
        "0000ff7f" + "05000000" + "696f63746c00", // ALLOW ioctl
        "01000000" + "01000000" + "07000000" + "ffffffffffffffff" + "0500000000000000",
      ].join(""),
    );
  });

  it.each([
    ["SCMP_ACT_KILL", undefined, "00000000"],
    ["SCMP_ACT_KILL_PROCESS", undefined, "00000080"],
    ["SCMP_ACT_TRAP", undefined, "00000300"],
    ["SCMP_ACT_ERRNO", undefined, "01000500"],
    ["SCMP_ACT_ERRNO", 0, "00000500"],
    ["SCMP_ACT_TRACE", 4095, "ff0ff07f"],
    ["SCMP_ACT_LOG", undefined, "0000fc7f"],
  ])("encodes %s with errno %s", (defaultAction, errno, expected) => {
    const seccomp = { defaultAction, ...(errno === undefined ? {} : { defaultErrnoRet: errno }) };
    expect(hex(seccomp).slice(32, 40)).toBe(expected);
  });

  it("makes a rule of each condition when an argument is named twice, and one rule otherwise", () => {
    const profile = (indexes: readonly number[]): number =>
      encodeProfile(
        check({
          defaultAction: "SCMP_ACT_ERRNO",
          syscalls: [
            {
              names: ["a", "b"],
              action: "SCMP_ACT_ALLOW",
              args: indexes.map((index) => ({ index, value: 1, op: "SCMP_CMP_EQ" })),
            },
          ],
        }),
      )[12] ?? 0;
    expect(profile([0, 1])).toBe(2);
    expect(profile([0, 1, 0])).toBe(6);
    expect(profile([])).toBe(2);
  });
});

describe("filterFlags()", () => {
  it("asks for a listener when a call is up to one", () => {
    const seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      listenerPath: "/run/agent.sock",
      flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
      syscalls: [{ names: ["mkdir"], action: "SCMP_ACT_NOTIFY" }],
    };
    expect(filterFlags(check(seccomp))).toBe(0x28);
  });

  it("is SPEC_ALLOW without flags, and what is listed otherwise", () => {
    const flags = (names?: string[]): number =>
      filterFlags(check({ defaultAction: "SCMP_ACT_ALLOW", ...(names && { flags: names }) }));
    expect(flags()).toBe(4);
    expect(flags([])).toBe(0);
    expect(flags(["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"])).toBe(2);
    expect(flags(["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"])).toBe(0);
  });
});

describe("hashProfile()", () => {
  it("differs by profile and by compiler, and by nothing else", async () => {
    const one = Uint8Array.of(1);
    const hash = await hashProfile(one, "v1");
    expect(await hashProfile(Uint8Array.of(1), "v1")).toBe(hash);
    expect(await hashProfile(one, "v2")).not.toBe(hash);
    expect(await hashProfile(Uint8Array.of(2), "v1")).not.toBe(hash);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });
});
