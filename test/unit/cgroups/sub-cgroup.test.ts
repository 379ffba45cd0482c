import { describe, expect, it } from "vitest";
import { selectSubCgroups } from "../../../src/cgroups/sub-cgroup.ts";
import type { CgroupPaths } from "../../../src/cgroups/types.ts";

const V1: CgroupPaths = {
  mode: "hybrid",
  paths: { cpu: "/cg/cpu/c", memory: "/cg/memory/c", "": "/cg/unified/c" },
};
const V2: CgroupPaths = { mode: "v2", paths: { "": "/cg/c" } };

function files(...existing: readonly string[]) {
  return { readText: () => undefined, exists: (path: string) => existing.includes(path) };
}

describe("selectSubCgroups()", () => {
  it("takes a path for every controller, and only some where they are named", () => {
    const all = files("/cg/cpu/c/a", "/cg/memory/c/a", "/cg/memory/c/b");
    expect(selectSubCgroups(V1, ["a"], all).paths).toEqual({
      cpu: "/cg/cpu/c/a",
      memory: "/cg/memory/c/a",
      "": "/cg/unified/c",
    });
    expect(selectSubCgroups(V1, ["memory:/b"], all).paths).toEqual({ ...V1.paths, memory: "/cg/memory/c/b" });
    expect(selectSubCgroups(V2, ["a/b"], files("/cg/c/a/b")).paths).toEqual({ "": "/cg/c/a/b" });
  });

  it("takes / for the container's own", () => {
    expect(selectSubCgroups(V2, ["/"], files("/cg/c", "/cg/c/")).paths[""]).toMatch(/^\/cg\/c\/?$/);
  });

  it.each([
    [V2, "..", ".. is not a sub cgroup path"],
    [V2, "a/../../b", "a/../../b is not a sub cgroup path"],
    [V1, "cpu:../x", "cpu:../x is not a sub cgroup path"],
    [V2, "nope", "adding pid to cgroups: /cg/c/nope/cgroup.procs: no such file or directory"],
    [V1, "cpu:nope", "/cg/cpu/c/nope/cgroup.procs: no such file or directory"],
    [V1, "whaaat:/", 'unknown controller "whaaat"'],
    [V2, "cpu:a", 'unknown controller "cpu"'],
    [V2, ":a", 'unknown controller ""'],
  ])("refuses %j %s", (cgroup, wanted, message) => {
    const select = () => selectSubCgroups(cgroup, [wanted], files("/cg/cpu/c", "/cg/memory/c"));
    expect(select).toThrowError(expect.objectContaining({ code: "bad-value" }));
    expect(select).toThrowError(message);
  });
});
