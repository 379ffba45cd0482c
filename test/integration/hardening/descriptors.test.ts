import { closeSync, openSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bench, running, runtimePath } from "../runtime/harness.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.dispose());

/** What the shell itself holds: its own streams. */
const LIST = "for fd in /proc/$$/fd/*; do readlink $fd; done; true";

describe("a container's process", () => {
  it("inherits no descriptor that the caller left open", () => {
    const secret = join(bench.dir, "secret");
    writeFileSync(secret, "secret");
    const leaked = [openSync(secret, "r"), openSync("/", "r"), openSync(secret, "r+")];
    try {
      const bundle = bench.bundle("c1", running("sleep 100"));
      bench.ok(["create", "-b", bundle, "c1"], { fds: leaked });
      bench.ok(["start", "c1"], { fds: leaked });
      const seen = bench.ok(["exec", "c1", "sh", "-c", LIST], { fds: leaked });
      expect(seen).not.toContain("secret");
      expect(seen.trim().split("\n")).toHaveLength(3);
      expect(readdirSync(`/proc/${bench.state("c1").pid}/fd`)).toEqual(["0", "1", "2"]);
      bench.ok(["delete", "--force", "c1"]);
    } finally {
      for (const fd of leaked) closeSync(fd);
    }
  });

  it("cannot start in a directory behind a descriptor (CVE-2024-21626)", async () => {
    const leaked = [openSync("/", "r"), openSync("/", "r"), openSync("/", "r")];
    const bundle = bench.bundle("c1", running("true"));
    const file = join(bundle, "config.json");
    const spec = JSON.parse(readFileSync(file, "utf8"));
    try {
      for (let fd = 3; fd < 24; fd++) {
        for (const cwd of [`/proc/self/fd/${fd}`, `/proc/self/fd/${fd}/../../..`]) {
          const process = { ...spec.process, cwd, args: ["ls", "/proc/self/cwd/"] };
          writeFileSync(file, JSON.stringify({ ...spec, process }));
          const called = bench.call(["run", "-b", bundle, "c1"], { fds: leaked });
          // Some of these lead to a directory of the container's own, which is fine.
          if (called.code === 0) expect(called.stdout).not.toMatch(/^(boot|home|usr|var)$/m);
        }
      }
    } finally {
      for (const fd of leaked) closeSync(fd);
    }
    await bench.expectNothingLeft();
  }, 120_000);
});

describe("what we leave on disk", () => {
  it("is ours alone, whatever the umask (CVE-2021-41103)", () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    const script = 'umask 0; exec "$0" "$@"';
    const called = bench.call(
      ["-c", script, runtimePath, "--root", bench.stateRoot, "create", "--monitor", "-b", bundle, "c1"],
      {
        program: "/bin/sh",
        isWhole: true,
      },
    );
    expect(called).toMatchObject({ code: 0 });
    const mode = (path: string) => (statSync(join(bench.stateRoot, path)).mode & 0o777).toString(8);
    expect(mode("")).toBe("700");
    expect(mode("c1")).toBe("711");
    for (const path of ["c1/lock", "c1/init"]) expect(`${path} ${mode(path)}`).toBe(`${path} 700`);
    for (const path of ["c1/state.json", "c1/config.json", "c1/init/ctl.sock", "c1/exec.fifo"]) {
      expect(`${path} ${mode(path)}`).toBe(`${path} 600`);
    }
    bench.ok(["delete", "--force", "c1"]);
  });
});
