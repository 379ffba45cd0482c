/** gantry-runtime in front of another runtime: the launcher, the rewritten bundle, what is passed on. */
import { chmodSync, cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { runcPath } from "../../helpers/paths.ts";
import { Bench, changes, running, runtimePath } from "./harness.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.dispose());

/** A configuration that delegates to `path`. */
function configOf(path: string): string {
  const file = join(bench.dir, "config.toml");
  const lines = [
    'engine = "delegate"',
    `delegate = { path = "${path}", log = "${bench.dir}/decisions" }`,
    `os_volume = { roots = ["${bench.dir}/pods"] }`,
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  chmodSync(file, 0o644);
  return file;
}

describe("gantry-runtime in front of another runtime", () => {
  it("becomes it: pid, arguments, environment, limits and exit status are the caller's (SGS-23)", () => {
    const program = join(bench.dir, "other");
    writeFileSync(program, '#!/bin/sh\necho "$$ $PPID $0 $*"; echo "$MINE"; ulimit -Sn; exit 42\n');
    chmodSync(program, 0o755);
    const script = `ulimit -Sn 777; echo $$; exec "$@"`;
    const called = bench.call(
      ["-c", script, "sh", runtimePath, "--config", configOf(program), "state", "--x", "a b"],
      { isWhole: true, program: "/bin/sh", env: { MINE: "kept" } },
    );
    const [pid, line, mine, limit] = called.stdout.split("\n");
    expect(line).toMatch(new RegExp(`^${pid} ${process.pid} .*other state --x a b$`));
    expect([called.code, mine, limit]).toEqual([42, "kept", "777"]);
  });

  it("rewrites the bundle of a container with a volume for its root, and leaves others alone (SGS-1, SGS-16, SGS-19)", () => {
    const config = ["--config", configOf(runcPath())];
    const volume = join(bench.dir, "pods/1/volumes/kubernetes.io~csi/my-pvc/mount");
    const mount = { type: "bind", source: volume, destination: "/mnt/os", options: ["rbind"] };
    const plain = bench.bundle("c1", running("echo x >/where || echo image"));
    mkdirSync(volume, { recursive: true });
    cpSync(join(plain, "rootfs"), volume, { recursive: true, verbatimSymlinks: true });
    const spec = readFileSync(join(plain, "config.json"));
    const root = ["--root", join(bench.dir, "runc")];
    expect(bench.call([...config, ...root, "run", "-b", plain, "c1"], { isWhole: true })).toMatchObject({
      code: 0,
      stdout: "image\n",
    });
    expect(readFileSync(join(plain, "config.json"))).toEqual(spec);
    const wanting = bench.bundle(
      "c2",
      changes(running("echo volume >/where"), (given) => ({
        ...given,
        mounts: [...(given.mounts ?? []), mount],
        annotations: { "sgs.snucse.org/os-volume": "my-pvc" },
      })),
    );
    expect(bench.call([...config, ...root, "run", "-b", wanting, "c2"], { isWhole: true })).toMatchObject({
      code: 0,
    });
    expect(readFileSync(join(volume, "where"), "utf8")).toBe("volume\n");
    expect(statSync(join(wanting, "config.json")).mode & 0o777).toBe(0o600);
  });
});
