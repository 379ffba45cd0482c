import { type ChildProcess, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Mount, Spec } from "../../../src/spec/types.ts";
import { mountinfoBesides } from "../../helpers/host.ts";
import { Bench, changes, compiled, running } from "../runtime/harness.ts";

const CREATES = 24;

let bench: Bench;
/** A directory of the host that no container may touch; a tree like that of the volume. */
let outside: string;
let volume: string;
let swapper: ChildProcess | undefined;

beforeEach(() => {
  bench = new Bench();
  outside = mkdtempSync(join(tmpdir(), "gantry-outside-"));
  volume = join(bench.dir, "volume");
  mkdirSync(volume);
});
afterEach(async () => {
  swapper?.kill("SIGKILL");
  swapper = undefined;
  await bench.dispose();
  rmSync(outside, { recursive: true, force: true });
});

/**
 * What another container that shares the volume does: a directory of it is exchanged for a link and back. Resolves when the
 * first exchange has happened.
 */
async function swap(name: string, target: string): Promise<void> {
  mkdirSync(join(volume, name), { recursive: true });
  symlinkSync(target, join(volume, "link"));
  const program = compiled("hardening/swapper.c", bench.dir);
  const child = spawn(program, [join(volume, name), join(volume, "link")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  swapper = child;
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`swapper ended with ${code}`)));
  });
}

function withMounts(...mounts: readonly Mount[]): (spec: Spec) => Spec {
  return (spec) => ({ ...spec, mounts: [...(spec.mounts ?? []), ...mounts] });
}

const shared: () => Mount = () => ({
  destination: "/volume",
  type: "bind",
  source: volume,
  options: ["rbind", "rw"],
});

/** Every mount point below the root that the container's process sees, and where it comes from. */
const SHOW = "cat /proc/self/mountinfo";

describe("a directory of a volume that is exchanged for a link all the time", () => {
  it("never takes a mount, or the directory made for it, out of the rootfs (CVE-2021-30465, CVE-2024-45310)", async () => {
    await swap("dir", outside);
    const mount = { destination: "/volume/dir/made/deep", type: "tmpfs", source: "tmpfs" };
    const bundle = bench.bundle("c1", changes(running(SHOW), withMounts(shared(), mount)));
    let mounted = 0;
    for (let i = 0; i < CREATES; i++) {
      const called = bench.call(["run", "-b", bundle, `c${i}`]);
      if (called.code === 0 && called.stdout.includes("/made/deep")) mounted++;
      expect(readdirSync(outside)).toEqual([]);
    }
    // Not every create was refused: with the directory in place it is an ordinary mount.
    expect(mounted).toBeGreaterThan(0);
  });

  it("never shows the container a directory of the host through a bind's target", async () => {
    writeFileSync(join(outside, "secret"), "secret");
    await swap("dir", "/etc");
    const mount = { destination: "/volume/dir", type: "bind", source: outside, options: ["bind", "ro"] };
    const bundle = bench.bundle("c1", changes(running(SHOW), withMounts(shared(), mount)));
    const before = readFileSync("/etc/passwd", "utf8");
    for (let i = 0; i < CREATES; i++) bench.call(["run", "-b", bundle, `c${i}`]);
    expect(readFileSync("/etc/passwd", "utf8")).toBe(before);
    expect(readdirSync(outside)).toEqual(["secret"]);
  });

  it("never masks or protects a path of the host (CVE-2025-52881)", async () => {
    await swap("dir", outside);
    const change = (spec: Spec): Spec => ({
      ...spec,
      linux: { ...spec.linux, maskedPaths: ["/volume/dir"], readonlyPaths: ["/volume/dir"] },
    });
    const bundle = bench.bundle("c1", changes(running(SHOW), withMounts(shared()), change));
    const before = mountinfoBesides(bench);
    for (let i = 0; i < CREATES; i++) {
      const called = bench.call(["run", "-b", bundle, `c${i}`]);
      if (called.code === 0) expect(called.stdout).not.toContain(outside);
    }
    expect(mountinfoBesides(bench)).toEqual(before);
  });

  it("never moves the console's or a device's file to the host (CVE-2025-52565)", async () => {
    writeFileSync(join(outside, "null"), "decoy");
    writeFileSync(join(outside, "console"), "decoy");
    await swap("dev", outside);
    const ownDev = (spec: Spec): Spec => ({
      ...spec,
      mounts: [
        ...(spec.mounts ?? []).filter(({ destination }) => !destination.startsWith("/dev")),
        { destination: "/dev", type: "bind", source: join(volume, "dev"), options: ["rbind", "rw"] },
      ],
    });
    const bundle = bench.bundle("c1", changes(running("true"), ownDev));
    for (let i = 0; i < CREATES; i++) bench.call(["run", "-b", bundle, `c${i}`]);
    expect(readdirSync(outside).sort()).toEqual(["console", "null"]);
    for (const name of ["console", "null"]) expect(readFileSync(join(outside, name), "utf8")).toBe("decoy");
  });
});
