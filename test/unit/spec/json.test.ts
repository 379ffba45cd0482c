import { describe, expect, it } from "vitest";
import { SpecError } from "../../../src/spec/errors.ts";
import { parseJson, stringifyJson } from "../../../src/spec/json.ts";

function failure(text: string): SpecError {
  try {
    parseJson(text, "/b/config.json");
  } catch (error) {
    if (error instanceof SpecError) return error;
    throw error;
  }
  throw new Error(`${text} was accepted`);
}

describe("parseJson()", () => {
  it("keeps integers beyond 2^53 exactly", () => {
    const text = '{"a":18446744073709551615,"b":9223372036854771712,"c":-9223372036854775808,"d":1024}';
    expect(parseJson(text, "f")).toEqual({
      a: 18446744073709551615n,
      b: 9223372036854771712n,
      c: -9223372036854775808n,
      d: 1024,
    });
  });

  it("gives numbers up to 2^53 - 1 as numbers, whichever parser read them", () => {
    expect(parseJson("[9007199254740991, 12345678901234567, 1.5, 1e3]", "f")).toEqual([
      9007199254740991,
      12345678901234567n,
      1.5,
      1000,
    ]);
  });

  it("does not take digits in a string for a number", () => {
    expect(parseJson('{"hash":"12345678901234567890123456789012345"}', "f")).toEqual({
      hash: "12345678901234567890123456789012345",
    });
  });

  it("lets the last of two equal keys win, in both parsers", () => {
    expect(parseJson('{"a":1,"a":2}', "f")).toEqual({ a: 2 });
    expect(parseJson('{"a":1,"a":2,"b":18446744073709551615}', "f")).toMatchObject({ a: 2 });
  });

  it("keeps a key named __proto__ a key", () => {
    const value = parseJson('{"__proto__":{"x":1},"n":18446744073709551615}', "f");
    expect(Object.keys(Object(value))).toEqual(["__proto__", "n"]);
    expect(Object(value).x).toBeUndefined();
  });

  it.each([
    ["a missing comma", '{\n  "a": 1\n  "b": 2\n}', /\/b\/config\.json.*line 3, column 3/],
    ["text cut off", '{\n  "a": [1,', /line 2, column 11/],
    ["an empty file", "", /line 1, column 1/],
    ["a control character", '{"a":"\u0001"}', /line 1, column 7/],
    ["a trailing brace", '{"a":1}}', /line 1, column 8/],
  ])("names file, line and column of %s", (_name, text, message) => {
    expect(failure(text)).toMatchObject({ code: "bad-json", kind: "invalid-argument" });
    expect(failure(text).message).toMatch(message);
  });

  it("refuses an integer of 300 digits and says where it stands", () => {
    const error = failure(`{\n"limit": ${"9".repeat(300)}}`);
    expect(error.code).toBe("bad-json");
    expect(error.message).toMatch(/99999999999999999999… \(300 characters\).*at line 2, column 10/);
  });

  it("refuses lists nested without end instead of overflowing the stack", () => {
    expect(failure("[".repeat(200_000)).code).toBe("bad-json");
  });
});

describe("stringifyJson()", () => {
  it("writes bigints as plain integers", () => {
    expect(stringifyJson({ hard: 2n ** 64n - 1n, soft: 5 })).toBe('{"hard":18446744073709551615,"soft":5}');
  });

  it("indents as JSON.stringify does", () => {
    expect(stringifyJson({ a: [1] }, "\t")).toBe(JSON.stringify({ a: [1] }, null, "\t"));
  });
});
