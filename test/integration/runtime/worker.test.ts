/** Commands through `gantry-runtime worker`, beside the same commands from a command line. */
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { CommandEnd } from "../../../src/client/execute.ts";
import { gantry } from "../../../src/gen/runtime.js";
import { WarmWorker } from "../../../src/shim/warm-worker.ts";
import type { Spec } from "../../../src/spec/types.ts";
import { callUnary, TtrpcClient } from "../../../src/ttrpc/client.ts";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, changes, compiled, running, runtimePath } from "./harness.ts";

let bench: Bench;
let workers: WarmWorker[];
beforeEach(() => {
  bench = new Bench();
  workers = [];
});
afterEach(async () => {
  for (const worker of workers) worker.close();
  await Promise.all(workers.map(({ ended }) => ended));
  await bench.dispose();
});

const ENV = { PATH: process.env["PATH"] ?? "" };

async function startWorker(env: Readonly<Record<string, string>> = {}): Promise<WarmWorker> {
  const worker = await WarmWorker.start({
    command: [runtimePath],
    socketPath: join(bench.dir, `worker-${workers.length}.sock`),
    env: { ...ENV, ...env },
  });
  workers.push(worker);
  return worker;
}

interface Options {
  readonly input?: string;
  readonly deadlineMs?: number;
}

/** Any command line. */
function whole(worker: WarmWorker, args: readonly string[], options: Options = {}): Promise<CommandEnd> {
  return worker.run(args, { what: args.join(" "), wantsOutput: true, deadlineMs: 60_000, ...options });
}

/** A command on the bench's state root. */
function call(worker: WarmWorker, args: readonly string[], options: Options = {}): Promise<CommandEnd> {
  return whole(worker, ["--root", bench.stateRoot, ...args], options);
}

async function ok(worker: WarmWorker, args: readonly string[], options: Options = {}): Promise<string> {
  const { end, stdout, stderr } = await call(worker, args, options);
  if (end !== 0) throw new Error(`${args.join(" ")}: ${end} ${stderr}`);
  return stdout;
}

function create(id: string, bundle: string): string[] {
  return ["create", "--monitor", "--bundle", bundle, id];
}

/** A hook that never ends; its command line names the bench. */
function hangingHook(kind: "createRuntime" | "createContainer" | "poststart"): (spec: Spec) => Spec {
  const script = join(bench.dir, "hang.sh");
  writeFileSync(script, "#!/bin/sh\nsleep 1000 & wait\n");
  chmodSync(script, 0o755);
  return (spec) => ({ ...spec, hooks: { [kind]: [{ path: "/bin/sh", args: ["sh", script] }] } });
}

