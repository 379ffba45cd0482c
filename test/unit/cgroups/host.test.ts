import { describe, expect, it } from "vitest";
import { findHierarchies, parseOwnCgroups, readCgroupHost } from "../../../src/cgroups/host.ts";
import type { HostFiles } from "../../../src/host/files.ts";
import { parseMountinfo } from "../../../src/host/mountinfo.ts";

function fakeFiles(content: Readonly<Record<string, string>>): HostFiles {
  return { readText: (path) => content[path], exists: (path) => path in content };
}

const V1_LINES = `31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
34 31 0:31 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
35 31 0:32 / /sys/fs/cgroup/openrc rw - cgroup cgroup rw,name=openrc
36 31 0:30 / /mnt/again rw - cgroup cgroup rw,memory
`;
const UNIFIED_LINE = "37 31 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n";
const OWN = "4:memory:/a:b\n3:cpu,cpuacct:/user\n2:name=systemd:/s\n0::/u.slice/x.scope\n";

describe("readCgroupHost()", () => {
  it("reads a hybrid host in one pass, and the unified controllers", async () => {
    const files = fakeFiles({
      "/proc/self/cgroup": OWN,
      "/proc/self/mountinfo": V1_LINES + UNIFIED_LINE,
      "/sys/fs/cgroup/unified/cgroup.controllers": "hugetlb misc\n",
    });
    expect(await readCgroupHost(undefined, files)).toMatchObject({
      mode: "hybrid",
      mounts: [
        { mountPoint: "/sys/fs/cgroup/cpu,cpuacct", controllers: ["cpu", "cpuacct"], ownPath: "/user" },
        { mountPoint: "/sys/fs/cgroup/memory", controllers: ["memory"], ownPath: "/a:b" },
        { mountPoint: "/sys/fs/cgroup/systemd", controllers: ["name=systemd"], ownPath: "/s" },
        { mountPoint: "/sys/fs/cgroup/unified", controllers: [], ownPath: "/u.slice/x.scope" },
      ],
      unifiedControllers: ["hugetlb", "misc"],
      ioWeightFiles: [],
    });
  });
  it("reads nothing but /proc on v1", async () => {
    const files = fakeFiles({ "/proc/self/cgroup": OWN, "/proc/self/mountinfo": V1_LINES });
    expect(await readCgroupHost({ blockIO: { weight: 5 } }, files)).toMatchObject({
      mode: "v1",
      ioWeightFiles: [],
    });
  });
  it("reads this machine", async () => {
    const host = await readCgroupHost();
    expect(host.mounts.length).toBeGreaterThan(0);
    for (const { mountPoint, ownPath } of host.mounts) {
      expect(mountPoint).toMatch(/^\//);
      expect(ownPath).toMatch(/^\//);
    }
  });
  it("needs a hierarchy", async () => {
    await expect(readCgroupHost(undefined, fakeFiles({}))).rejects.toThrowError(
      expect.objectContaining({ code: "no-hierarchy" }),
    );
  });
});

describe("findHierarchies()", () => {
  const find = (text: string, own: string) => findHierarchies(parseMountinfo(text), parseOwnCgroups(own));

  it("takes cgroup2 on /sys/fs/cgroup as v2, also beside leftovers of v1", () => {
    const v2 = "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
    const expected = {
      mode: "v2",
      mounts: [{ mountPoint: "/sys/fs/cgroup", controllers: [], ownPath: "/x" }],
    };
    expect(find(v2, "0::/x\n")).toEqual(expected);
    expect(find(`${v2}40 31 0:40 / /mnt/m rw - cgroup cgroup rw,memory\n`, "0::/x\n")).toEqual(expected);
  });
  it.each([
    ["/", "/docker/c/own", "/docker/c/own"],
    ["/docker/c", "/docker/c/own", "/own"],
    ["/docker/c", "/docker/c", "/"],
    ["/docker/c", "/elsewhere", "/"],
    ["/..", "/", "/"],
  ])("places us below a mount of %s: %s is %s", (root, own, expected) => {
    const line = `31 23 0:28 ${root} /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n`;
    expect(find(line, `0::${own}\n`).mounts[0]?.ownPath).toBe(expected);
  });
});
