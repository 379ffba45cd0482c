import { describe, expect, it } from "vitest";

import { parseRootfsMounts } from "../../../src/runtime/rootfs-mounts.ts";

describe("parseRootfsMounts()", () => {
  it("reads containerd's mounts and fills in what is absent", () => {
    const value = [
      { type: "overlay", source: "overlay", options: ["lowerdir=/a"] },
      { type: "bind", source: "/s", target: "/t" },
    ];
    expect(parseRootfsMounts(value, "f")).toEqual([
      { type: "overlay", source: "overlay", target: "", options: ["lowerdir=/a"] },
      { type: "bind", source: "/s", target: "/t", options: [] },
    ]);
  });

  it.each([
    [{}, "f: not a list of mounts"],
    [[1], "f: [0] is not an object"],
    [[{ source: "x" }], "f: [0].type is empty"],
    [[{ type: "bind", source: 1 }], "f: [0].source is not a string"],
    [[{ type: "bind", target: "a\0b" }], "f: [0].target is not a string"],
    [[{ type: "bind", options: "ro" }], "f: [0].options is not a list of strings"],
    [[{ type: "bind", options: [1] }], "f: [0].options is not a list of strings"],
  ])("refuses %j, naming the field", (value, message) => {
    expect(() => parseRootfsMounts(value, "f")).toThrowError(
      expect.objectContaining({ code: "bad-mounts", message }),
    );
  });
});
