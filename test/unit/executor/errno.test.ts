import { constants } from "node:os";
import { describe, expect, it } from "vitest";

import { errnoName, errnoText } from "../../../src/executor/errno.ts";

describe("errnoName()", () => {
  it("knows every number this system has a name for", () => {
    for (const [name, number] of Object.entries(constants.errno)) {
      const names = Object.entries(constants.errno).filter(([, other]) => other === number);
      expect(names.map(([known]) => known)).toContain(errnoName(number));
      if (names.length === 1) expect(errnoName(number)).toBe(name);
    }
  });

  it.each([0, 41, 58, 134, 9999])("has no name for %s", (number) => {
    expect(errnoName(number)).toBe(`errno ${number}`);
  });
});

describe("errnoText()", () => {
  it("has the words engines look for, and a name for the rest", () => {
    expect(errnoText(2)).toBe("no such file or directory");
    expect(errnoText(11)).toBe("resource temporarily unavailable");
    expect(errnoText(95)).toBe("operation not supported");
    expect(errnoText(74)).toBe("EBADMSG");
  });
});
