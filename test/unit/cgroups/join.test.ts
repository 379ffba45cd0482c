import { describe, expect, it } from "vitest";
import { findExecCgroup } from "../../../src/cgroups/join.ts";
import type { CgroupPaths } from "../../../src/cgroups/types.ts";
import type { HostFiles } from "../../../src/host/files.ts";

const DIR = "/sys/fs/cgroup/ns/web";
const CGROUP: CgroupPaths = { mode: "v2", paths: { "": DIR } };

function fakeFiles(content: Readonly<Record<string, string>>): HostFiles {
  return { readText: (path) => content[path], exists: (path) => path in content };
}

describe("findExecCgroup()", () => {
  it.each([
    ["a plain container", "\n", "0::/ns/web\n", DIR],
    ["an init system", "memory pids\n", "0::/ns/web/init.scope\n", `${DIR}/init.scope`],
    ["an init that stayed", "memory\n", "0::/ns/web\n", DIR],
    ["an init that left", "memory\n", "0::/elsewhere\n", DIR],
    ["a name that only begins alike", "memory\n", "0::/ns/web2\n", DIR],
    ["a dead init", "memory\n", undefined, DIR],
  ])("for %s", (_, subtree, init, expected) => {
    const files = fakeFiles({
      [`${DIR}/cgroup.subtree_control`]: subtree,
      ...(init !== undefined && { "/proc/7/cgroup": init }),
    });
    expect(findExecCgroup(CGROUP, 7, files).paths[""]).toBe(expected);
  });
  it("changes nothing on v1", () => {
    const v1: CgroupPaths = { mode: "v1", paths: { memory: "/m" } };
    expect(findExecCgroup(v1, 7, fakeFiles({}))).toBe(v1);
  });
});
