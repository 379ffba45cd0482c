import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Spec } from "../../../src/spec/types.ts";
import { Bench, running, withProcess } from "./harness.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.dispose());

const linux =
  (change: Partial<NonNullable<Spec["linux"]>>) =>
  (spec: Spec): Spec => ({
    ...spec,
    linux: { ...spec.linux, ...change },
  });

describe("a create that fails leaves nothing", () => {
  it.each<[string, (spec: Spec) => Spec, RegExp]>([
    ["missing program", withProcess({ args: ["nope"] }), /executable file not found in \$PATH/],
    ["missing path", withProcess({ args: ["/nope"] }), /stat \/nope: no such file or directory/],
    ["program without x", withProcess({ args: ["/etc/passwd"] }), /permission denied/],
    ["program that is a directory", withProcess({ args: ["/etc"] }), /is a directory|permission denied/],
    [
      "unknown file system",
      (spec) => ({
        ...spec,
        mounts: [...(spec.mounts ?? []), { destination: "/x", type: "nope", source: "nope" }],
      }),
      /no such device/,
    ],
    [
      "missing bind source",
      (spec) => ({
        ...spec,
        mounts: [
          ...(spec.mounts ?? []),
          { destination: "/x", type: "bind", source: "/nope", options: ["bind"] },
        ],
      }),
      /no such file or directory/,
    ],
    [
      "bad tmpfs option",
      (spec) => ({
        ...spec,
        mounts: [
          ...(spec.mounts ?? []),
          { destination: "/x", type: "tmpfs", source: "tmpfs", options: ["size=nope"] },
        ],
      }),
      /invalid argument/,
    ],
    ["unknown sysctl", linux({ sysctl: { "net.nope": "1" } }), /sysctl/],
    ["bad limit", linux({ resources: { cpu: { quota: 1, period: 1 } } }), /cpu/],
    ["bad seccomp action", linux({ seccomp: { defaultAction: "SCMP_ACT_NOPE" } }), /seccomp/],
    [
      "missing namespace file",
      linux({ namespaces: [{ type: "mount" }, { type: "uts" }, { type: "network", path: "/nope" }] }),
      /no such file or directory/,
    ],
    ["missing rootfs", (spec) => ({ ...spec, root: { path: "nope" } }), /invalid rootfs/],
    ["working directory that is a file", withProcess({ cwd: "/etc/passwd" }), /not a directory|file exists/],
    ["failing hook", (spec) => ({ ...spec, hooks: { createRuntime: [{ path: "/bin/false" }] } }), /hook/],
    [
      "missing hook",
      (spec) => ({ ...spec, hooks: { createContainer: [{ path: "/nope" }] } }),
      /no such file or directory/,
    ],
  ])("%s", async (_, change, message) => {
    const bundle = bench.bundle("c1", (spec) => change(running("sleep 100")(spec)));
    const called = bench.call(["create", "-b", bundle, "c1"]);
    expect(called.code).toBe(1);
    expect(called.stderr).toMatch(message);
    expect(called.stderr).toContain("gantry-runtime create failed: ");
    await bench.expectNothingLeft();
    expect(existsSync(join(bench.stateRoot, "c1"))).toBe(false);
  });

  it.each([
    ["not JSON", "{", /config\.json/],
    ["a wrong type", '{"ociVersion":"1.0.0","process":{"args":"sh"}}', /process\.args/],
    ["no JSON object", "[]", /object/],
  ])("config.json with %s", (_, text, message) => {
    const bundle = bench.bundle("c1");
    writeFileSync(join(bundle, "config.json"), text);
    const called = bench.call(["create", "-b", bundle, "c1"]);
    expect(called).toMatchObject({ code: 1, stderr: expect.stringMatching(message) });
  });

  it("a bundle without config.json", () => {
    const bundle = bench.bundle("c1");
    rmSync(join(bundle, "config.json"));
    expect(bench.call(["create", "-b", bundle, "c1"]).stderr).toContain("config.json does not exist");
  });

  it("a pid file that cannot be written", async () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    const called = bench.call(["create", "--pid-file", "/nope/pid", "-b", bundle, "c1"]);
    expect(called.code).toBe(1);
    await bench.expectNothingLeft();
  });

  it("a console socket nobody listens on", async () => {
    const bundle = bench.bundle("c1", withProcess({ terminal: true, args: ["sh"] }));
    const called = bench.call(["create", "--console-socket", "/nope/socket", "-b", bundle, "c1"]);
    expect(called.code).toBe(1);
    await bench.expectNothingLeft();
  });

  it("a mount for the rootfs that fails after another one", async () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    const file = join(bench.dir, "mounts.json");
    const good = { type: "bind", source: join(bundle, "rootfs"), options: ["rbind", "rw"] };
    writeFileSync(file, JSON.stringify([good, { type: "nope", source: "nope", options: [] }]));
    const called = bench.call(["create", "--rootfs-mounts", file, "-b", bundle, "c1"]);
    expect(called.code).toBe(1);
    await bench.expectNothingLeft();
  });

  it("a terminal nobody takes", () => {
    const bundle = bench.bundle("c1", withProcess({ terminal: true }));
    expect(bench.call(["create", "-b", bundle, "c1"]).stderr).toContain(
      "cannot allocate tty if runc will detach without setting console socket",
    );
  });

  it("an init that is killed by the memory limit says so", async () => {
    const change = linux({ resources: { memory: { limit: 4096 } } });
    const bundle = bench.bundle("c1", (spec) => change(running("sleep 100")(spec)));
    const called = bench.call(["create", "-b", bundle, "c1"]);
    expect(called.code).toBe(1);
    expect(called.stderr).toContain("container init was OOM-killed (memory limit too low?)");
    await bench.expectNothingLeft();
  });
});

