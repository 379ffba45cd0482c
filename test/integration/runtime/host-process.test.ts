import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Mount, Spec } from "../../../src/spec/types.ts";
import { Bench, running } from "./harness.ts";

/** As in killed.test.ts. */
const STRIDE = Number(process.env["GANTRY_TEST_STRIDE"] ?? 3);

let bench: Bench;
/** A tmpfs: the overlays cannot be on the root filesystem. */
let memory: string;
let config: string;

beforeEach(() => {
  bench = new Bench();
  memory = join(bench.dir, "memory");
  mkdirSync(memory);
  execFileSync("mount", ["-t", "tmpfs", "gantry-test", memory]);
  config = configure('mode = "always"');
});
afterEach(async () => {
  for (const id of ["c1", "c2"]) call(["delete", "--force", id]);
  const names = readdir(join(memory, "overlays"));
  if (names.length > 0) call(["overlay", "rm", ...names]);
  execFileSync("umount", [memory]);
  await bench.dispose();
});

function readdir(directory: string): string[] {
  return existsSync(directory) ? list(directory).map(({ name }) => name) : [];
}

interface Listed {
  readonly name: string;
  readonly users: readonly string[];
  readonly files: number;
}

function list(_directory: string): Listed[] {
  return JSON.parse(bench.ok(["overlay", "ls", "--json"], { global: ["--config", config] }));
}

function configure(...lines: readonly string[]): string {
  const file = join(bench.dir, "config.toml");
  const base = `overlay_base = ${JSON.stringify(join(memory, "overlays"))}`;
  writeFileSync(file, ["[host_process]", base, ...lines, ""].join("\n"), { mode: 0o600 });
  return file;
}

function call(args: readonly string[]) {
  return bench.call(args, { global: ["--config", config] });
}

/** A container of a Kubernetes namespace. */
function inNamespace(namespace: string, change: Partial<Spec> = {}): (spec: Spec) => Spec {
  return (spec) => ({
    ...spec,
    root: { path: "rootfs" },
    ...change,
    annotations: { "io.kubernetes.cri.sandbox-namespace": namespace, ...change.annotations },
  });
}

