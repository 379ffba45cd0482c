import { describe, expect, it } from "vitest";
import { withTerminal } from "../../../../src/shim/task/exec.ts";
import { toLong } from "../../../../src/shim/task/long.ts";

const text = (value: string | Uint8Array): string => Buffer.from(value).toString();

describe("withTerminal()", () => {
  it.each([
    ["neither says so", '{"args":["a"]}', false],
    ["both say so", '{"terminal":true}', true],
    ["both deny it", '{ "terminal" : false }', false],
  ])("leaves the bytes alone when %s", async (_, spec, hasTerminal) => {
    const bytes = Buffer.from(spec);
    expect(await withTerminal(bytes, hasTerminal)).toBe(bytes);
  });

  it.each([
    ['{"args":["a"]}', true],
    ['{"args":["a"],"terminal":true}', false],
    ['{"args":["a"],"terminal":null}', true],
  ])("lets the request overrule %s", async (spec, hasTerminal) => {
    expect(JSON.parse(text(await withTerminal(Buffer.from(spec), hasTerminal)))).toEqual({
      args: ["a"],
      terminal: hasTerminal,
    });
  });

  it("keeps numbers that JSON.parse would change", async () => {
    const spec =
      '{"rlimits":[{"type":"RLIMIT_NOFILE","hard":18446744073709551615,"soft":9223372036854771712}]}';
    expect(text(await withTerminal(Buffer.from(spec), true))).toMatch(
      /18446744073709551615.*9223372036854771712/,
    );
  });

  it.each(["", "{", "null", "[]", '"x"', "7"])("refuses %j", async (spec) => {
    await expect(withTerminal(Buffer.from(spec), false)).rejects.toMatchObject({ code: "bad-request" });
  });
});

describe("toLong()", () => {
  it.each([
    [0n, "0"],
    [1n, "1"],
    [0xffff_ffffn, "4294967295"],
    [0x1_0000_0000n, "4294967296"],
    [0x8000_0000_0000_0000n, "9223372036854775808"],
    [2n ** 64n - 1n, "18446744073709551615"],
    [2n ** 64n, "18446744073709551615"],
    [-1n, "0"],
  ])("of %s is %s", (value, expected) => {
    expect(toLong(value).toString()).toBe(expected);
  });
});
