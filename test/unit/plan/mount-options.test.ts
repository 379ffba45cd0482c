import { describe, expect, it } from "vitest";
import { parseMountOptions } from "../../../src/plan/mount-options.ts";
import {
  MS_BIND,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_SHARED,
} from "../../../src/spec/mount-options.ts";

describe("parseMountOptions()", () => {
  it("sorts flags, propagation, attributes and data", () => {
    expect(
      parseMountOptions(["rbind", "ro", "rprivate", "shared", "rnosuid", "size=1m", "", "defaults", "acl"]),
    ).toEqual({
      flags: MS_BIND | MS_REC | MS_RDONLY,
      cleared: 0n,
      propagation: [MS_PRIVATE | MS_REC, MS_SHARED],
      attrSet: 0x2n,
      attrClear: 0n,
      isTmpcopyup: false,
      isIdMapRecursive: false,
      // Not MS_POSIXACL, which mount(2) does not take.
      data: ["size=1m", "acl"],
    });
  });

  it("lets the later of two opposites win and remembers what was cleared", () => {
    const { flags, cleared } = parseMountOptions(["ro", "nosuid", "rw", "suid", "nosuid", "dev", "exec"]);
    expect(flags).toBe(MS_NOSUID);
    expect(cleared).toBe(MS_RDONLY | MS_NODEV | MS_NOEXEC);
  });

  it.each([
    [["rro"], 0x1n, 0n],
    [["rro", "rrw"], 0n, 0x1n],
    [["rrw", "rro"], 0x1n, 0n],
    // Whatever access time is set, the kernel wants the whole field cleared: mount_setattr(2).
    [["rnoatime"], 0x10n, 0x70n],
    [["rnoatime", "rstrictatime"], 0x20n, 0x70n],
    [["rnoatime", "rrelatime"], 0n, 0x70n],
  ])("gives recursive attributes for %j", (options, attrSet, attrClear) => {
    const parsed = parseMountOptions(options);
    expect(parsed.attrSet).toBe(attrSet);
    expect(parsed.attrClear & 0x70n).toBe(attrClear & 0x70n);
    expect(parsed.attrClear & 0x1n).toBe(attrClear & 0x1n);
  });

  it("keeps id mapping from the file system", () => {
    expect(parseMountOptions(["bind", "idmap"])).toMatchObject({ isIdMapRecursive: false, data: [] });
    expect(parseMountOptions(["ridmap"])).toMatchObject({ isIdMapRecursive: true, data: [] });
  });

  it("takes names that objects inherit for file system options", () => {
    expect(parseMountOptions(["constructor"]).data).toEqual(["constructor"]);
  });
});
