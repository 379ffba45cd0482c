import { describe, expect, it } from "vitest";
import { parseMountinfo, readMountinfo } from "../../../src/host/mountinfo.ts";

const TEXT = String.raw`31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
36 35 98:0 /mnt1 /mnt\0402\134x rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue
40 31 0:37 /../.. /sys/fs/cgroup/systemd ro - cgroup cgroup rw,name=systemd
`;

describe("parseMountinfo()", () => {
  it("reads optional tags, escapes and super options", () => {
    const entries = parseMountinfo(TEXT);
    expect(entries).toHaveLength(3);
    expect(entries[1]).toEqual({
      id: 36,
      parentId: 35,
      device: "98:0",
      root: "/mnt1",
      mountPoint: "/mnt 2\\x",
      options: ["rw", "noatime"],
      tags: ["master:1", "shared:7"],
      fstype: "ext3",
      source: "/dev/root",
      superOptions: ["rw", "errors=continue"],
    });
    expect(entries[2]?.root).toBe("/../..");
  });
  it("parses only the lines the filter lets through", () => {
    expect(parseMountinfo(`${TEXT}broken\n`, (line) => line.includes(" - cgroup "))).toHaveLength(1);
  });
  it("refuses a line without the separator", () => {
    expect(() => parseMountinfo("1 2 3 4 5 6 7\n")).toThrowError(
      expect.objectContaining({ code: "unreadable-proc" }),
    );
  });
  it("finds /proc among our own mounts", () => {
    expect(readMountinfo().find((entry) => entry.mountPoint === "/proc")?.fstype).toBe("proc");
  });
});
