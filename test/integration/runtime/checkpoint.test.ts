import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Process, Spec } from "../../../src/spec/types.ts";
import { repository } from "../../helpers/paths.ts";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, changes, compiled, running, runtimePath } from "./harness.ts";

/** The directory of a criu that this machine can run, or why there is none. */
function findCriu(): { readonly dir: string } | { readonly reason: string } {
  const installed = spawnSync("criu", ["check"], { encoding: "utf8" });
  if (installed.status === 0) return { dir: "" };
  // Debian 12's criu does not know the vDSO of newer kernels.
  const fetched = spawnSync("bash", ["scripts/debian-suite.sh", "forky", "criu"], {
    cwd: repository,
    encoding: "utf8",
  });
  if (fetched.status !== 0) return { reason: `there is no criu: ${fetched.stderr.trim()}` };
  const dir = fetched.stdout.trim();
  const check = spawnSync(join(dir, "criu"), ["check"], { encoding: "utf8" });
  return check.status === 0 ? { dir } : { reason: `criu check: ${check.stderr.trim() || check.error}` };
}

const criu = findCriu();
const PATH = process.env["PATH"] ?? "";
const env = { PATH: "dir" in criu && criu.dir !== "" ? `${criu.dir}:${PATH}` : PATH };
/** Needs no iptables. */
const LOCK = ["--network-lock", "nftables"];

let bench: Bench;
let images: string;
let receiver: ChildProcess | undefined;
beforeEach(({ skip }) => {
  if ("reason" in criu) skip(criu.reason);
  bench = new Bench();
  images = join(bench.dir, "images");
});
afterEach(async () => {
  receiver?.kill("SIGKILL");
  receiver = undefined;
  if ("dir" in criu) await bench.dispose();
});

/** Counts, ends with 7 when it is asked to. */
const COUNTER = "trap 'exit 7' TERM; i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done";

function checkpoint(id: string, ...flags: string[]): void {
  bench.ok(["checkpoint", ...LOCK, "--image-path", images, ...flags, id], { env });
}

function restore(id: string, ...flags: string[]): void {
  bench.ok(restoreCommand(id, ...flags), { env });
}

function restoreCommand(id: string, ...flags: string[]): string[] {
  return ["restore", ...LOCK, "--image-path", images, "--bundle", join(bench.dir, "c1"), ...flags, id];
}

/** Starts a container whose output is a file, and waits for the third number in it. */
async function count(id: string, change: (spec: Spec) => Spec = (spec) => spec): Promise<string> {
  const out = join(bench.dir, "counted");
  const bundle = bench.bundle("c1", changes(running(COUNTER), change));
  bench.ok(["run", "-d", "--monitor", "--stdout", `file://${out}`, "-b", bundle, id], { env });
  await waitFor("it to count", () => numbers(out).length >= 3);
  return out;
}

function numbers(file: string): number[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => /^\d+$/.test(line))
    .map(Number);
}

/** Every number from 1 to the last is there once, in order: nothing was done twice and nothing left out. */
function expectGapless(counted: readonly number[]): void {
  expect(counted).toEqual(counted.map((_, index) => index + 1));
}

function exitRecord(id: string): { status: number; signal: number } {
  return JSON.parse(readFileSync(join(bench.stateRoot, id, "init/exit.json"), "utf8"));
}

function listed(): string[] {
  return bench.ok(["list", "--quiet"]).split("\n").filter(Boolean);
}

