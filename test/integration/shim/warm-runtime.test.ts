/** The shim's side of the warm runtime, against real workers that are killed and stopped. */
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { createRuntimeClient } from "../../../src/client/runtime-client.ts";
import type { Logger } from "../../../src/core/log.ts";
import { WarmRuntime, type WarmRuntimeOptions } from "../../../src/shim/warm-runtime.ts";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, changes, running, runtimePath } from "../runtime/harness.ts";

let bench: Bench;
let warm: WarmRuntime;
let log: { readonly level: string; readonly message: string }[];
beforeEach(() => {
  bench = new Bench();
  log = [];
  warm = open();
});
afterEach(async () => {
  await warm.close();
  await waitFor("the workers to end", () => workers().length === 0);
  await bench.dispose();
});

const logger: Logger = { log: (level, message) => void log.push({ level, message }) };

function open(options: Partial<WarmRuntimeOptions> = {}): WarmRuntime {
  return new WarmRuntime({
    path: runtimePath,
    socketPath: join(bench.dir, "warm"),
    env: { PATH: process.env["PATH"] ?? "" },
    logger,
    pingTimeoutMs: 300,
    graceMs: 500,
    ...options,
  });
}

/** Pids of the bench's workers. */
function workers(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return args[1] === "worker" && (args[2] ?? "").startsWith(bench.dir);
      } catch {
        return false;
      }
    })
    .map(Number);
}

function theWorker(): number {
  const [pid, ...others] = workers();
  if (pid === undefined || others.length > 0) throw new Error(`${workers().length} workers`);
  return pid;
}

function run(args: readonly string[], deadlineMs = 60_000) {
  const what = args.filter((arg) => !arg.startsWith("-")).join(" ");
  return warm.run(["--root", bench.stateRoot, ...args], { what, deadlineMs, wantsOutput: true });
}