/** Run a command as a host process and take its output. */
function sh(id: string, namespace: string, script: string, change: Partial<Spec> = {}): string {
  const bundle = bench.bundle(id, (spec) =>
    inNamespace(
      namespace,
      change,
    )({ ...spec, process: { ...spec.process, args: ["sh", "-c", script] } } as Spec),
  );
  const { code, stdout, stderr } = call(["run", "--bundle", bundle, id]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

describe("a host process", () => {
  it("runs the node's programs in the node's namespaces, whatever the image holds", () => {
    const seen = sh("c1", "a", "hostname; readlink /proc/self/ns/pid /proc/self/ns/net; cat /etc/os-release");
    expect(seen.split("\n").slice(0, 3)).toEqual([
      execFileSync("hostname", { encoding: "utf8" }).trim(),
      ...["pid", "net"].map((type) =>
        execFileSync("readlink", [`/proc/self/ns/${type}`], { encoding: "utf8" }).trim(),
      ),
    ]);
    expect(seen).toContain(readFileSync("/etc/os-release", "utf8").split("\n")[0]);
  });

  it("writes to an overlay that its namespace shares, and to nothing else", () => {
    const file = `/etc/${bench.namespace}`;
    sh("c1", "a", `echo a >${file}; rm -f /etc/os-release`);
    expect(existsSync(file)).toBe(false);
    expect(existsSync("/etc/os-release")).toBe(true);
    expect(sh("c2", "a", `cat ${file}; ls /etc/os-release || echo gone`)).toBe("a\ngone\n");
    expect(sh("c3", "b", `cat ${file} || echo none`)).toBe("none\n");
    expect(list(memory)).toMatchObject([
      { name: "ns-a", users: [], files: 4 },
      { name: "ns-b", users: [], files: 2 },
    ]);
  });

  it("is one user of many of an overlay, which is mounted while there is one", () => {
    const merged = join(memory, "overlays/ns-a/merged");
    const isMounted = (): boolean => readFileSync("/proc/self/mountinfo", "utf8").includes(` ${merged} `);
    for (const id of ["c1", "c2"]) {
      const bundle = bench.bundle(id, (spec) => inNamespace("a")(running("sleep 1000")(spec)));
      expect(call(["run", "-d", "--bundle", bundle, id])).toMatchObject({ code: 0 });
    }
    expect(list(memory)).toMatchObject([{ name: "ns-a", users: expect.arrayContaining(["c1", "c2"]) }]);
    expect(call(["overlay", "rm", "ns-a"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/ns-a is in use by c[12], c[12]/),
    });
    call(["delete", "--force", "c1"]);
    expect(isMounted()).toBe(true);
    call(["delete", "--force", "c2"]);
    expect(isMounted()).toBe(false);
    expect(call(["overlay", "reset", "ns-a"])).toMatchObject({ code: 0, stdout: "ns-a\n" });
    expect(list(memory)).toMatchObject([{ name: "ns-a", users: [], files: 0 }]);
    expect(call(["overlay", "rm", "--unused"])).toMatchObject({ code: 0, stdout: "ns-a\n" });
    expect(call(["overlay", "rm", "ns-a"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no overlay .*ns-a/),
    });
  });

  it("cannot read passwords, nor unmount what hides the node's secrets, not by exec either", () => {
    writeFileSync(join(bench.dir, "secret"), "hidden\n");
    config = configure('mode = "always"', `hide = [${JSON.stringify(join(bench.dir, "secret"))}]`);
    const all = ["CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_MKNOD", "CAP_CHOWN"];
    const change = (spec: Spec): Spec =>
      ({
        ...running("true")(spec),
        process: {
          ...spec.process,
          args: ["sleep", "1000"],
          capabilities: { bounding: all, effective: all, permitted: all },
        },
      }) as Spec;
    const bundle = bench.bundle("c1", (spec) => inNamespace("a")(change(spec)));
    expect(call(["run", "-d", "--bundle", bundle, "c1"])).toMatchObject({ code: 0 });
    const exec = (script: string): string => {
      return bench.call(["exec", "--cap", "CAP_SYS_ADMIN", "c1", "sh", "-c", `${script} 2>&1`]).stdout;
    };
    expect(exec("cut -d: -f2 /etc/shadow | sort -u")).toMatch(/^\*\n$/);
    expect(exec(`cat ${bench.dir}/secret; umount ${bench.dir}/secret`)).toMatch(
      /^umount: .*must be superuser/,
    );
    expect(exec("cat /proc/1/root/etc/hostname")).toMatch(/denied/);
    expect(exec("cp /etc/shadow /etc/shadow.new && mv /etc/shadow.new /etc/shadow && echo changed")).toBe(
      "changed\n",
    );
  });

  it("has the pod's volumes", () => {
    const volume = join(bench.dir, "volume");
    mkdirSync(volume);
    writeFileSync(join(volume, "file"), "content\n");
    const mounts: Mount[] = [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: `/mnt/${bench.namespace}`, type: "bind", source: volume, options: ["rbind", "ro"] },
    ];
    const script = `cat /mnt/${bench.namespace}/file; touch /mnt/${bench.namespace}/x || echo read-only`;
    expect(sh("c1", "a", script, { mounts })).toBe("content\nread-only\n");
    expect(existsSync(`/mnt/${bench.namespace}`)).toBe(false);
    const missing = [{ ...mounts[1], source: `${volume}-not-there` }] as Mount[];
    expect(() => sh("c2", "a", "true", { mounts: missing })).toThrow(/not-there/);
  });

  it("is refused, and leaves nothing, where there can be no overlay", () => {
    config = configure('mode = "always"');
    writeFileSync(config, '[host_process]\nmode = "always"\noverlay_base = "/var/gantry-test"\n');
    expect(() => sh("c1", "a", "true")).toThrow(/overlay_base \/var\/gantry-test is on the root filesystem/);
    expect(existsSync("/var/gantry-test")).toBe(false);
    config = configure('mode = "always"');
  });

  it("asks in vain by annotation where the administrator has not allowed it", () => {
    const annotations = { "gantry.dev/host-process": "true" };
    config = configure('mode = "never"');
    expect(() => sh("c1", "a", "true", { annotations })).toThrow(/host_process.mode/);
    config = configure('mode = "on-request"');
    expect(sh("c2", "a", "hostname", { annotations })).not.toBe("gantry\n");
  });

  it("gives its place up when it is killed at any step", () => {
    rmSync(join(memory, "overlays"), { recursive: true, force: true });
    for (let step = 1, isDone = false; !isDone; step += STRIDE) {
      expect(step).toBeLessThan(100);
      const bundle = bench.bundle(`k${step}`, (spec) => inNamespace("a")(running("sleep 1000")(spec)));
      const env = { GANTRY_TEST_FAULT: String(step), GANTRY_TEST_FAULT_KIND: "kill" };
      const made = bench.call(["create", "--bundle", bundle, "c1"], { global: ["--config", config], env });
      bench.call(["delete", "--force", "c1"], { global: ["--config", config] });
      const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
      expect(mounts.filter((line) => line.includes(join(memory, "overlays")))).toEqual([]);
      expect(list(memory).flatMap(({ users }) => users)).toEqual([]);
      isDone = made.code === 0;
    }
  }, 120_000);
});
