import { describe, expect, it } from "vitest";

import { type FlagDef, integerFlag, parseFlags } from "../../../src/cli/flags.ts";

const DEFS: readonly FlagDef[] = [
  { name: "bundle", alias: "b", kind: "string", help: "" },
  { name: "detach", alias: "d", kind: "bool", help: "" },
  { name: "env", alias: "e", kind: "list", help: "" },
  { name: "quota", kind: "string", help: "" },
];

function parse(argv: readonly string[], stopAtPositional = false) {
  const { bools, strings, lists, positional } = parseFlags(DEFS, argv, stopAtPositional);
  return {
    bools: Object.fromEntries(bools),
    strings: Object.fromEntries(strings),
    lists: Object.fromEntries(lists),
    positional,
  };
}

describe("parseFlags()", () => {
  it.each([
    { argv: ["--bundle", "/b", "id"], strings: { bundle: "/b" }, positional: ["id"] },
    { argv: ["-bundle", "/b", "id"], strings: { bundle: "/b" }, positional: ["id"] },
    { argv: ["--bundle=/b=c", "id"], strings: { bundle: "/b=c" }, positional: ["id"] },
    { argv: ["-b", "/b", "id"], strings: { bundle: "/b" }, positional: ["id"] },
    { argv: ["id", "--bundle", "/b"], strings: { bundle: "/b" }, positional: ["id"] },
    { argv: ["--quota", "-1", "id"], strings: { quota: "-1" }, positional: ["id"] },
    { argv: ["--bundle=", "-"], strings: { bundle: "" }, positional: ["-"] },
  ])("takes the value of $argv as Go's flag package does", ({ argv, strings, positional }) => {
    expect(parse(argv)).toMatchObject({ strings, positional });
  });

  it.each([
    ["-d", true],
    ["--detach", true],
    ["--detach=true", true],
    ["--detach=1", true],
    ["--detach=false", false],
    ["--detach=F", false],
  ])("reads the bool %s as %s", (arg, expected) => {
    expect(parse([arg, "id"])).toMatchObject({ bools: { detach: expected }, positional: ["id"] });
  });

  it("collects a repeated list flag and does not split at commas", () => {
    expect(parse(["-e", "A=1,2", "--env=B=3"]).lists).toEqual({ env: ["A=1,2", "B=3"] });
  });

  it("leaves the flags of a command alone once the first argument was seen", () => {
    expect(parse(["-d", "id", "sh", "-c", "x", "--unknown"], true)).toMatchObject({
      bools: { detach: true },
      positional: ["id", "sh", "-c", "x", "--unknown"],
    });
  });

  it("ends the flags at --", () => {
    expect(parse(["--", "-d", "--nope"]).positional).toEqual(["-d", "--nope"]);
  });

  it.each([
    [["--nope"], "flag provided but not defined: -nope"],
    [["--bundle"], "flag needs an argument: -bundle"],
    [["--detach=maybe"], 'invalid boolean value "maybe" for -detach: parse error'],
    [["---bundle"], "bad flag syntax: ---bundle"],
    [["--=x"], "bad flag syntax: --=x"],
  ])("refuses %j", (argv, message) => {
    expect(() => parse(argv)).toThrowError(expect.objectContaining({ code: "bad-flag", message }));
  });
});

describe("integerFlag()", () => {
  const range = { min: -(2n ** 63n), max: 2n ** 63n - 1n };
  const flag = (value: string) => integerFlag(parseFlags(DEFS, ["--quota", value], false), "quota", range);

  it("keeps every digit of a 64-bit number", () => {
    expect(flag("9223372036854775807")).toBe(9223372036854775807n);
    expect(flag("-1")).toBe(-1n);
  });

  it.each(["", "1x", " 1", "0x10", "1e3", "9223372036854775808", "1.5"])("refuses %j", (value) => {
    expect(() => flag(value)).toThrowError(expect.objectContaining({ code: "bad-flag" }));
  });

  it("is undefined for a flag that was not given", () => {
    expect(integerFlag(parseFlags(DEFS, [], false), "quota", range)).toBeUndefined();
  });
});
