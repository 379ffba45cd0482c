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
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Mount, Spec } from "../../../src/spec/types.ts";
import { Bench, changes, running } from "../runtime/harness.ts";

let bench: Bench;
/** A directory of the host that no container may touch. */
let outside: string;
beforeEach(() => {
  bench = new Bench();
  outside = mkdtempSync(join(tmpdir(), "gantry-outside-"));
  writeFileSync(join(outside, "ptmx"), "decoy");
});
afterEach(async () => {
  rmSync(outside, { recursive: true, force: true });
  await bench.dispose();
});

function writable(spec: Spec): Spec {
  return { ...spec, root: { path: "rootfs", readonly: false } };
}

function withMounts(change: (mounts: readonly Mount[]) => readonly Mount[]): (spec: Spec) => Spec {
  return (spec) => ({ ...spec, mounts: change(spec.mounts ?? []) });
}

/** Replace a directory of the rootfs by a link. */
function link(bundle: string, name: string, target: string): void {
  const path = join(bundle, "rootfs", name);
  rmSync(path, { recursive: true });
  symlinkSync(target, path);
}

function expectOutsideUntouched(): void {
  expect(readdirSync(outside)).toEqual(["ptmx"]);
  expect(readFileSync(join(outside, "ptmx"), "utf8")).toBe("decoy");
}

describe("a link in the image", () => {
  it.each(["proc", "sys"])(
    "in place of /%s fails the create (CVE-2019-19921, CVE-2023-27561, CVE-2025-54867)",
    async (name) => {
      for (const target of ["/etc", outside]) {
        const bundle = bench.bundle("c1", changes(running("true"), writable));
        link(bundle, name, target);
        const called = bench.call(["create", "-b", bundle, "c1"]);
        expect(called.code).toBe(1);
        expect(called.stderr).toContain(`/${name}`);
        await bench.expectNothingLeft();
        rmSync(bundle, { recursive: true });
      }
      expectOutsideUntouched();
    },
  );

  it("in place of /dev leads nowhere outside the rootfs (CVE-2026-41579)", () => {
    for (const isAbsolute of [true, false]) {
      const bundle = bench.bundle("c1", changes(running("ls /dev/null"), writable));
      const target = isAbsolute ? outside : relative(join(bundle, "rootfs"), outside);
      link(bundle, "dev", target);
      bench.call(["run", "-b", bundle, "c1"]); // may work, with a /dev inside the rootfs, or fail
      expectOutsideUntouched();
      rmSync(bundle, { recursive: true });
    }
  });

  it("in place of /dev is no way out where /dev is no mount of its own (CVE-2019-18837)", () => {
    const withoutDev = withMounts((mounts) =>
      mounts.filter(({ destination }) => !destination.startsWith("/dev")),
    );
    const bundle = bench.bundle("c1", changes(running("true"), writable, withoutDev));
    link(bundle, "dev", outside);
    bench.call(["run", "-b", bundle, "c1"]);
    expectOutsideUntouched();
  });

  it("on the way to a mount's target is resolved inside the rootfs", () => {
    const mount = withMounts((mounts) => [
      ...mounts,
      { destination: "/link/deep", type: "tmpfs", source: "tmpfs" },
    ]);
    const bundle = bench.bundle(
      "c1",
      changes(running("grep -c ' /etc/deep ' /proc/self/mountinfo"), writable, mount),
    );
    symlinkSync("../../../../../../etc", join(bundle, "rootfs/link"));
    expect(bench.call(["run", "-b", bundle, "c1"])).toMatchObject({ code: 0, stdout: "1\n" });
  });

  it("in place of /etc/passwd is not followed to the host's", () => {
    const bundle = bench.bundle("c1", running("echo $HOME"));
    const passwd = join(bundle, "rootfs/etc/passwd");
    rmSync(passwd);
    writeFileSync(join(outside, "passwd"), "root:x:0:0::/evil:/bin/sh\n");
    symlinkSync(join(outside, "passwd"), passwd);
    expect(bench.call(["run", "-b", bundle, "c1"]).stdout).toBe("/\n");
  });
});

describe("a mount over /proc", () => {
  it.each<[string, Mount]>([
    ["tmpfs on it", { destination: "/proc", type: "tmpfs", source: "tmpfs" }],
    [
      "a directory of the host on it",
      { destination: "/proc", type: "bind", source: "/etc", options: ["bind"] },
    ],
    ["a tmpfs below it", { destination: "/proc/sys", type: "tmpfs", source: "tmpfs" }],
    [
      "a file below it",
      { destination: "/proc/self/attr/exec", type: "bind", source: "/etc/hostname", options: ["bind"] },
    ],
    ["one in disguise", { destination: "/x/../proc/./sys/", type: "tmpfs", source: "tmpfs" }],
  ])("%s is refused (CVE-2019-16884)", async (_, mount) => {
    const bundle = bench.bundle(
      "c1",
      changes(
        running("true"),
        withMounts((mounts) => [...mounts, mount]),
      ),
    );
    const called = bench.call(["create", "-b", bundle, "c1"]);
    expect(called.code).toBe(1);
    expect(called.stderr).toMatch(/\/proc|proc/);
    await bench.expectNothingLeft();
  });

  it("on /proc/uptime alone is what lxcfs does, and works", () => {
    const mount = { destination: "/proc/uptime", type: "bind", source: "/etc/hostname", options: ["bind"] };
    const bundle = bench.bundle(
      "c1",
      changes(
        running("cat /proc/uptime"),
        withMounts((mounts) => [...mounts, mount]),
      ),
    );
    expect(bench.call(["run", "-b", bundle, "c1"])).toMatchObject({
      code: 0,
      stdout: readFileSync("/etc/hostname", "utf8"),
    });
  });
});

describe("a masked path", () => {
  it("is not masked by what the image calls /dev/null (CVE-2025-31133)", () => {
    const before = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
    const withoutDev = withMounts((mounts) =>
      mounts.filter(({ destination }) => !destination.startsWith("/dev")),
    );
    const attack = "cat /proc/keys; echo '|/evil' >/proc/keys; grep ' /proc/keys ' /proc/self/mountinfo";
    const bundle = bench.bundle("c1", changes(running(attack), writable, withoutDev));
    mkdirSync(join(bundle, "rootfs/dev"), { recursive: true });
    symlinkSync("/proc/sys/kernel/core_pattern", join(bundle, "rootfs/dev/null"));
    const called = bench.call(["run", "-b", bundle, "c1"]);
    expect(readFileSync("/proc/sys/kernel/core_pattern", "utf8")).toBe(before);
    if (called.code === 0) expect(called.stdout).not.toContain("core_pattern");
    expect(called.stdout).not.toContain(before.trim());
  });
});