describe("the directory of another", () => {
  it("is never taken for a container's, and never removed as one", () => {
    mkdirSync(join(bench.stateRoot, "default/inner"), { recursive: true });
    const bundle = bench.bundle("c1", running("true"));
    expect(bench.call(["create", "-b", bundle, "default"]).code).toBe(1);
    expect(bench.call(["delete", "default"]).code).toBe(1);
    bench.call(["delete", "--force", "default"]);
    expect(readdirSync(join(bench.stateRoot, "default"))).toEqual(["inner"]);
    rmSync(join(bench.stateRoot, "default"), { recursive: true });
  });

  it("a cgroup in use is refused and stays", () => {
    bench.ok(["run", "-d", "-b", bench.bundle("c1", running("sleep 100")), "c1"]);
    const share = linux({ cgroupsPath: `/${bench.namespace}/c1` });
    const bundle = bench.bundle("c2", (spec) => share(running("sleep 100")(spec)));
    expect(bench.call(["create", "-b", bundle, "c2"]).code).toBe(1);
    expect(JSON.parse(bench.ok(["ps", "-f", "json", "c1"]))).toHaveLength(1);
    bench.ok(["delete", "--force", "c1"]);
  });
});

describe("kill -9 of the runtime", () => {
  it("at any moment of a create leaves what delete --force removes", async () => {
    const bundle = bench.bundle("c1", (spec) => ({
      ...running("sleep 100")(spec),
      // Something for every stage, and enough of it to be hit.
      hooks: { createRuntime: [{ path: "/bin/true" }], createContainer: [{ path: "/bin/true" }] },
    }));
    // Where the kill hits: from before the program runs to after it has ended.
    for (let delayMs = 0; delayMs < 48; delayMs += 3) {
      const started = bench.start(["create", "-b", bundle, "c1"]);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      started.kill("SIGKILL");
      await started.ended;
      const listed = bench.call(["list", "-f", "json"]);
      if (existsSync(bench.stateRoot)) expect(listed.code).toBe(0);
      const deleted = bench.call(["delete", "--force", "c1"]);
      expect(deleted).toMatchObject({ code: 0, stderr: "" });
      await bench.expectNothingLeft();
    }
    // And the id can be used.
    bench.ok(["create", "-b", bundle, "c1"]);
    bench.ok(["delete", "c1"]);
  });

  it("in the middle of a start is finished by the next one", () => {
    const bundle = bench.bundle("c1", running("echo started >/tmp/file; sleep 100"));
    bench.ok(["create", "-b", bundle, "c1"]);
    const stateDir = join(bench.stateRoot, "c1");
    // What a start that was killed between its rename and its write leaves.
    renameSync(join(stateDir, "exec.fifo"), join(stateDir, "exec.fifo.starting"));
    expect(bench.state("c1").status).toBe("running");
    bench.ok(["start", "c1"]);
    expect(bench.call(["start", "c1"]).stderr).toContain("cannot start an already running container");
    expect(readFileSync(join(stateDir, "state.json"), "utf8")).toContain('"id"');
    bench.ok(["delete", "--force", "c1"]);
  });
});
