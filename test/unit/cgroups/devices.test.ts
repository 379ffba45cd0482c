import { describe, expect, it } from "vitest";
import { ACCESS, compileDevicePolicy, type DevicePolicy } from "../../../src/cgroups/devices.ts";
import { compileDeviceProgram } from "../../../src/cgroups/v2/device-program.ts";
import type { DeviceRule } from "../../../src/spec/types.ts";

const DENY_ALL: DeviceRule = { allow: false, access: "rwm" };
const ALLOW_ALL: DeviceRule = { allow: true, type: "a", access: "rwm" };

function c(major: number | undefined, minor: number | undefined, access: string, allow = true): DeviceRule {
  return {
    allow,
    type: "c",
    access,
    ...(major !== undefined && { major }),
    ...(minor !== undefined && { minor }),
  };
}

describe("compileDevicePolicy()", () => {
  it("allows only the runtime's own devices without rules", () => {
    const policy = compileDevicePolicy([]);
    expect(policy.isAllowedByDefault).toBe(false);
    expect(policy.exceptions).toHaveLength(11);
    expect(compileDevicePolicy([DENY_ALL])).toEqual(policy);
    expect(compileDevicePolicy([ALLOW_ALL, c(7, 7, "r", false), DENY_ALL])).toEqual(policy);
  });
  it("joins and takes away permissions of the same device", () => {
    const find = (rules: DeviceRule[]) =>
      compileDevicePolicy(rules).exceptions.find(({ major, minor }) => major === 7 && minor === 7)?.access;
    expect(find([c(7, 7, "r"), c(7, 7, "w")])).toBe(ACCESS.read | ACCESS.write);
    expect(find([c(7, 7, "rw"), c(7, 7, "w", false)])).toBe(ACCESS.read);
    expect(find([c(7, 7, "rw"), c(7, 7, "wr", false)])).toBeUndefined();
  });
  it("keeps what is denied when everything else is allowed", () => {
    expect(compileDevicePolicy([ALLOW_ALL, c(7, -1, "w", false)])).toEqual({
      isAllowedByDefault: true,
      exceptions: [{ type: "c", major: 7, minor: -1, access: ACCESS.write }],
    });
  });
  it.each<[string, DeviceRule[]]>([
    ["a hole in a wildcard", [c(7, undefined, "rw"), c(7, 7, "w", false)]],
    ["empty access", [c(7, 7, "")]],
    ["unknown access", [c(7, 7, "rx")]],
    ["no access", [{ allow: true, type: "c" }]],
    ["unknown type", [{ allow: true, type: "x", access: "r" }]],
    ["a number out of range", [c(-2, 7, "r")]],
    ["a number beyond 32 bits", [{ ...c(1, 7, "r"), minor: 2n ** 40n }]],
  ])("refuses %s", (_, rules) => {
    const compile = () => compileDevicePolicy(rules);
    expect(compile).toThrowError(expect.objectContaining({ code: "bad-value" }));
    expect(compile).toThrowError(`resources.devices[${rules.length - 1}]`);
  });
});

describe("compileDeviceProgram()", () => {
  it("is this for one rule", () => {
    const policy: DevicePolicy = {
      isAllowedByDefault: false,
      exceptions: [{ type: "c", major: 1, minor: 3, access: ACCESS.read | ACCESS.write }],
    };
    expect(
      Buffer.from(compileDeviceProgram(policy) ?? [])
        .toString("hex")
        .match(/.{16}/g),
    ).toEqual([
      "6112000000000000", // r2 = *(u32 *)(r1 + 0)
      "54020000ffff0000", // w2 &= 0xffff
      "6113000000000000", // r3 = *(u32 *)(r1 + 0)
      "7403000010000000", // w3 >>= 16
      "6114040000000000", // r4 = *(u32 *)(r1 + 4)
      "6115080000000000", // r5 = *(u32 *)(r1 + 8)
      "5502070002000000", // if r2 != 2 goto +7
      "bc31000000000000", // w1 = w3
      "5401000006000000", // w1 &= 6
      "5d31040000000000", // if r1 != r3 goto +4
      "5504030001000000", // if r4 != 1 goto +3
      "5505020003000000", // if r5 != 3 goto +2
      "b700000001000000", // r0 = 1
      "9500000000000000", // exit
      "b700000000000000", // r0 = 0
      "9500000000000000", // exit
    ]);
  });
  it("is not needed when everything is allowed", () => {
    expect(compileDeviceProgram({ isAllowedByDefault: true, exceptions: [] })).toBeUndefined();
  });
  it("decides as the policy does, for every type, access and number around the rules", () => {
    for (const rules of [
      [],
      [DENY_ALL, c(7, 7, "rw"), c(8, undefined, "r"), { allow: true, type: "b", access: "rm" }],
      [ALLOW_ALL],
      [
        ALLOW_ALL,
        c(7, undefined, "w", false),
        { allow: false, type: "b", major: 8, minor: 0, access: "rwm" },
      ],
    ]) {
      const policy = compileDevicePolicy(rules);
      const program = compileDeviceProgram(policy);
      for (const type of ["c", "b"] as const) {
        for (let access = 1; access <= 7; access++) {
          for (const major of [0, 1, 5, 7, 8, 10, 136, 4095]) {
            for (const minor of [0, 2, 3, 7, 200, 1048575]) {
              const expected = decide(policy, type, access, major, minor);
              const actual = program === undefined || run(program, type, access, major, minor) === 1;
              if (actual !== expected) expect({ rules, type, access, major, minor, actual }).toBe(expected);
            }
          }
        }
      }
    }
  });
});

/** What a policy means, written the plain way. */
function decide(policy: DevicePolicy, type: string, access: number, major: number, minor: number): boolean {
  const matching = policy.exceptions.filter(
    (rule) =>
      rule.type === type &&
      (rule.major < 0 || rule.major === major) &&
      (rule.minor < 0 || rule.minor === minor),
  );
  return policy.isAllowedByDefault
    ? !matching.some((rule) => (rule.access & access) !== 0)
    : matching.some((rule) => (rule.access & access) === access);
}

/** An interpreter for the few instructions we use; jumps forward only, as the kernel's verifier demands. */
function run(program: Uint8Array, type: "c" | "b", access: number, major: number, minor: number): number {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const context = [(access << 16) | (type === "b" ? 1 : 2), major, minor];
  const r = new Array<number>(11).fill(Number.NaN);
  for (let pc = 0; ; pc++) {
    const code = view.getUint8(pc * 8);
    const dst = view.getUint8(pc * 8 + 1) & 15;
    const src = view.getUint8(pc * 8 + 1) >> 4;
    const offset = view.getInt16(pc * 8 + 2, true);
    const imm = view.getInt32(pc * 8 + 4, true);
    const a = r[dst] ?? Number.NaN;
    if (offset < 0) throw new Error("jump backwards");
    if (code === 0x61) r[dst] = context[offset / 4] ?? Number.NaN;
    else if (code === 0x54) r[dst] = a & imm;
    else if (code === 0x74) r[dst] = a >>> imm;
    else if (code === 0xbc) r[dst] = r[src] ?? Number.NaN;
    else if (code === 0xb7) r[dst] = imm;
    else if (code === 0x15) pc += a === imm ? offset : 0;
    else if (code === 0x55) pc += a !== imm ? offset : 0;
    else if (code === 0x5d) pc += a !== r[src] ? offset : 0;
    else if (code === 0x95) return r[0] ?? Number.NaN;
    else throw new Error(`unknown instruction ${code}`);
  }
}
