import { describe, expect, it } from "vitest";
import { PlanError } from "../../../src/plan/errors.ts";
import { compileMountPlan } from "../../../src/plan/host-mounts.ts";
import type { RootfsMount } from "../../../src/plan/input.ts";
import type { OpOf } from "../../../src/plan/op.ts";
import { shortenOverlay } from "../../../src/plan/overlay.ts";

function mount(change: Partial<RootfsMount>): readonly OpOf<"host-mount">[] {
  const plan = compileMountPlan(
    [{ type: "ext4", source: "/s", target: "", options: [], ...change }],
    "/b/rootfs",
  );
  return plan.ops.filter((op) => op.kind === "host-mount");
}

function codeOf(change: Partial<RootfsMount>): string {
  try {
    mount(change);
  } catch (error) {
    if (error instanceof PlanError) return error.code;
    throw error;
  }
  return "ok";
}

describe("compileMountPlan()", () => {
  it.each([
    ["", ""],
    ["/", ""],
    ["mnt", "mnt"],
    ["/mnt/a/", "mnt/a"],
    ["../../etc", "etc"],
  ])("keeps target %j below the rootfs as %j", (target, expected) => {
    expect(mount({ target })[0]?.target).toBe(expected);
  });

  it("remounts a read-only bind, and nothing else", () => {
    expect(mount({ type: "bind", options: ["rbind", "rw"] })).toHaveLength(1);
    expect(mount({ type: "bind", options: ["rbind", "ro"] })).toHaveLength(2);
    expect(mount({ type: "ext4", options: ["ro"] })).toHaveLength(1);
  });

  it.each([
    [["loop"], 1],
    [["loop", "ro"], 2],
    [["loop", "direct-io"], 5],
    [["ro"], 0],
  ])("turns %j into loop %i and leaves no such option behind", (options, loop) => {
    expect(mount({ options })[0]).toMatchObject({ loop, data: "" });
  });

  it("maps the ids of a mount, of an overlay those of its lower directories", () => {
    const maps = ["uidmap=0:1000:10,10:5000:1", "gidmap=0:2000:11"];
    const uids = [
      { inside: 0, outside: 1000, count: 10 },
      { inside: 10, outside: 5000, count: 1 },
    ];
    const gids = [{ inside: 0, outside: 2000, count: 11 }];
    const bound = mount({ type: "bind", options: [...maps, "ro", "rbind"] });
    expect(bound[0]).toMatchObject({ uids, gids, lowers: [], data: "" });
    expect(bound[1]).toMatchObject({ uids: [], gids: [] });
    const lower = "lowerdir=/a\\:b:/c";
    expect(mount({ type: "overlay", options: [...maps, lower] })).toMatchObject([
      { uids, gids, lowers: ["/a:b", "/c"], data: lower },
    ]);
  });

  it.each([
    ["a map of users alone", { options: ["uidmap=0:1:1"] }, "bad-mount"],
    ["a map of two numbers", { options: ["uidmap=0:1", "gidmap=0:1:1"] }, "bad-mount"],
    ["a map of nothing", { options: ["uidmap=0:1:0", "gidmap=0:1:1"] }, "bad-mount"],
    ["a map past the last id", { options: ["uidmap=0:4294967295:1", "gidmap=0:1:1"] }, "bad-mount"],
    ["an empty map", { options: ["uidmap=", "gidmap="] }, "bad-mount"],
    ["a map and no layers", { type: "overlay", options: ["uidmap=0:1:1", "gidmap=0:1:1"] }, "bad-mount"],
    ["containerd's own options", { options: ["X-containerd.mkdir.path=/a"] }, "unimplemented"],
    ["containerd's mount manager", { type: "format/overlay" }, "unimplemented"],
    ["a fuse helper", { type: "fuse3.fuse-overlayfs" }, "unimplemented"],
    ["recursive attributes", { type: "bind", options: ["rbind", "rro"] }, "unimplemented"],
    ["no type", { type: "" }, "bad-mount"],
    ["a bind with data", { type: "bind", options: ["rbind", "size=1"] }, "bad-mount"],
    ["more than a page of data", { options: ["x".repeat(4096)] }, "bad-mount"],
    ["exactly a page of data with its NUL", { options: ["x".repeat(4095)] }, "ok"],
  ])("answers %s with a clear error", (_title, change, code) => {
    expect(codeOf(change)).toBe(code);
  });
});

describe("shortenOverlay()", () => {
  const layers = (count: number, path: (n: number) => string): string[] =>
    Array.from({ length: count }, (_, n) => path(n));

  it("leaves short options alone", () => {
    expect(shortenOverlay(["index=off", "lowerdir=/a/1:/a/2"])).toEqual({
      data: "index=off,lowerdir=/a/1:/a/2",
      cwd: "",
    });
  });

  it("makes long lower directories relative to their longest common parent", () => {
    const lowers = layers(100, (n) => `/var/lib/containerd/snapshotter/snapshots/${n}/fs`);
    const { data, cwd } = shortenOverlay([`lowerdir=${lowers.join(":")}`, "userxattr"]);
    expect(cwd).toBe("/var/lib/containerd/snapshotter/snapshots");
    expect(data).toBe(`userxattr,lowerdir=${layers(100, (n) => `${n}/fs`).join(":")}`);
  });

  it("does not take a common beginning of names for a common parent", () => {
    const lowers = layers(300, (n) => `/layers/layer${n}`);
    expect(shortenOverlay([`lowerdir=${lowers.join(":")}`])).toMatchObject({ cwd: "/layers" });
  });

  it("keeps escaped colons together", () => {
    const lowers = layers(300, (n) => `/layers/a\\:b${n}`);
    const { data } = shortenOverlay([`lowerdir=${lowers.join(":")}`]);
    expect(data.startsWith("lowerdir=a\\:b0:a\\:b1:")).toBe(true);
  });

  it("leaves lower directories alone that share nothing or are relative", () => {
    for (const path of [
      (n: number) => `/d${n}/${"x".repeat(30)}`,
      (n: number) => `layers/${n}/${"x".repeat(30)}`,
    ]) {
      expect(shortenOverlay([`lowerdir=${layers(200, path).join(":")}`]).cwd).toBe("");
    }
  });
});
