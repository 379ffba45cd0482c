import { describe, expect, it } from "vitest";
import { isInUserNamespace } from "../../../src/host/user-namespace.ts";

describe("isInUserNamespace()", () => {
  it.each([
    ["the first one", "         0          0 4294967295\n", false],
    [
      "podman's, of an ordinary user",
      "         0       1000          1\n         1     200000      65536\n",
      true,
    ],
    ["one whose map is not written yet", "", true],
  ])("tells %s by its id map", (_, map, expected) => {
    const files = { readText: () => map, exists: () => true };
    expect(isInUserNamespace(files)).toBe(expected);
  });

  it("says no where the kernel has none", () => {
    expect(isInUserNamespace({ readText: () => undefined, exists: () => false })).toBe(false);
  });
});