describe("checkpoint and restore", () => {
  it("go on where it was, below a monitor, with another output", async () => {
    const before = await count("c1");
    checkpoint("c1");
    expect(listed()).toEqual([]);
    expect(bench.leftovers()).toEqual([]);
    const after = join(bench.dir, "after");
    restore("c1", "--monitor", "--stdout", `file://${after}`, "--pid-file", join(bench.dir, "pid"));
    await waitFor("it to count on", () => numbers(after).length >= 3);
    const state = bench.state("c1");
    expect(state.status).toBe("running");
    expect(readFileSync(join(bench.dir, "pid"), "utf8")).toBe(String(state.pid));
    bench.ok(["kill", "c1", "TERM"]);
    await bench.until("c1", "stopped");
    expectGapless([...numbers(before), ...numbers(after)]);
    expect(exitRecord("c1")).toMatchObject({ status: 7, signal: 0 });
    bench.ok(["delete", "c1"]);
  });

  it("twice, under another id", async () => {
    const out = await count("c1");
    checkpoint("c1");
    restore("c2", "--monitor", "--stdout", `file://${out}`);
    rmSync(images, { recursive: true });
    checkpoint("c2");
    restore("c3", "--monitor", "--stdout", `file://${out}`);
    const seen = numbers(out).length;
    await waitFor("it to count on", () => numbers(out).length > seen + 2);
    bench.ok(["kill", "c3", "TERM"]);
    await bench.until("c3", "stopped");
    expectGapless(numbers(out));
    expect(exitRecord("c3").status).toBe(7);
    bench.ok(["delete", "c3"]);
  });

  it("end with the container's exit code when attached, and leave nothing", async () => {
    await count("c1");
    checkpoint("c1");
    const started = bench.start(restoreCommand("c1"), { env });
    await waitFor("it to count on", () => numbers(started.stdoutFile).length >= 3);
    bench.ok(["kill", "c1", "TERM"]);
    expect((await started.ended).code).toBe(7);
    expect(listed()).toEqual([]);
  });

  it("leave an orphan to the caller without a monitor", async () => {
    const bundle = bench.bundle("c1", running(COUNTER));
    const before = piped(["run", "-d", "-b", bundle, "c1"]);
    await waitFor("it to count", () => numbers(before).length >= 3);
    checkpoint("c1");
    const after = piped(restoreCommand("c1", "--detach"));
    await waitFor("it to count on", () => numbers(after).length >= 3);
    expect(bench.state("c1").status).toBe("running");
    bench.ok(["kill", "c1", "TERM"]);
    await bench.until("c1", "stopped");
    expectGapless([...numbers(before), ...numbers(after)]);
    expect(existsSync(join(bench.stateRoot, "c1/init/exit.json"))).toBe(false);
    bench.ok(["delete", "c1"]);
  });

  it("give a process the client's new fifos in place of the old", async () => {
    const fifo = (name: string): string => {
      const path = join(bench.dir, name);
      execFileSync("mkfifo", [path]);
      return path;
    };
    const bundle = bench.bundle("c1", running("while read x; do echo got $x; done; exit 9"));
    const [stdin, stdout] = [fifo("in"), fifo("out")];
    const first = openSync(stdout, "r+");
    bench.ok(["run", "-d", "--monitor", "--stdin", stdin, "--stdout", stdout, "-b", bundle, "c1"], { env });
    execFileSync("sh", ["-c", `echo one >${stdin}; head -n 1 <${stdout} >${stdout}.text`]);
    expect(readFileSync(`${stdout}.text`, "utf8")).toBe("got one\n");
    checkpoint("c1");
    closeSync(first);
    const [newIn, newOut] = [fifo("in2"), fifo("out2")];
    const second = openSync(newOut, "r+");
    restore("c1", "--monitor", "--stdin", newIn, "--stdout", newOut);
    execFileSync("sh", ["-c", `echo two >${newIn}; head -n 1 <${newOut} >${newOut}.text`]);
    expect(readFileSync(`${newOut}.text`, "utf8")).toBe("got two\n");
    bench.ok(["kill", "c1", "KILL"]);
    await bench.until("c1", "stopped");
    expect(exitRecord("c1")).toMatchObject({ status: 137, signal: 9 });
    closeSync(second);
    bench.ok(["delete", "c1"]);
  });

  it("send a restored terminal to the console socket", async () => {
    const terminal = (spec: Spec): Spec => ({
      ...spec,
      process: { ...spec.process, terminal: true } as Process,
    });
    const script = "while read x; do echo got $x on $(tty); done";
    const bundle = bench.bundle("c1", changes(running(script), terminal));
    const first = await receive("");
    bench.ok(["run", "-d", "-b", bundle, "--console-socket", first.socket, "c1"], { env });
    checkpoint("c1");
    await first.ended;
    const second = await receive("hello\n");
    restore("c1", "--detach", "--console-socket", second.socket);
    await waitFor("an answer", () => second.text().includes("got hello on /dev/pts/0"));
    bench.ok(["kill", "c1", "KILL"]);
    await bench.until("c1", "stopped");
    expect(await second.ended).toMatch(/^name=\/dev\/pts\/0 tty=1\n/);
    bench.ok(["delete", "c1"]);
  });

  it("keep limits, mounts, hooks and loopback", async () => {
    const data = join(bench.dir, "data");
    mkdirSync(data);
    writeFileSync(join(bench.dir, "one-file"), "a file\n");
    const hookLog = join(bench.dir, "hooks");
    const hook = {
      path: "/bin/sh",
      args: ["sh", "-c", `cat >>${hookLog}; echo >>${hookLog}`],
    };
    const out = await count("c1", (spec) => ({
      ...spec,
      hooks: { createRuntime: [hook] },
      mounts: [
        ...(spec.mounts ?? []),
        { destination: "/data", type: "bind", source: data, options: ["rbind", "rw"] },
        {
          destination: "/srv/file",
          type: "bind",
          source: join(bench.dir, "one-file"),
          options: ["bind", "ro"],
        },
      ],
      linux: { ...spec.linux, resources: { ...spec.linux?.resources, pids: { limit: 33 } } },
    }));
    checkpoint("c1");
    // Another rootfs, in which nothing was ever mounted.
    rmSync(join(bench.dir, "c1/rootfs/data"), { recursive: true });
    rmSync(join(bench.dir, "c1/rootfs/srv"), { recursive: true });
    restore("c1", "--monitor", "--stdout", `file://${out}`);
    const seen = bench.ok([
      ...["exec", "c1", "sh", "-c"],
      "cat /srv/file; echo hi >/data/x; cat /proc/self/cgroup; ip link show lo 2>/dev/null; ls /proc/self/fd",
    ]);
    expect(seen).toContain("a file\n");
    expect(readFileSync(join(data, "x"), "utf8")).toBe("hi\n");
    expect(seen).toContain(`/${bench.namespace}/c1`);
    const stats = JSON.parse(bench.ok(["events", "--stats", "c1"]));
    expect(stats.data.pids.limit).toBe(33);
    const states = readFileSync(hookLog, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    expect(states).toHaveLength(2);
    expect(states[1].pid).toBe(bench.state("c1").pid);
    const flags = execFileSync(
      "nsenter",
      ["-t", String(bench.state("c1").pid), "-n", "cat", "/sys/class/net/lo/flags"],
      {
        encoding: "utf8",
      },
    );
    expect(Number(flags) & 1).toBe(1);
    bench.ok(["delete", "--force", "c1"]);
  });
});

describe("what is not the container's own", () => {
  it("is a network namespace joined by path: it stays as it is", async () => {
    const holder = spawn("unshare", ["--net", "sleep", "1000"], { stdio: "ignore" });
    try {
      const path = `/proc/${holder.pid}/ns/net`;
      await waitFor("the namespace", () => readlinkSync(path) !== readlinkSync("/proc/self/ns/net"));
      const out = await count("c1", (spec) => ({
        ...spec,
        linux: {
          ...spec.linux,
          namespaces: (spec.linux?.namespaces ?? []).map((one) =>
            one.type === "network" ? { ...one, path } : one,
          ),
        },
      }));
      checkpoint("c1");
      restore("c1", "--monitor", "--stdout", `file://${out}`);
      expect(readlinkSync(`/proc/${bench.state("c1").pid}/ns/net`)).toBe(readlinkSync(path));
      bench.ok(["delete", "--force", "c1"]);
    } finally {
      holder.kill("SIGKILL");
    }
  });

  it("is a mount below a link, also with a cgroup namespace", async () => {
    const data = join(bench.dir, "data");
    mkdirSync(data);
    writeFileSync(join(data, "secret"), "a secret\n");
    const out = await count("c1", (spec) => {
      const rootfs = join(bench.dir, "c1/rootfs");
      mkdirSync(join(rootfs, "run"));
      mkdirSync(join(rootfs, "var"));
      symlinkSync("/run", join(rootfs, "var/run"));
      return {
        ...spec,
        mounts: [
          ...(spec.mounts ?? []),
          { destination: "/var/run/secrets", type: "bind", source: data, options: ["rbind", "ro"] },
        ],
        linux: {
          ...spec.linux,
          namespaces: [...(spec.linux?.namespaces ?? []), { type: "cgroup" as const }],
        },
      };
    });
    checkpoint("c1");
    restore("c1", "--monitor", "--stdout", `file://${out}`);
    const seen = bench.ok(["exec", "c1", "cat", "/run/secrets/secret", "/proc/self/cgroup"]);
    expect(seen).toContain("a secret\n");
    expect(seen).not.toContain(bench.namespace);
    bench.ok(["delete", "--force", "c1"]);
  });
});

describe("checkpoint", () => {
  it("--leave-running leaves it running", async () => {
    const out = await count("c1");
    const { pid } = bench.state("c1");
    checkpoint("c1", "--leave-running");
    const seen = numbers(out).length;
    await waitFor("it to count on", () => numbers(out).length > seen + 2);
    expect(bench.state("c1")).toMatchObject({ pid, status: "running" });
    bench.ok(["delete", "--force", "c1"]);
  });

  it("of a paused container ends it as well", async () => {
    await count("c1");
    bench.ok(["pause", "c1"]);
    checkpoint("c1");
    expect(listed()).toEqual([]);
  });

  it("leaves everything as it was when criu fails, and says why", async () => {
    const out = await count("c1");
    const { pid } = bench.state("c1");
    const called = bench.call(["checkpoint", "--network-lock", "iptables", "--image-path", images, "c1"], {
      env: { PATH: failingCriu("exit 3") },
    });
    expect(called.code).toBe(1);
    expect(called.stderr).toContain('cannot checkpoint container \\"c1\\"');
    expect(called.stderr).toContain("criu failed: it ended without an answer, with status 3");
    expect(called.stderr).toContain(`log file: ${images}/dump.log`);
    const seen = numbers(out).length;
    await waitFor("it to count on", () => numbers(out).length > seen + 2);
    expect(bench.state("c1")).toMatchObject({ pid, status: "running" });
    bench.ok(["delete", "--force", "c1"]);
  });

  it("leaves everything as it was when criu is killed half way", async () => {
    const out = await count("c1");
    const { pid } = bench.state("c1");
    const script = `PATH='${env.PATH}'; (sleep 0.1; kill -9 $$) & exec criu "$@"`;
    const called = bench.call(["checkpoint", ...LOCK, "--image-path", images, "c1"], {
      env: { PATH: failingCriu(script) },
    });
    expect(called.code).toBe(1);
    expect(called.stderr).toMatch(/it was killed by signal 9|Error \(criu/);
    const seen = numbers(out).length;
    await waitFor("it to count on", () => numbers(out).length > seen + 2);
    expect(bench.state("c1")).toMatchObject({ pid, status: "running" });
    bench.ok(["delete", "--force", "c1"]);
  });

  it("is refused without criu, and for a container that does not run", async () => {
    const bundle = bench.bundle("c1", running(COUNTER));
    bench.ok(["create", "-b", bundle, "c1"]);
    const command = ["checkpoint", ...LOCK, "--image-path", images, "c1"];
    const created = bench.call(command, { env });
    expect(created.stderr).toContain("Container cannot be checkpointed in created state");
    bench.ok(["start", "c1"]);
    const without = bench.call(command, { env: { PATH: "/nowhere" } });
    expect(without.stderr).toContain("criu executable not found in $PATH");
    expect(bench.state("c1").status).toBe("running");
    bench.ok(["kill", "c1", "KILL"]);
    await bench.until("c1", "stopped");
    const stopped = bench.call(command, { env });
    expect(stopped.stderr).toContain("Container cannot be checkpointed in stopped state");
    expect([created.code, without.code, stopped.code]).toEqual([1, 1, 1]);
    expect(existsSync(images)).toBe(false);
    bench.ok(["delete", "c1"]);
  });
});

describe("restore", () => {
  it("leaves nothing when criu fails, and says why", async () => {
    await count("c1");
    checkpoint("c1");
    for (const name of readdirSync(images).filter((file) => file.startsWith("core-"))) {
      writeFileSync(join(images, name), "not an image");
    }
    const called = bench.call(restoreCommand("c1", "--detach"), { env });
    expect(called.code).toBe(1);
    expect(called.stderr).toContain('cannot restore container \\"c1\\": criu');
    expect(called.stderr).toMatch(/Error \(criu/);
    expect(called.stderr).toContain(`log file: ${images}/restore.log`);
    expect(listed()).toEqual([]);
    await bench.expectNothingLeft();
  });

  it("leaves nothing when a hook fails", async () => {
    await count("c1");
    checkpoint("c1");
    const file = join(bench.dir, "c1/config.json");
    const spec: Spec = JSON.parse(readFileSync(file, "utf8"));
    const hook = { path: "/bin/sh", args: ["sh", "-c", "echo so sorry; exit 1"] };
    writeFileSync(file, JSON.stringify({ ...spec, hooks: { createRuntime: [hook] } }));
    const called = bench.call(restoreCommand("c1", "--detach"), { env });
    expect(called.code).toBe(1);
    expect(called.stderr).toContain("error running createRuntime hook #0");
    expect(called.stderr).toContain("so sorry");
    await bench.expectNothingLeft();
  });

  it("leaves nothing whichever of its steps fails", async () => {
    await count("c1");
    checkpoint("c1");
    const command = restoreCommand("c1", "--detach", "--pid-file", join(bench.dir, "pid"));
    let step = 1;
    for (; step < 400; step++) {
      const called = bench.call(command, { env: { ...env, GANTRY_TEST_FAULT: String(step) } });
      if (called.code === 0) break;
      expect(called.stderr).toContain("injected fault");
      await bench.expectNothingLeft();
    }
    expect(step).toBeGreaterThan(40);
    expect(bench.state("c1").status).toBe("running");
    bench.ok(["delete", "--force", "c1"]);
  }, 180_000);

  it("is refused for a taken id and for what are no images", async () => {
    await count("c1");
    const missing = bench.call(restoreCommand("c2", "--detach"), { env });
    expect(missing.stderr).toContain(`image path \\"${images}\\" is not a directory`);
    mkdirSync(images);
    const empty = bench.call(restoreCommand("c2", "--detach"), { env });
    expect(empty.stderr).toContain("not a checkpoint: there is no descriptors.json");
    checkpoint("c1", "--leave-running");
    const taken = bench.call(restoreCommand("c1", "--detach"), { env });
    expect(taken.stderr).toContain("container with given ID already exists");
    expect([missing.code, empty.code, taken.code]).toEqual([1, 1, 1]);
    expect(listed()).toEqual(["c1"]);
    bench.ok(["delete", "--force", "c1"]);
  });
});

let pipedCount = 0;

/** Runs a command with a pipe as its output, which a program empties into a file. @returns that file */
function piped(args: readonly string[]): string {
  const file = join(bench.dir, `piped-${++pipedCount}`);
  const command = [runtimePath, "--root", bench.stateRoot, ...args].join(" ");
  execFileSync("sh", ["-c", `${command} </dev/null 2>&1 | cat >${file} &`], {
    env,
    cwd: bench.dir,
    stdio: "ignore",
  });
  return file;
}

/** A directory with a criu that is a shell script. */
function failingCriu(script: string): string {
  const dir = join(bench.dir, "bin");
  mkdirSync(dir);
  writeFileSync(join(dir, "criu"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(dir, "criu"), 0o755);
  return `${dir}:${PATH}`;
}

/** What conmon and containerd's shim do: listen for a terminal's master, type a line, collect what the terminal says. */
async function receive(typed: string) {
  const socket = join(bench.dir, "console.sock");
  rmSync(socket, { force: true });
  const child = spawn(compiled("runtime/recvtty.c", bench.dir), [socket, typed], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  receiver = child;
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk.replaceAll("\r", "");
  });
  const ended = new Promise<string>((resolve) => child.once("close", () => resolve(text)));
  await waitFor("the console socket", () => existsSync(socket));
  return { socket, ended, text: () => text };
}
