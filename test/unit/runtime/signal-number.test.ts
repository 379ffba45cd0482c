import { describe, expect, it } from "vitest";

import { parseSignal } from "../../../src/runtime/signal-number.ts";

describe("parseSignal()", () => {
  it.each([
    ["9", 9],
    ["0", 0],
    ["64", 64],
    ["KILL", 9],
    ["SIGKILL", 9],
    ["sigterm", 15],
    ["Usr1", 10],
    ["SIGRTMIN", 34],
    ["RTMIN+3", 37],
    ["SIGRTMAX-1", 63],
    ["RTMAX", 64],
  ])("reads %s as %i", (text, expected) => {
    expect(parseSignal(text)).toBe(expected);
  });

  it.each(["", "65", "-1", "SIG", "SIGNOPE", "9x", "RTMIN+31", "RTMAX-31", "RTMAX+1", "SIGSIGKILL"])(
    "refuses %j",
    (text) => {
      expect(() => parseSignal(text)).toThrowError(
        expect.objectContaining({ code: "bad-signal", message: `unknown signal ${JSON.stringify(text)}` }),
      );
    },
  );
});
