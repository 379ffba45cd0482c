import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bench, running } from "../runtime/harness.ts";
import { NodeFiles } from "./node.ts";

let bench: Bench;
let node: NodeFiles;
let bundle: string;
/** What the transform makes: nothing of it is there before. */
let made: string;
const global = () => ["--config", node.config];

beforeEach(() => {
  bench = new Bench();
  node = new NodeFiles(bench.dir);
  made = join(bench.dir, "made");
  bundle = bench.bundle("c1", running("sleep 1000"));
  mkdirSync(join(bench.dir, "volume"));
  writeFileSync(join(bench.dir, "volume/file"), "there before");
  // The root becomes an overlay over the image, in a tmpfs of its own.
  node.write(
    "overlay.mjs",
    `{
      ownsRootfs: true,
      applies: (spec) => ({ applies: spec.root.path === "rootfs", reason: "always" }),
      apply: (spec, facts, { bundle, options: { made, volume } }) => ({
        spec: { ...spec, root: { path: made + "/root" } },
        prepare: [
          { kind: "lease", name: volume },
          { kind: "mkdir", path: made + "/deep/tmpfs" },
          { kind: "mount", type: "tmpfs", source: "tmpfs", target: made + "/deep/tmpfs", options: ["nosuid"] },
          { kind: "mkdir", path: made + "/deep/tmpfs/upper" },
          { kind: "mkdir", path: made + "/deep/tmpfs/work", mode: 0o700 },
          { kind: "mkdir", path: volume + "/kept", isKept: true },
          { kind: "mkdir", path: made + "/root" },
          { kind: "mount", type: "overlay", source: "overlay", target: made + "/root", options: [
            "lowerdir=" + bundle + "/rootfs:" + volume, "upperdir=" + made + "/deep/tmpfs/upper", "workdir=" + made + "/deep/tmpfs/work" ] },
        ],
      }),
    }`,
  );
  node.enable(["overlay"], {
    more: `[transforms.options.overlay]\nmade = "${made}"\nvolume = "${join(bench.dir, "volume")}"`,
  });
});
afterEach(() => bench.dispose());

/** Everything that create could have left: leases, directories; mounts and processes the bench looks for. */
function expectAsBefore(): void {
  expect(existsSync(made)).toBe(false);
  expect(readFileSync(join(bench.dir, "volume/file"), "utf8")).toBe("there before");
  const leases = "/run/gantry/.leases";
  const own = existsSync(leases)
    ? readdirSync(leases, { withFileTypes: true }).filter(
        (entry) => entry.isSymbolicLink() && readlinkSync(join(leases, entry.name)).startsWith(bench.dir),
      )
    : [];
  expect(own).toEqual([]);
}

describe("prepare operations", () => {
  it("are made before the container, and undone by its delete", async () => {
    bench.ok(["create", "-b", bundle, "c1"], { global: global() });
    bench.ok(["start", "c1"]);
    await bench.until("c1", "running");
    expect(bench.state("c1")["rootfs"]).toBe(`${made}/root`);
    expect(bench.ok(["exec", "c1", "cat", "/file"])).toBe("there before");
    bench.ok(["exec", "c1", "touch", "/written"]);
    expect(existsSync(join(made, "deep/tmpfs/upper/written"))).toBe(true);
    expect(existsSync(join(bundle, "rootfs/written"))).toBe(false);
    bench.ok(["delete", "--force", "c1"]);
    expectAsBefore();
    expect(existsSync(join(bench.dir, "volume/kept"))).toBe(true);
  });

  it("are not made for what another container holds; the error names it", async () => {
    bench.ok(["create", "-b", bundle, "c1"], { global: global() });
    node.enable(["overlay"], {
      more: `[transforms.options.overlay]\nmade = "${made}2"\nvolume = "${join(bench.dir, "volume")}"`,
    });
    const other = bench.bundle("c2", running("sleep 1000"));
    const second = bench.call(["create", "-b", other, "c2"], { global: global() });
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/volume.* is in use by container c1/);
    expect(existsSync(`${made}2`)).toBe(false);
    bench.ok(["delete", "--force", "c1"]);
    bench.ok(["create", "-b", other, "c2"], { global: global() });
    bench.ok(["delete", "--force", "c2"]);
    expect(existsSync(`${made}2`)).toBe(false);
    expectAsBefore();
  });

  it.each(["kill", "fail"])(
    "are undone whatever step of the create is hit (%s), and of the delete that follows",
    async (kind) => {
      const stride = Number(process.env["GANTRY_TEST_STRIDE"] ?? 3);
      const faultAt = (step: number) => ({
        GANTRY_TEST_FAULT: String(step),
        GANTRY_TEST_FAULT_KIND: kind,
      });
      let steps = 0;
      for (let step = 1; step < 400; step += stride) {
        const called = bench.call(["create", "--monitor", "-b", bundle, "c1"], {
          global: global(),
          env: faultAt(step),
        });
        if (called.code === 0) break;
        steps = step;
        if (kind === "kill") {
          // The clean-up is hit, too.
          bench.call(["delete", "--force", "c1"], { env: faultAt(1 + (step % 12)) });
          bench.ok(["delete", "--force", "c1"]);
        }
        await bench.expectNothingLeft();
        expectAsBefore();
      }
      expect(steps).toBeGreaterThan(30);
      bench.ok(["delete", "--force", "c1"]);
      expectAsBefore();
    },
    300_000,
  );
});
