import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Spec } from "../../../src/spec/types.ts";
import { Bench } from "./harness.ts";

const USER = { uid: 65_533 };

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.dispose());

/** A bundle of `spec --rootless`, made by the user and belonging to it. */
function rootlessBundle(change: (spec: Spec) => Spec): string {
  const bundle = bench.bundle("c1");
  const file = join(bundle, "config.json");
  rmSync(file);
  execFileSync("chown", ["-R", `${USER.uid}:${USER.uid}`, bench.dir]);
  bench.ok(["spec", "--rootless", "--bundle", bundle], USER);
  const spec: Spec = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify(change(spec)));
  return bundle;
}

function withScript(script: string): (spec: Spec) => Spec {
  return (spec) => ({
    ...spec,
    process: {
      cwd: "/",
      user: { uid: 0, gid: 0 },
      ...spec.process,
      terminal: false,
      args: ["sh", "-c", script],
    },
  });
}

describe("gantry-runtime called by an ordinary user", () => {
  it("runs a container whose root is that user, without a warning", () => {
    const bundle = rootlessBundle(withScript("id -u; cat /proc/self/uid_map; echo > /dev/null; exit 3"));
    const called = bench.call(["run", "-b", bundle, "c1"], USER);
    expect(called).toEqual({ code: 3, stdout: expect.any(String), stderr: "" });
    expect(called.stdout.trim().split(/\s+/)).toEqual(["0", "0", String(USER.uid), "1"]);
  });

  it("executes, kills and deletes without a cgroup, also with the host's pid namespace", () => {
    const bundle = rootlessBundle((spec) => {
      const namespaces = (spec.linux?.namespaces ?? []).filter(({ type }) => type !== "pid");
      const mounts = (spec.mounts ?? []).filter(({ type }) => type !== "proc");
      const changed = withScript("sleep 1000")(spec);
      const { maskedPaths: _, readonlyPaths: __, ...linux } = { ...changed.linux, namespaces };
      return { ...changed, linux, mounts };
    });
    bench.ok(["create", "-b", bundle, "c1"], USER);
    bench.ok(["start", "c1"], USER);
    expect(bench.ok(["exec", "c1", "id", "-u"], USER)).toBe("0\n");
    bench.ok(["kill", "c1", "KILL"], USER);
    bench.ok(["delete", "--force", "c1"], USER);
  });

  it("refuses a limit that it cannot set", () => {
    const bundle = rootlessBundle((spec) => {
      const changed = withScript("true")(spec);
      return { ...changed, linux: { ...changed.linux, resources: { memory: { limit: 1 << 26 } } } };
    });
    const called = bench.call(["run", "-b", bundle, "c1"], USER);
    expect(called.code).toBe(1);
    expect(called.stderr).toContain("cannot set memory limit");
  });
});
