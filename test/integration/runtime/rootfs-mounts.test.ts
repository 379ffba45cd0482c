import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Mount, Spec } from "../../../src/spec/types.ts";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, changes, running, withProcess } from "./harness.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.dispose());

function writable(spec: Spec): Spec {
  return { ...spec, root: { path: "rootfs", readonly: false } };
}

/** Where all layers lie, with a name as long as containerd's. */
function snapshots(): string {
  return join(bench.dir, "io.containerd.snapshotter.v1.overlayfs/snapshots");
}

interface HostMount {
  readonly type: string;
  readonly source: string;
  readonly target?: string;
  readonly options: readonly string[];
}

/** A bundle whose rootfs is empty until `mounts` are made on it. @returns the bundle, the file, and where the files went */
function mountedBundle(
  change: (spec: Spec) => Spec,
  mounts: (image: string) => readonly HostMount[],
): { readonly bundle: string; readonly file: string } {
  const bundle = bench.bundle("c1", changes(change, writable));
  const image = join(snapshots(), "base/fs");
  mkdirSync(join(snapshots(), "base"), { recursive: true });
  renameSync(join(bundle, "rootfs"), image);
  mkdirSync(join(bundle, "rootfs"));
  const file = join(bench.dir, "mounts.json");
  writeFileSync(file, JSON.stringify(mounts(image)));
  return { bundle, file };
}

describe("--rootfs-mounts", () => {
  it("stacks more layers than a page of options has room for, and takes them down again", async () => {
    const layers = Array.from({ length: 120 }, (_, index) => {
      const layer = join(snapshots(), String(index), "fs");
      mkdirSync(layer, { recursive: true });
      writeFileSync(join(layer, `from-${index}`), "");
      return layer;
    });
    const upper = join(bench.dir, "upper");
    const work = join(bench.dir, "work");
    for (const directory of [upper, work]) mkdirSync(directory);
    const { bundle, file } = mountedBundle(running("ls / | grep -c from-; echo new >/written"), (image) => [
      {
        type: "overlay",
        source: "overlay",
        options: [
          "index=off",
          `workdir=${work}`,
          `upperdir=${upper}`,
          `lowerdir=${[...layers, image].join(":")}`,
        ],
      },
    ]);
    expect(bench.ok(["run", "-b", bundle, "--rootfs-mounts", file, "c1"])).toBe("120\n");
    expect(readFileSync(join(upper, "written"), "utf8")).toBe("new\n");
    expect(readdirSync(join(bundle, "rootfs"))).toEqual([]);
    await bench.expectNothingLeft();
  });

  it("binds, and makes further mounts below, read-only where asked", () => {
    const { bundle, file } = mountedBundle(running("touch /x; touch /tmp/y && echo in tmp"), (image) => [
      { type: "bind", source: image, options: ["rbind", "ro"] },
      { type: "tmpfs", source: "tmpfs", target: "/tmp", options: ["size=1m"] },
    ]);
    const called = bench.call(["run", "-b", bundle, "--rootfs-mounts", file, "c1"]);
    expect(called.stderr).toContain("Read-only file system");
    expect(called.stdout).toBe("in tmp\n");
  });

  it("attaches a disk image to a loop device that goes away with the container", async (context) => {
    if (!existsSync("/dev/loop-control")) context.skip("no /dev/loop-control on this machine");
    if (!existsSync("/sbin/mke2fs")) context.skip("mke2fs (e2fsprogs) is not installed");
    const disk = join(bench.dir, "disk.img");
    const { bundle, file } = mountedBundle(
      running("cat /proc/self/mountinfo | head -1; sleep 100"),
      (image) => {
        execFileSync("/sbin/mke2fs", ["-q", "-t", "ext4", "-d", image, disk, "16M"]);
        return [{ type: "ext4", source: disk, options: ["loop", "ro"] }];
      },
    );
    bench.ok(["run", "-d", "-b", bundle, "--rootfs-mounts", file, "c1"]);
    expect(loopFiles()).toContain(disk);
    bench.ok(["delete", "--force", "c1"]);
    await waitFor("the loop device to be free", () => !loopFiles().includes(disk));
  });
});

/** What the kernel's loop devices are attached to. */
function loopFiles(): readonly string[] {
  return readdirSync("/sys/block")
    .filter((name) => name.startsWith("loop") && existsSync(`/sys/block/${name}/loop/backing_file`))
    .map((name) => {
      try {
        return readFileSync(`/sys/block/${name}/loop/backing_file`, "utf8").trim();
      } catch {
        return ""; // detached while we looked
      }
    });
}

describe("a large spec", () => {
  it("has 500 mounts", () => {
    const mounts = Array.from(
      { length: 500 },
      (_, index): Mount => ({
        destination: `/mnt/${index}`,
        type: "bind",
        source: join(bench.dir, "source"),
        options: ["bind", index % 2 === 0 ? "ro" : "rw"],
      }),
    );
    mkdirSync(join(bench.dir, "source"));
    const bundle = bench.bundle("c1", (spec) =>
      changes(
        running("grep -c /mnt/ /proc/self/mountinfo"),
        writable,
      )({
        ...spec,
        mounts: [...(spec.mounts ?? []), ...mounts],
      }),
    );
    expect(bench.ok(["run", "-b", bundle, "c1"])).toBe("500\n");
  });

  it("has 200 environment entries of 4 KiB", () => {
    const env = Array.from({ length: 200 }, (_, index) => `V${index}=${"x".repeat(4096)}`);
    const bundle = bench.bundle(
      "c1",
      withProcess({ args: ["sh", "-c", "env | grep -c ^V; echo $V199 | wc -c"], env: ["PATH=/bin", ...env] }),
    );
    expect(bench.ok(["run", "-b", bundle, "c1"])).toBe("200\n4097\n");
    expect(statSync(join(bundle, "config.json")).size).toBeGreaterThan(800_000);
  });
});

describe("a small memory limit", () => {
  it("of 512 KiB is enough to run a program", () => {
    const bundle = bench.bundle("c1", (spec) => {
      const changed = withProcess({ args: ["true"] })(spec);
      return { ...changed, linux: { ...changed.linux, resources: { memory: { limit: 512 << 10 } } } };
    });
    expect(bench.call(["run", "-b", bundle, "c1"])).toMatchObject({ code: 0, stderr: "" });
  });
});
