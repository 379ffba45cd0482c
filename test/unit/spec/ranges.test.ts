import { describe, expect, it } from "vitest";

import { parseRanges } from "../../../src/spec/ranges.ts";

describe("parseRanges()", () => {
  it.each([
    ["", []],
    [" , ", []],
    ["0", [{ first: 0, last: 0 }]],
    [
      "0-3, 7,",
      [
        { first: 0, last: 3 },
        { first: 7, last: 7 },
      ],
    ],
    ["9-9", [{ first: 9, last: 9 }]],
  ])("reads %j", (text, expected) => {
    expect(parseRanges(text, 9)).toEqual(expected);
  });

  it.each(["a", "-1", "1-", "3-2", "1-2-3", "1 2", "0x1", "10", "0-10", "1e1", "99999999999"])(
    "finds no list up to 9 in %j",
    (text) => {
      expect(parseRanges(text, 9)).toBeUndefined();
    },
  );
});
