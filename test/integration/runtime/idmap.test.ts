import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Mount, Spec } from "../../../src/spec/types.ts";
import { Bench, changes, running } from "./harness.ts";

let bench: Bench;
let source: string;

beforeEach(() => {
  bench = new Bench();
  chmodSync(bench.dir, 0o711); // the root of a user namespace is nobody here
  source = join(bench.dir, "source");
  mkdirSync(source, { mode: 0o777 });
  chmodSync(source, 0o777);
  for (const [name, owner] of [
    ["root", 0],
    ["user", 1000],
  ] as const) {
    writeFileSync(join(source, name), "");
    chownSync(join(source, name), owner, owner + 1);
  }
});
afterEach(async () => {
  bench.call(["delete", "--force", "c1"]);
  await bench.dispose();
});

const mapping = (hostID: number, containerID = 0, size = 65_536) => [{ containerID, hostID, size }];

const withMount =
  (change: Partial<Mount>) =>
  (spec: Spec): Spec => {
    const mount = { destination: "/data", type: "bind", source, options: ["rbind"], ...change };
    return { ...spec, mounts: [...(spec.mounts ?? []), mount] };
  };

const withUserNamespace =
  (path?: string) =>
  (spec: Spec): Spec => ({
    ...spec,
    linux: {
      ...spec.linux,
      namespaces: [
        ...(spec.linux?.namespaces ?? []),
        { type: "user", ...(path === undefined ? {} : { path }) },
      ],
      ...(path === undefined ? { uidMappings: mapping(100_000), gidMappings: mapping(100_000) } : {}),
    },
  });

let bundles = 0;

/** A bundle with a place to mount on: the root of a user namespace could not make it. */
function bundleOf(command: string, ...change: readonly ((spec: Spec) => Spec)[]): string {
  const bundle = bench.bundle(`b${bundles++}`, changes(running(command), ...change));
  mkdirSync(join(bundle, "rootfs/data"));
  return bundle;
}

/** Run a command in a container; its standard output. */
function run(command: string, ...change: readonly ((spec: Spec) => Spec)[]): string {
  return bench.ok(["run", "-b", bundleOf(command, ...change), "c1"]);
}

const OWNERS = "stat -c %u:%g /data/root /data/user";

describe("id-mapped mounts", () => {
  it("show owners by the mount's own mappings, without a user namespace", () => {
    const shown = run(
      `${OWNERS}; touch /data/made || echo refused`,
      withMount({ uidMappings: mapping(5000), gidMappings: mapping(7000) }),
    );
    // Root of this container has no id in the source.
    expect(shown).toBe("5000:7001\n6000:8001\nrefused\n");
  });

  it("write through with the owner that maps back", () => {
    run(
      "touch /data/made",
      (spec) => ({ ...spec, process: { ...spec.process, user: { uid: 5007, gid: 7009 } } }) as Spec,
      withMount({ options: ["bind", "idmap"], uidMappings: mapping(5000), gidMappings: mapping(7000) }),
    );
    expect(statSync(join(source, "made"))).toMatchObject({ uid: 7, gid: 9 });
  });

  it("take the container's mappings when they have none", () => {
    const shown = run(
      `${OWNERS}; touch /data/made`,
      withUserNamespace(),
      withMount({ options: ["bind", "idmap"] }),
    );
    expect(shown).toBe("0:1\n1000:1001\n");
    expect(statSync(join(source, "made"))).toMatchObject({ uid: 0, gid: 0 });
  });

  it("may have other mappings than the container", () => {
    const shown = run(
      OWNERS,
      withUserNamespace(),
      withMount({ uidMappings: mapping(100_500), gidMappings: mapping(100_000) }),
    );
    expect(shown).toBe("500:1\n1500:1001\n");
  });

  it("take the mappings of a user namespace that is joined", () => {
    bench.ok([
      "run",
      "-d",
      "-b",
      bench.bundle("c0", changes(running("exec sleep 1000"), withUserNamespace())),
      "c0",
    ]);
    try {
      const path = `/proc/${bench.state("c0").pid}/ns/user`;
      expect(run(OWNERS, withUserNamespace(path), withMount({ options: ["bind", "idmap"] }))).toBe(
        "0:1\n1000:1001\n",
      );
    } finally {
      bench.ok(["delete", "--force", "c0"]);
    }
  });

  it("map the mounts below only with ridmap", () => {
    mkdirSync(join(source, "below"));
    mkdirSync(join(bench.dir, "other"));
    // Of the file system of which the others are: a tmpfs takes no id map before Linux 6.3.
    execFileSync("mount", ["--bind", join(bench.dir, "other"), join(source, "below")]);
    const owners = "stat -c %u /data /data/below";
    const mappings = { uidMappings: mapping(5000), gidMappings: mapping(5000) };
    try {
      expect(run(owners, withMount({ options: ["rbind", "idmap"], ...mappings }))).toBe("5000\n0\n");
      expect(run(owners, withMount({ options: ["rbind", "ridmap"], ...mappings }))).toBe("5000\n5000\n");
    } finally {
      execFileSync("umount", [join(source, "below")]);
    }
  });

  it("keep their other options", () => {
    const options = ["bind", "ro", "noexec"];
    const shown = run(
      "touch /data/x; cat /proc/self/mountinfo",
      withMount({ options, uidMappings: mapping(5000), gidMappings: mapping(5000) }),
    );
    expect(shown).toMatch(/ \/data ro,.*noexec.*idmapped/);
  });

  it("are refused where the file system has none, with its path, and nothing is left", () => {
    const called = bench.call([
      "run",
      "-b",
      bench.bundle(
        "c1",
        withMount({ source: "/proc/tty", uidMappings: mapping(1), gidMappings: mapping(1) }),
      ),
      "c1",
    ]);
    expect(called.code).toBe(1);
    expect(called.stderr).toMatch(
      /map ids of mount \\"\/proc\/tty\\": invalid argument \(its file system may not support id-mapped mounts\)/,
    );
  });
});