describe("the worker", () => {
  it("answers odd command lines as the command line does, one after the other", async () => {
    const broken = bench.bundle("broken");
    writeFileSync(join(broken, "config.json"), '{"ociVersion": 1');
    const lines: readonly (readonly string[])[] = [
      [],
      ["--version"],
      ["bogus"],
      ["--bogus", "state", "x"],
      ["--root"],
      ["--root", "/", "state", "x"],
      ["--log-format", "xml", "state", "x"],
      ["--log", "/nonexistent/log", "state", "x"],
      ["--root", bench.stateRoot, "state"],
      ["--root", bench.stateRoot, "state", "x"],
      ["--root", bench.stateRoot, "state", "../x"],
      ["--root", bench.stateRoot, "state", "\uFFFD"],
      ["--root", bench.stateRoot, "kill", "x", "NOSIGNAL"],
      ["--root", bench.stateRoot, "delete", "x"],
      ["--root", bench.stateRoot, "delete", "--force", "x"],
      ["--root", bench.stateRoot, "start", "x", "y"],
      ["--root", bench.stateRoot, ...create("x", broken)],
      ["--root", bench.stateRoot, ...create("x", "/nonexistent")],
      ["--root", bench.stateRoot, "exec", "--monitor", "--detach", "--exec-id", "e", "x", "true"],
      ["--root", bench.stateRoot, "update", "--memory", "many", "x"],
      ["--root", bench.stateRoot, "events", "--stats", "--interval", "-1s", "x"],
      ["features"],
    ];
    const worker = await startWorker();
    const isSaid = (text: string) => text.replaceAll(/time="[^"]*"/g, "").replaceAll(runtimePath, "");
    for (const line of [...lines, ...lines]) {
      const cold = bench.call(line, { isWhole: true, cwd: "/" });
      const warm = await whole(worker, line);
      expect({ line, end: warm.end, out: warm.stdout, err: isSaid(warm.stderr) }).toEqual({
        line,
        end: cold.code,
        out: cold.stdout,
        err: isSaid(cold.stderr),
      });
    }
    for (const input of ["", "{", '{"pids":7}', '{"pids":{"limit":18446744073709551616}}']) {
      const line = ["--root", bench.stateRoot, "update", "--resources", "-", "x"];
      const cold = bench.call(line, { isWhole: true, input });
      const warm = await whole(worker, line, { input });
      expect([warm.end, isSaid(warm.stderr)]).toEqual([cold.code, isSaid(cold.stderr)]);
    }
  });

  it("refuses what needs a process of its own", async () => {
    const bundle = bench.bundle("c1", running("true"));
    const worker = await startWorker();
    const lines = [
      ["create", "--bundle", bundle, "c1"],
      ["create", "--monitor", "--preserve-fds", "1", "--bundle", bundle, "c1"],
      ["run", "--bundle", bundle, "c1"],
      ["list"],
      ["events", "c1"],
      ["exec", "c1", "true"],
      ["spec", "--bundle", bundle],
      ["worker", "/x", "1"],
    ];
    for (const line of lines) {
      const { end, stderr } = await call(worker, line);
      expect([line[0], end === 0]).toEqual([line[0], false]);
      if (line[0] !== "worker") expect(stderr).toContain("is not for the warm runtime");
    }
  });

  it("begins nothing when the process that started it is gone, whoever holds the connection", async () => {
    const socketPath = join(bench.dir, "other.sock");
    const script = `${runtimePath} worker ${socketPath} $$ 3>&1 & wait`;
    const parent = spawn("/bin/sh", ["-c", script], { env: ENV, stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => parent.stdout.once("data", resolve));
    const client = await TtrpcClient.connect(socketPath);
    const { RunRequest: request, RunResponse: response } = gantry.runtime.v1;
    const method = { service: "gantry.runtime.v1.Runtime", method: "Run", request, response };
    expect(await callUnary(client, method, { args: ["features"] })).toMatchObject({ exitCode: 0 });
    parent.kill("SIGKILL");
    await new Promise((resolve) => parent.once("exit", resolve));
    await expect(callUnary(client, method, { args: ["features"] })).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    client.close();
    await bench.expectNothingLeft();
  });

  it("carries a container through its life", async () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    const worker = await startWorker();
    await ok(worker, create("c1", bundle));
    expect(JSON.parse(await ok(worker, ["state", "c1"])).status).toBe("created");
    await ok(worker, ["start", "c1"]);
    const output = join(bench.dir, "exec.out");
    const exec = ["exec", "--monitor", "--detach", "--exec-id", "e1", "--stdout", `file://${output}`, "c1"];
    await ok(worker, [...exec, "sh", "-c", "echo from exec"]);
    await waitFor(
      "the exec's output",
      () => existsSync(output) && readFileSync(output, "utf8") === "from exec\n",
    );
    await ok(worker, ["pause", "c1"]);
    expect(JSON.parse(await ok(worker, ["state", "c1"])).status).toBe("paused");
    await ok(worker, ["resume", "c1"]);
    await ok(worker, ["update", "--resources", "-", "c1"], { input: '{"pids":{"limit":77}}' });
    expect(JSON.parse(await ok(worker, ["events", "--stats", "c1"])).data.pids.limit).toBe(77);
    await ok(worker, ["kill", "c1", "KILL"]);
    await bench.until("c1", "stopped");
    await ok(worker, ["delete", "c1"]);
    expect(await call(worker, ["state", "c1"])).toMatchObject({ end: 1 });
  });

  it("gives a process exactly what a command line gives it, whatever it was asked before", async () => {
    const facts = [
      "cd /; pwd; id; umask; env | sort",
      "grep -E '^(Sig[^Q]|Shd|Cap|NoNew|Seccomp|Umask|Groups|CoreDumping|THP)' /proc/self/status",
      "cat /proc/self/limits /proc/self/oom_score_adj /proc/self/coredump_filter /proc/self/timerslack_ns",
      "cd /proc/$$/fd; echo *; /bin/true",
    ].join("; ");
    let made = 0;
    const look = async (run: (args: readonly string[]) => Promise<unknown>): Promise<string> => {
      made += 1;
      const id = `c${made}`;
      const bundle = bench.bundle(
        id,
        changes(running(facts), (spec) => ({
          ...spec,
          hooks: {
            createRuntime: [
              { path: "/bin/sh", args: ["sh", "-c", `${HOOK_FACTS} >${bench.dir}/${id}.hook`] },
            ],
          },
        })),
      );
      const output = join(bench.dir, `${id}.out`);
      const stdio = ["--stdout", `file://${output}`, "--stderr", `file://${output}`];
      await run(["create", "--monitor", ...stdio, "--bundle", bundle, id]);
      await run(["start", id]);
      await bench.until(id, "stopped");
      await run(["delete", id]);
      return `${readFileSync(output, "utf8")}--\n${readFileSync(`${bench.dir}/${id}.hook`, "utf8")}`;
    };
    const HOOK_FACTS =
      "pwd; umask; env | grep -v ^_= | sort; grep -E '^(Sig[^Q]|Shd|Cap|NoNew|Seccomp)' /proc/self/status; cat /proc/self/limits; ls /proc/$$/fd";
    const cold = await look(async (args) => bench.ok(args, { cwd: "/" }));
    expect(cold.split("\n").length).toBeGreaterThan(40);
    const worker = await startWorker();
    expect(await look((args) => ok(worker, args))).toBe(cold);
    // Everything a spec can set for its process must not stay with the worker.
    const odd = bench.bundle(
      "odd",
      changes(running("sleep 100"), (spec) => ({
        ...spec,
        process: {
          ...spec.process,
          args: ["sleep", "100"],
          cwd: "/tmp",
          env: ["PATH=/bin", "ODD=1", "LISTEN_FDS=3"],
          user: { uid: 1000, gid: 1000, umask: 0o77, additionalGids: [5, 6] },
          rlimits: [
            { type: "RLIMIT_NOFILE", soft: 17, hard: 18 },
            { type: "RLIMIT_CORE", soft: 0, hard: 0 },
          ],
          oomScoreAdj: 500,
          noNewPrivileges: true,
          scheduler: { policy: "SCHED_BATCH", nice: 5 },
        } as NonNullable<Spec["process"]>,
      })),
    );
    await ok(worker, create("odd", odd));
    await call(worker, create("odd", odd));
    await call(worker, ["--root", "state", "x"]);
    const again = look((args) => ok(worker, args));
    await ok(worker, ["start", "odd"]);
    expect(await again).toBe(cold);
    await ok(worker, ["delete", "--force", "odd"]);
  });

  it("gives a process a session keyring of its own, or the caller's where that is asked for", async () => {
    const program = compiled("runtime/sessionkeyring.c", bench.dir);
    const bind = (path: string, destination = path) => ({
      source: path,
      destination,
      options: ["rbind", "ro"],
    });
    const own = execFileSync(program, { encoding: "utf8" });
    const worker = await startWorker();
    const keyring = async (id: string, ...flags: string[]): Promise<string> => {
      const bundle = bench.bundle(
        id,
        changes(running("/keyring"), (spec) => ({
          ...spec,
          mounts: [
            ...(spec.mounts ?? []),
            ...["/usr", "/lib", "/lib64"].filter((path) => existsSync(path)).map((path) => bind(path)),
            bind(program, "/keyring"),
          ],
        })),
      );
      const output = join(bench.dir, `${id}.out`);
      await ok(worker, ["create", "--monitor", ...flags, "--stdout", `file://${output}`, "-b", bundle, id]);
      await ok(worker, ["start", id]);
      await bench.until(id, "stopped");
      await ok(worker, ["delete", id]);
      return readFileSync(output, "utf8");
    };
    const [first, second] = [await keyring("c1"), await keyring("c2")];
    expect(new Set([own, first, second]).size).toBe(3);
    expect(await keyring("c3", "--no-new-keyring")).toBe(own);
  });

  it("stays as it was after two hundred containers, the good and the bad", async () => {
    // Each has a cgroup of its own.
    const good = [0, 1, 2, 3].map((slot) => bench.bundle(`good${slot}`, running("true")));
    const bad = bench.bundle("bad", running("true"));
    const spec: Spec = JSON.parse(readFileSync(join(bad, "config.json"), "utf8"));
    writeFileSync(
      join(bad, "config.json"),
      JSON.stringify({ ...spec, process: { ...spec.process, args: ["/nonexistent"] } }),
    );
    const worker = await startWorker();
    const cycle = async (slot: number, id: string): Promise<void> => {
      const bundle = good[slot] ?? "";
      await ok(worker, create(id, bundle));
      expect(await call(worker, create(id, bundle))).toMatchObject({ end: 1 });
      expect(await call(worker, create(`${id}-bad`, bad))).toMatchObject({ end: 1 });
      await ok(worker, ["start", id]);
      await ok(worker, ["delete", "--force", id]);
    };
    const cycles = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 4) {
        await Promise.all([0, 1, 2, 3].map((slot) => cycle(slot, `c${i + slot}`)));
      }
    };
    await cycles(20);
    const before = snapshot(worker.pid);
    await cycles(180);
    const after = snapshot(worker.pid);
    expect({ ...after, residentKb: 0 }).toEqual({ ...before, residentKb: 0 });
    expect(after.residentKb - before.residentKb).toBeLessThan(48 * 1024);
    await bench.expectNothingLeft().catch((error: unknown) => {
      // The worker itself is the bench's as well, and its gantry-init.
      expect(String(error).split("\n").slice(1)).toEqual([
        expect.stringContaining(`process ${worker.pid}`),
        expect.stringContaining("gantry-init serve-sealed"),
      ]);
    });
  }, 180_000);

  it.each(["createRuntime", "createContainer", "poststart"] as const)(
    "gives up a command whose %s hook hangs, at its deadline, and holds up nobody meanwhile",
    async (kind) => {
      const stuck = bench.bundle("stuck", changes(running("sleep 100"), hangingHook(kind)));
      const other = bench.bundle("other", running("sleep 100"));
      const worker = await startWorker();
      const line = create("stuck", stuck);
      if (kind === "poststart") await ok(worker, line);
      const hung = call(worker, kind === "poststart" ? ["start", "stuck"] : line, { deadlineMs: 3000 });
      await waitFor("the hook to run", () => bench.leftovers().some((left) => left.includes("hang.sh")));
      const startedAt = performance.now();
      await ok(worker, create("other", other));
      await ok(worker, ["start", "other"]);
      await ok(worker, ["delete", "--force", "other"]);
      expect(performance.now() - startedAt).toBeLessThan(2000);
      // Nobody else gets at the container meanwhile.
      const tickets = readdirSync(join(bench.stateRoot, "stuck/lock"));
      expect(tickets.filter((name) => !name.endsWith("-init"))).toHaveLength(1);
      const { end, stderr } = await hung;
      expect(end).toBe(1);
      expect(stderr).toContain("it took too long and was given up");
      if (kind === "poststart") await ok(worker, ["delete", "--force", "stuck"]);
      // The hook has died with it; what the hook has started is its own.
      await waitFor("the hook to be gone", () => !bench.leftovers().some((left) => left.includes("hang.sh")));
      expect(existsSync(join(bench.stateRoot, "stuck"))).toBe(false);
      for (const left of bench.leftovers()) {
        const pid = Number(/^process (\d+): sleep 1000/.exec(left)?.[1] ?? 0);
        if (pid > 0) process.kill(pid, "SIGKILL");
      }
    },
  );

  it("killed at any moment of a create leaves what delete --force removes", async () => {
    const bundle = bench.bundle("c1", running("sleep 100"));
    for (let delayMs = 0; delayMs < 24; delayMs++) {
      const worker = await startWorker();
      const end = call(worker, create("c1", bundle)).then(
        ({ end: code }) => code,
        (error: { code: string }) => error.code,
      );
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      worker.kill();
      expect([0, "worker-died"]).toContain(await end);
      await worker.ended;
      await ok(await startWorker(), ["delete", "--force", "c1"]);
      await waitFor(
        "the container to be gone",
        () => !bench.leftovers().some((left) => /^(state|cgroup)/.test(left)),
      );
    }
  });

  it("leaves nothing of a create that fails at any step", async () => {
    const bundle = bench.bundle(
      "c1",
      changes(running("sleep 100"), (spec) => ({
        ...spec,
        hooks: { createRuntime: [{ path: "/bin/true" }] },
      })),
    );
    let step = 1;
    for (; step < 400; step++) {
      const worker = await startWorker({ GANTRY_TEST_FAULT: String(step) });
      const { end, stderr } = await call(worker, create("c1", bundle));
      if (end === 0) break;
      expect(stderr).toContain("injected fault");
      worker.close();
      await worker.ended;
      await bench.expectNothingLeft();
    }
    expect(step).toBeGreaterThan(50);
    bench.ok(["delete", "--force", "c1"]);
  }, 180_000);

  it("finishes what it has begun when its client goes, then ends", async () => {
    const gate = join(bench.dir, "gate");
    const bundle = bench.bundle(
      "c1",
      changes(running("sleep 100"), (spec) => ({
        ...spec,
        hooks: {
          createRuntime: [
            { path: "/bin/sh", args: ["sh", "-c", `until [ -e ${gate} ]; do sleep 0.05; done`] },
          ],
        },
      })),
    );
    const worker = await startWorker();
    const lost = call(worker, create("c1", bundle));
    await waitFor("the hook", () => bench.leftovers().some((left) => left.includes("until")));
    worker.close();
    await expect(lost).rejects.toMatchObject({ code: "worker-died" });
    expect(bench.state("c1").status).toBe("creating");
    writeFileSync(gate, "");
    await worker.ended;
    expect(bench.state("c1").status).toBe("created");
    bench.ok(["delete", "--force", "c1"]);
  });

  it("takes one client and no other", async () => {
    const worker = await startWorker();
    await waitFor("the socket to go", () => !existsSync(join(bench.dir, "worker-0.sock")));
    expect(await whole(worker, ["features"])).toMatchObject({ end: 0 });
  });
});

/** What one command could leave to the next. */
function snapshot(pid: number) {
  const proc = (name: string) => readFileSync(`/proc/${pid}/${name}`, "utf8");
  const status = proc("status");
  const lines = status.match(/^(Umask|Sig[^Q]\w+|Cap\w+|Uid|Gid|Groups|NoNewPrivs|Seccomp):.*$/gm);
  return {
    fds: readdirSync(`/proc/${pid}/fd`).map((fd) => `${fd} ${readlinkSync(`/proc/${pid}/fd/${fd}`)}`),
    cwd: readlinkSync(`/proc/${pid}/cwd`),
    limits: proc("limits"),
    environ: proc("environ"),
    status: lines,
    namespaces: readdirSync(`/proc/${pid}/ns`).map((name) => readlinkSync(`/proc/${pid}/ns/${name}`)),
    cgroup: proc("cgroup"),
    children: readdirSync(`/proc/${pid}/task`)
      .map((thread) => proc(`task/${thread}/children`))
      .join(""),
    residentKb: Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1]),
  };
}
