import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Spec } from "../../../src/spec/types.ts";
import { Bench, changes, running, withProcess } from "./harness.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(async () => {
  bench.call(["delete", "--force", "c1"]);
  await bench.dispose();
});

/** A spec in the host's mount namespace, without what needs one of its own. */
const withoutMountNamespace = (spec: Spec): Spec => ({
  ...spec,
  linux: {
    ...spec.linux,
    namespaces: (spec.linux?.namespaces ?? []).filter(({ type }) => type !== "mount"),
    maskedPaths: [],
    readonlyPaths: [],
  },
});

/** The host's mounts: mount point and propagation. */
function mounts(): readonly string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n").slice(0, -1);
  return lines.map((line) => `${line.split(" ")[4]} ${/ (shared:\d+)/.exec(line)?.[1] ?? ""}`);
}

function mountsBelow(path: string): readonly string[] {
  return mounts().filter((line) => line.startsWith(path));
}

describe("a container without a mount namespace", () => {
  it("has its own root and mounts, init and exec alike, and leaves the host as it was", () => {
    const before = mounts();
    const bundle = bench.bundle("c1", changes(running("sleep 1000"), withoutMountNamespace));
    const rootfs = join(bundle, "rootfs");
    bench.ok(["run", "-d", "-b", bundle, "c1"]);
    expect(mountsBelow(rootfs).map((line) => line.split(" ")[0])).toEqual(
      expect.arrayContaining([
        rootfs,
        `${rootfs}/proc`,
        `${rootfs}/dev`,
        `${rootfs}/dev/pts`,
        `${rootfs}/sys`,
      ]),
    );
    expect(mountsBelow(rootfs).filter((line) => line.includes("shared"))).toEqual([]);
    const { pid } = bench.state("c1");
    expect(execFileSync("readlink", [`/proc/${pid}/root`], { encoding: "utf8" }).trim()).toBe(rootfs);
    const shown = bench.ok([
      "exec",
      "c1",
      "sh",
      "-c",
      "pwd; ls -d /rootfs /etc/passwd /proc/1; readlink /proc/1/ns/mnt",
    ]);
    expect(shown).toBe(
      `/\n/etc/passwd\n/proc/1\n${execFileSync("readlink", ["/proc/self/ns/mnt"], { encoding: "utf8" })}`,
    );
    bench.ok(["delete", "--force", "c1"]);
    expect(mounts()).toEqual(before);
  });

  it("takes away its own mounts only", () => {
    const bundle = bench.bundle("c1", changes(running("ls /data; mkdir /data/made"), withoutMountNamespace));
    const rootfs = join(bundle, "rootfs");
    mkdirSync(join(rootfs, "data"));
    execFileSync("mount", ["--bind", rootfs, rootfs]);
    execFileSync("mount", ["-t", "tmpfs", "data", join(rootfs, "data")]);
    const before = mounts();
    try {
      mkdirSync(join(rootfs, "data/there"));
      expect(bench.ok(["run", "-b", bundle, "c1"])).toBe("there\n");
      expect(mounts()).toEqual(before);
    } finally {
      execFileSync("umount", ["-R", rootfs]);
    }
  });

  it("leaves nothing when create fails", () => {
    const before = mounts();
    const bundle = bench.bundle("c1", changes(withProcess({ args: ["nope"] }), withoutMountNamespace));
    expect(bench.call(["create", "-b", bundle, "c1"])).toMatchObject({ code: 1 });
    expect(mounts()).toEqual(before);
  });

  it("cannot have paths masked, in runc's words", () => {
    const change = (spec: Spec): Spec => {
      const { linux, ...rest } = withoutMountNamespace(spec);
      return { ...rest, linux: { ...linux, maskedPaths: ["/proc/kcore"] } };
    };
    const called = bench.call(["create", "-b", bench.bundle("c1", change), "c1"]);
    expect(called.stderr).toContain("unable to restrict sys entries without a private MNT namespace");
  });
});
