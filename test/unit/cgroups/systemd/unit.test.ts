import { describe, expect, it } from "vitest";
import { expandSlice, parseUnitPath } from "../../../../src/cgroups/systemd/unit.ts";

describe("expandSlice()", () => {
  it.each([
    ["-.slice", "/"],
    ["system.slice", "/system.slice"],
    ["a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice"],
  ])("%s lies at %s", (slice, path) => {
    expect(expandSlice(slice)).toBe(path);
  });

  it.each(["", ".slice", "a", "a.scope", "a--b.slice", "-a.slice", "a-.slice", "a/b.slice", "../x.slice"])(
    "refuses %j",
    (slice) => {
      expect(() => expandSlice(slice)).toThrowError(expect.objectContaining({ code: "bad-value" }));
    },
  );
});

describe("parseUnitPath()", () => {
  it.each([
    ["machine.slice:libpod:abc", "machine.slice", "libpod-abc.scope", "/machine.slice/libpod-abc.scope"],
    [
      ":cri-containerd:abc",
      "system.slice",
      "cri-containerd-abc.scope",
      "/system.slice/cri-containerd-abc.scope",
    ],
    ["a-b.slice::abc", "a-b.slice", "-abc.scope", "/a.slice/a-b.slice/-abc.scope"],
    ["-.slice:p:abc", "-.slice", "p-abc.scope", "/p-abc.scope"],
    ["a.slice::a-own.slice", "a.slice", "a-own.slice", "/a.slice/a-own.slice"],
    [undefined, "system.slice", "gantry-web.scope", "/system.slice/gantry-web.scope"],
    ["", "system.slice", "gantry-web.scope", "/system.slice/gantry-web.scope"],
  ])("%s is %s, %s", (cgroupsPath, slice, unit, path) => {
    expect(parseUnitPath(cgroupsPath, "web", "system.slice")).toEqual({ slice, unit, path });
  });

  it.each(["/a/b", "a.slice:b", "a.slice:b:c:d", "a.slice:b:", "a.slice:b:../c", "a.slice:b:c/d", "x:b:c"])(
    "refuses %j",
    (cgroupsPath) => {
      expect(() => parseUnitPath(cgroupsPath, "web", "system.slice")).toThrowError(
        expect.objectContaining({ code: "bad-value" }),
      );
    },
  );
});