/** A bundle whose create goes on when `gate` is there. */
function gatedBundle(id: string): { readonly bundle: string; readonly gate: string } {
  const gate = join(bench.dir, `${id}.gate`);
  const wait = `until [ -e ${gate} ]; do sleep 0.05; done`;
  const hooks = { createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", wait] }] };
  return {
    gate,
    bundle: bench.bundle(
      id,
      changes(running("sleep 100"), (spec) => ({ ...spec, hooks })),
    ),
  };
}

async function untilHookRuns(gate: string): Promise<void> {
  await waitFor("the hook to run", () => bench.leftovers().some((left) => left.includes(`-e ${gate}`)));
}

describe("WarmRuntime", () => {
  it("starts one worker on first need and keeps it", async () => {
    expect(workers()).toEqual([]);
    const ends = await Promise.all(Array.from({ length: 20 }, () => run(["state", "c1"])));
    expect(ends.every(({ end, stderr }) => end === 1 && stderr.includes("does not exist"))).toBe(true);
    const pid = theWorker();
    await run(["features"]);
    expect(theWorker()).toBe(pid);
  });

  it("is what a RuntimeClient needs", async () => {
    const client = createRuntimeClient({
      path: "/nonexistent",
      stateRoot: bench.stateRoot,
      env: {},
      isDebug: false,
      logger,
      execute: warm.run,
    });
    const bundle = bench.bundle("c1", running("sleep 100"));
    const stdio = { stdin: "", stdout: "", stderr: "" };
    const call = {
      id: "c1",
      bundle,
      rootfsMounts: [],
      stdio,
      noPivot: false,
      noNewKeyring: false,
      configPath: "",
    };
    await client.create({ ...call, isSystemdCgroup: false });
    await expect(client.create({ ...call, isSystemdCgroup: false })).rejects.toMatchObject({
      code: "exists",
    });
    await client.start("c1", bundle);
    const processFile = join(bench.dir, "process.json");
    writeFileSync(
      processFile,
      JSON.stringify({ args: ["sleep", "100"], cwd: "/", env: ["PATH=/bin"], user: { uid: 0, gid: 0 } }),
    );
    await client.exec({ id: "c1", bundle, execId: "e1", processFile, stdio });
    await client.update("c1", bundle, '{"pids":{"limit":50}}');
    await client.pause("c1", bundle);
    await client.resume("c1", bundle);
    await client.kill({ id: "c1", bundle, signal: 9, all: true });
    await bench.until("c1", "stopped");
    await client.delete({ id: "c1", bundle, force: false });
    await expect(client.start("c1", bundle)).rejects.toMatchObject({ code: "does-not-exist" });
    theWorker();
  });

  it("replaces a worker that was killed while nothing was in progress", async () => {
    await run(["features"]);
    const pid = theWorker();
    process.kill(pid, "SIGKILL");
    await waitFor("the end to be noticed", () =>
      log.some(({ message }) => message.includes("worker ended: SIGKILL")),
    );
    expect(await run(["features"])).toMatchObject({ end: 0 });
    expect(theWorker()).not.toBe(pid);
  });

  it("says of a command that its worker died with it, and goes on", async () => {
    const { bundle, gate } = gatedBundle("c1");
    const lost = run(["create", "--monitor", "--bundle", bundle, "c1"]);
    await untilHookRuns(gate);
    process.kill(theWorker(), "SIGKILL");
    await expect(lost).rejects.toMatchObject({
      code: "worker-died",
      kind: "unavailable",
      message: expect.stringContaining(" c1"),
    });
    expect(await run(["delete", "--force", "c1"])).toMatchObject({ end: 0 });
    writeFileSync(gate, "");
  });

  it("gives new commands to another worker when one is stuck, and hears the old one when it goes on", async () => {
    const { bundle, gate } = gatedBundle("c1");
    const slow = run(["create", "--monitor", "--bundle", bundle, "c1"]);
    await untilHookRuns(gate);
    const stuck = theWorker();
    process.kill(stuck, "SIGSTOP");
    await waitFor("the worker to be given up", () =>
      log.some(({ message }) => message.endsWith("worker is stuck")),
    );
    expect(await run(["features"])).toMatchObject({ end: 0 });
    expect(workers()).toHaveLength(2);
    writeFileSync(gate, "");
    process.kill(stuck, "SIGCONT");
    expect(await slow).toMatchObject({ end: 0 });
    await waitFor("the old worker to end", () => !workers().includes(stuck));
    expect(await run(["delete", "--force", "c1"])).toMatchObject({ end: 0 });
  });

  it("kills a stuck worker when its command is past its deadline, and names the command", async () => {
    const { bundle, gate } = gatedBundle("c1");
    const slow = run(["create", "--monitor", "--bundle", bundle, "c1"], 2000);
    const failed = expect(slow).rejects.toMatchObject({
      code: "abandoned",
      kind: "deadline-exceeded",
      message: expect.stringMatching(/create .*c1: not done after 2000 ms/),
    });
    await untilHookRuns(gate);
    const stuck = theWorker();
    process.kill(stuck, "SIGSTOP");
    await failed;
    await waitFor("it to be killed", () => !workers().includes(stuck));
    writeFileSync(gate, "");
    expect(await run(["delete", "--force", "c1"])).toMatchObject({ end: 0 });
  });

  it("runs commands cold when no worker can be had", async () => {
    const program = join(bench.dir, "runtime.sh");
    const count = join(bench.dir, "tries");
    writeFileSync(
      program,
      `#!/bin/sh\nif [ "$1" = worker ]; then echo >>${count}; exit 1; fi\nexec ${runtimePath} "$@"\n`,
    );
    chmodSync(program, 0o755);
    await warm.close();
    warm = open({ path: program });
    expect(await run(["features"])).toMatchObject({
      end: 0,
      stdout: expect.stringContaining("ociVersionMin"),
    });
    expect(await run(["state", "c1"])).toMatchObject({ end: 1 });
    // It is not tried again for every command.
    expect(readFileSync(count, "utf8")).toBe("\n");
    expect(log.filter(({ level }) => level !== "debug").map(({ message }) => message)).toEqual([
      expect.stringMatching(/^commands are cold for a while: .*exit status 1$/),
    ]);
  });

  it("has a missing program reported as such", async () => {
    await warm.close();
    warm = open({ path: "/nonexistent/gantry-runtime" });
    await expect(run(["features"])).rejects.toMatchObject({ code: "runtime-missing" });
  });

  it("leaves no worker and no socket when it is closed", async () => {
    await run(["features"]);
    await warm.close();
    await waitFor("the worker to end", () => workers().length === 0);
    expect(existsSync(bench.dir) && readdirSync(bench.dir).filter((name) => name.startsWith("warm"))).toEqual(
      [],
    );
  });
});
