import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Spec } from "../../../src/spec/types.ts";
import { Bench, changes, running } from "../runtime/harness.ts";
import { NodeFiles } from "./node.ts";

let bench: Bench;
let node: NodeFiles;
let volume: string;

beforeEach(() => {
  bench = new Bench();
  node = new NodeFiles(bench.dir);
  volume = join(bench.dir, "volumes/1/volumes/kubernetes.io~csi/my-pvc/mount");
  mkdirSync(volume, { recursive: true });
});
afterEach(() => bench.dispose());

const global = () => ["--config", node.config];
const roots = () => `[os_volume]\nroots = ["${join(bench.dir, "volumes")}"]`;

function bundleFor(command: string, mode: "swap" | "overlay", change = (spec: Spec): Spec => spec): string {
  const beacon = { type: "bind", source: volume, destination: "/mnt/os", options: ["rbind"] };
  return bench.bundle(
    "c1",
    changes(running(command), change, (spec) => ({
      ...spec,
      mounts: [...(spec.mounts ?? []), beacon],
      annotations: { "gantry.dev/os-volume": "my-pvc", "gantry.dev/os-volume-mode": mode },
    })),
  );
}

const withoutMountNamespace = (spec: Spec): Spec => ({
  ...spec,
  linux: {
    ...spec.linux,
    namespaces: (spec.linux?.namespaces ?? []).filter(({ type }) => type !== "mount"),
    maskedPaths: [],
    readonlyPaths: [],
  },
});

describe("os-volume", () => {
  it.each([
    ["in a mount namespace", (spec: Spec) => spec],
    ["without one", withoutMountNamespace],
  ])("makes the volume the root, %s", async (_title, change) => {
    node.enable([], { more: roots() });
    const bundle = bundleFor("echo kept >/written", "swap", change);
    cpSync(join(bundle, "rootfs"), volume, { recursive: true, verbatimSymlinks: true });
    bench.ok(["run", "-b", bundle, "c1"], { global: global() });
    expect(readFileSync(join(volume, "written"), "utf8")).toBe("kept\n");
    await bench.expectNothingLeft();
  });

  it.each([
    ["in a mount namespace", (spec: Spec) => spec],
    ["without one", withoutMountNamespace],
  ])(
    "refuses a directory that has taken the volume's place since it was checked, %s",
    async (_title, change) => {
      node.write(
        "late.mjs",
        `{
        applies: () => ({ applies: true, reason: "always" }),
        apply: (spec) => ({ spec, prepare: [{ kind: "mount", type: "tmpfs", source: "tmpfs", target: spec.root.path, options: [] }] }),
      }`,
      );
      node.enable(["late"], { more: roots() });
      const called = bench.call(["create", "-b", bundleFor("true", "swap", change), "c1"], {
        global: global(),
      });
      expect(called.code).toBe(1);
      expect(called.stderr).toContain(
        `check rootfs \\"${volume}\\": another directory has taken the place of the one that was checked`,
      );
      await bench.expectNothingLeft();
    },
  );

  it("refuses an overlay whose upper layer on the volume is a link, and writes nothing there", async () => {
    const outside = join(bench.dir, "outside");
    mkdirSync(outside);
    symlinkSync(outside, join(volume, "upper"));
    node.enable([], { more: roots() });
    const bundle = bundleFor("touch /written", "overlay");
    const called = bench.call(["run", "-b", bundle, "c1"], { global: global() });
    expect(called.code).toBe(1);
    expect(called.stderr).toContain(`overlay: ${volume}/upper is a link, to ${outside}`);
    expect(readdirSync(outside)).toEqual([]);
    await bench.expectNothingLeft();
  });

  it("keeps what an overlay's container writes on the volume", async () => {
    node.enable([], { more: roots() });
    const bundle = bundleFor("echo kept >/written", "overlay");
    bench.ok(["run", "-b", bundle, "c1"], { global: global() });
    expect(readFileSync(join(volume, "upper/written"), "utf8")).toBe("kept\n");
    await bench.expectNothingLeft();
  });
});
