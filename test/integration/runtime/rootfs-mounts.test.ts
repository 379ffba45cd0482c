import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
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

describe("--rootfs-mounts with uidmap and gidmap", () => {
  const maps = ["uidmap=0:100000:65536", "gidmap=0:200000:65536"];
  const OWNERS = "stat -c %u:%g /bin /mine; cat /proc/self/uid_map";

  function withUserNamespace(spec: Spec): Spec {
    const mapping = (hostID: number) => [{ containerID: 0, hostID, size: 65_536 }];
    return {
      ...spec,
      linux: {
        ...spec.linux,
        namespaces: [...(spec.linux?.namespaces ?? []), { type: "user" }],
        uidMappings: mapping(100_000),
        gidMappings: mapping(200_000),
      },
    };
  }

  /** A container with a user namespace; the image has a file of user 1000, group 1001. */
  function mapped(command: string, mounts: (image: string) => readonly HostMount[]): readonly string[] {
    chmodSync(bench.dir, 0o711); // its root is nobody here
    const { bundle, file } = mountedBundle(changes(running(command), withUserNamespace), (image) => {
      writeFileSync(join(image, "mine"), "");
      chownSync(join(image, "mine"), 1000, 1001);
      return mounts(image);
    });
    return ["-b", bundle, "--rootfs-mounts", file, "c1"];
  }

  it("shows the owners of an overlay's layers as they are in the image, and writes as those outside", async () => {
    const [upper, work] = [join(bench.dir, "upper"), join(bench.dir, "work")];
    for (const directory of [upper, work]) mkdirSync(directory);
    chownSync(upper, 100_000, 200_000); // as containerd does
    const layers = Array.from({ length: 60 }, (_, index) => join(snapshots(), `a:${index}/fs`));
    for (const layer of layers) mkdirSync(layer, { recursive: true });
    const command = `${OWNERS}; echo new > /written && rm /mine && stat -c %u:%g /written`;
    const options = (image: string) => [
      ...maps,
      `workdir=${work}`,
      `upperdir=${upper}`,
      `lowerdir=${[...layers.map((layer) => layer.replace(":", "\\:")), image].join(":")}`,
    ];
    const shown = bench.ok([
      "run",
      ...mapped(command, (image) => [{ type: "overlay", source: "overlay", options: options(image) }]),
    ]);
    expect(shown).toMatch(/^0:0\n1000:1001\n\s+0 +100000 +65536\n0:0\n$/);
    expect(statSync(join(upper, "written"))).toMatchObject({ uid: 100_000, gid: 200_000 });
    await bench.expectNothingLeft();
  });

  it("maps a bind, read-only where asked, and a file system of its own", async () => {
    const command = `${OWNERS}; touch /x; stat -c %u:%g /tmp`;
    const called = bench.call([
      "run",
      ...mapped(command, (image) => [
        { type: "bind", source: image, options: [...maps, "rbind", "ro"] },
        { type: "tmpfs", source: "tmpfs", target: "/tmp", options: [...maps, "size=1m"] },
      ]),
    ]);
    expect(called.stdout).toMatch(/^0:0\n1000:1001\n\s+0 +100000 +65536\n0:0\n$/);
    expect(called.stderr).toContain("Read-only file system");
    await bench.expectNothingLeft();
  });

  it.each([
    [
      "a layer that is missing",
      { type: "overlay", options: [...maps, "lowerdir=/missing/a:/missing/b"] },
      /open lower directory \\"\/missing\/a\\": no such file/,
    ],
    [
      "a layer whose file system has no id maps",
      { type: "overlay", options: [...maps, "lowerdir=/proc/tty:/proc/sys"] },
      /map ids of mount \\"\/proc\/tty\\".*may not support id-mapped mounts/,
    ],
    [
      "an option that overlay does not know",
      { type: "overlay", options: [...maps, "lowerdir=IMAGE/bin:IMAGE/tmp", "colour=red"] },
      /an overlay with an id map; it takes id-mapped layers since Linux 5\.19/,
    ],
    [
      "a range too large",
      { type: "bind", options: ["bind", "uidmap=0:1:4294967295", "gidmap=0:1:1"] },
      /rootfs mount 0: option uidmap=0:1:4294967295: a range is CONTAINER:HOST:SIZE/,
    ],
  ])("refuses %s by name and leaves nothing", async (_title, bad, message) => {
    const called = bench.call([
      "create",
      ...mapped("true", (image) => [
        { ...bad, source: image, options: bad.options.map((option) => option.replaceAll("IMAGE", image)) },
      ]),
    ]);
    expect(called.code).toBe(1);
    expect(called.stderr).toMatch(message);
    await bench.expectNothingLeft();
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
