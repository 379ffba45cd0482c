/** Operating the server of a node: what it does by itself when something is wrong, and what it tells. */
import { execFile } from "node:child_process";
import {
  existsSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VERSION } from "../../../src/bin/version.ts";
import type { Spec } from "../../../src/spec/types.ts";
import { RUNNING } from "../../helpers/task-client.ts";
import { waitFor, within } from "../../helpers/wait.ts";
import { changes, running } from "../runtime/harness.ts";
import {
  gone,
  killServer,
  processAny,
  type Served,
  ShimBench,
  type ShimCallOptions,
  shimPath,
} from "./harness.ts";

let shim: ShimBench;
beforeEach(async () => {
  shim = await ShimBench.open();
});
afterEach(() => shim.dispose());

const writable = (spec: Spec): Spec => ({ ...spec, root: { ...spec.root, path: "rootfs", readonly: false } });

async function runningContainer(
  id: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Served & { pid: number }> {
  const call: ShimCallOptions = { env };
  const served = await shim.serve(id, changes(running("sleep 1000"), writable), call);
  const { pid } = await served.task.create({ id, bundle: served.bundle });
  await served.task.start(id);
  return { ...served, pid };
}

async function end({ id, task }: Served): Promise<void> {
  await task.kill(id, 9).catch(() => {}); // it may have ended
  await within(`exit of ${id}`, task.wait(id));
  await task.delete(id);
  await task.shutdown(id);
}

/** The server's own directory. */
function nodeDir(): string {
  const [name = "none"] = readdirSync(shim.nodeDir);
  return join(shim.nodeDir, name);
}

function read(name: string): string {
  return readFileSync(join(nodeDir(), name), "utf8");
}

/** The process that watches a server. */
function findWatch(server: number): number | undefined {
  const pid = readdirSync("/proc").find(
    (name) => /^\d+$/.test(name) && commandOf(name).includes(`gantry-init watch ${server} `),
  );
  return pid === undefined ? undefined : Number(pid);
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // it has ended
  }
}

function watched(server: number): Promise<number> {
  return waitFor("the server to be watched", () => findWatch(server));
}

describe("a server whose loop does not turn", () => {
  const HANG = { GANTRY_TEST_HANG_MS: "1500" };

  it("is killed; the call that hung it is answered by the next one", async () => {
    const one = await runningContainer("c1", HANG);
    const server = shim.serverPid();
    await watched(server);
    writeFileSync(shim.killFile, "Pids:received:block");
    const { processes } = await within("the answer", one.task.pids("c1"));
    expect(processes[0]?.pid).toBe(one.pid);
    expect(shim.serverPid()).not.toBe(server);
    expect(read("stderr")).toContain(`process ${server} has done nothing for 1500 ms: killed`);
    expect(JSON.parse(read("counts.json"))).toEqual({ starts: 2, deaths: 1 });
    await end(one);
  });

  it("is killed also when it was stopped, and nobody else is kept from anything", async () => {
    const one = await runningContainer("c1", HANG);
    const server = shim.serverPid();
    await watched(server);
    process.kill(server, "SIGSTOP");
    expect((await within("the answer", one.task.state("c1"))).status).toBe(RUNNING);
    await gone(server);
    await end(one);
  });

  it("is watched again when whoever watches it was killed, and watched by nobody when it has ended", async () => {
    const one = await runningContainer("c1", { ...HANG, GANTRY_SHIM_IDLE_MS: "200" });
    const server = shim.serverPid();
    const first = await watched(server);
    process.kill(first, "SIGKILL");
    await waitFor("another one", async () => (await watched(server)) !== first);
    await end(one);
    await gone(server);
    await waitFor("its watch to end", () => findWatch(server) === undefined);
  });

  it("says how long it was held up, and lives when that has passed", async () => {
    const log = join(shim.bench.dir, "log");
    const one = await runningContainer("c1", { ...HANG, GANTRY_SHIM_LOG: log });
    const server = shim.serverPid();
    writeFileSync(shim.killFile, "Pids:received:block:700");
    await within("the answer", one.task.pids("c1"));
    // A starved machine holds it up too, for less long.
    await waitFor("a line in the log", () => {
      const lines = (existsSync(log) ? readFileSync(log, "utf8") : "").matchAll(/held up.* ms=(\d+)/g);
      return [...lines].some(([, ms]) => Number(ms) > 400);
    });
    expect(shim.serverPid()).toBe(server);
    await end(one);
  });
});

describe("a server that nobody can reach", () => {
  it.each(["removed", "replaced"])(
    "because its socket was %s ends, and the next one is reached",
    async (what) => {
      const one = await runningContainer("c1");
      const server = shim.serverPid();
      const socket = join(nodeDir(), "shimd.sock");
      if (what === "removed") unlinkSync(socket);
      else {
        writeFileSync(`${socket}.new`, "");
        renameSync(`${socket}.new`, socket);
      }
      await gone(server);
      if (what === "replaced") {
        expect(existsSync(socket)).toBe(true);
        unlinkSync(socket);
      }
      expect((await within("the answer", one.task.state("c1"))).status).toBe(RUNNING);
      const two = await runningContainer("c2");
      expect(shim.serverPid()).not.toBe(server);
      await end(one);
      await end(two);
    },
  );
});

describe("the sweep", () => {
  it("finds a pod whose stub and server were killed, and takes what is left of it with the last container", async () => {
    const one = await runningContainer("c1");
    const [link = ""] = readdirSync(join(nodeDir(), "pods"));
    expect(readlinkSync(join(nodeDir(), "pods", link))).toBe(one.address.replace("unix://", ""));
    await killServer(one.shimPid);
    await killServer(shim.serverPid());
    expect(await shim.call("delete", one.bundle)).toMatchObject({ code: 0, stderr: "" });
    await gone(one.pid);
    await shim.expectNothingLeft();
    expect(readdirSync(join(nodeDir(), "pods"))).toEqual([]);
  });

  it("removes an ended container whose bundle is gone", { timeout: 60_000 }, async () => {
    const one = await runningContainer("c1");
    await one.task.kill("c1", 9);
    await within("exit", one.task.wait("c1"));
    rmSync(one.bundle, { recursive: true });
    const state = (): Promise<string> =>
      one.task.state("c1").then(
        () => "",
        (error) => error.code,
      );
    await waitFor("the container to be forgotten", async () => (await state()) === "NOT_FOUND", 25_000);
    expect(existsSync(join(shim.stateRoot, "c1"))).toBe(false);
    await one.task.shutdown("c1");
  });
});

describe("the metrics of a server", () => {
  function scrape(args: readonly string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      execFile("curl", ["-sS", "-f", ...args], (error, stdout) => (error ? reject(error) : resolve(stdout)));
    });
  }

  it.skipIf(!existsSync("/proc/net/if_inet6"))("are on a port of IPv6 when one is given", async () => {
    const port = 20_000 + (process.pid % 20_000);
    const one = await runningContainer("c1", { GANTRY_METRICS_ADDRESS: `[::1]:${port}` });
    expect(await scrape(["-g", `http://[::1]:${port}/metrics`])).toContain("gantry_pods 1\n");
    await end(one);
  });

  it("are on a unix socket of its own, and on a port when one is given", async () => {
    const port = 20_000 + (process.pid % 20_000);
    const one = await runningContainer("c1", { GANTRY_METRICS_ADDRESS: `127.0.0.1:${port}` });
    await one.task.state("nobody").catch(() => {});
    await killServer(shim.serverPid());
    await one.task.state("c1");
    const socket = join(nodeDir(), "metrics.sock");
    const text = await scrape(["--unix-socket", socket, "http://gantry/metrics"]);
    expect(text).toContain("gantry_server_starts_total 2\n");
    expect(text).toContain("gantry_server_deaths_total 1\n");
    expect(text).toContain('gantry_containers{status="running"} 1\n');
    expect(text).toContain('gantry_rpc_duration_seconds_count{method="State"} 1\n');
    expect(text).toContain("gantry_stubs 1\n");
    expect(await scrape([`http://127.0.0.1:${port}/metrics`])).toContain("gantry_pods 1\n");
    await end(one);
  });
});

describe("gantry", () => {
  interface Called {
    readonly code: number;
    readonly out: string;
    readonly err: string;
  }

  function gantry(...args: readonly string[]): Promise<Called> {
    const env = { PATH: process.env["PATH"], GANTRY_NODE_DIR: shim.nodeDir };
    return new Promise((resolve) => {
      execFile(join(dirname(shimPath), "gantry"), args, { env, timeout: 30_000 }, (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err });
      });
    });
  }

  it("ps, node status, check and upgrade start nothing where nothing runs", async () => {
    expect(await gantry("ps", "--json")).toEqual({ code: 0, out: "[]\n", err: "" });
    expect(await gantry("node", "status", "--json")).toEqual({ code: 0, out: "[]\n", err: "" });
    expect(await gantry("node", "upgrade")).toEqual({ code: 0, out: "", err: "" });
    expect((await gantry("node", "check")).code).toBe(0);
    expect((await gantry("node", "nonsense")).code).toBe(2);
    expect(existsSync(shim.nodeDir)).toBe(false);
  });

  it("ps lists containers with stub, monitors and memory", async () => {
    const one = await runningContainer("c1");
    await one.task.exec({ id: "c1", execId: "e", spec: processAny(["sleep", "1000"]) });
    await one.task.start("c1", "e");
    const [row, ...others] = JSON.parse((await gantry("ps", "--json")).out);
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      containerdNamespace: shim.namespace,
      pod: "c1",
      id: "c1",
      status: "running",
      pid: one.pid,
      stubPid: one.shimPid,
      execs: 1,
      monitorPids: [expect.any(Number), expect.any(Number)],
    });
    expect(row.memory.pss).toBeGreaterThan(row.memory.private);
    expect(row.memory.private).toBeGreaterThan(50_000);
    // Also while nobody shares its executable: what is shared is private to a lone one.
    const stub = readFileSync(`/proc/${one.shimPid}/smaps_rollup`, "latin1");
    const rss = /^Rss: +(\d+) kB/m.exec(stub)?.[1];
    expect(Number(rss)).toBeLessThanOrEqual(150);
    const { out } = await gantry("ps");
    expect(out).toMatch(/^NAMESPACE +POD +CONTAINER/);
    expect(out).toMatch(new RegExp(`${shim.namespace} +c1 +c1 +running +${one.pid} +${one.shimPid} `));
    await one.task.kill("c1", 9, { execId: "e" });
    await within("exit", one.task.wait("c1", "e"));
    await one.task.delete("c1", "e");
    await end(one);
  });

  it("node check passes on a busy node, and fails for a stub without a pod and a pod without a stub", async () => {
    const one = await runningContainer("c1");
    expect(await gantry("node", "check")).toMatchObject({ code: 0, out: expect.stringMatching(/\bok\n$/) });
    process.kill(one.shimPid, "SIGKILL");
    await waitFor("the server to notice", async () => {
      const { code, out } = await gantry("node", "check", "--json");
      const messages = JSON.parse(out).findings.map(({ message }: { message: string }) => message);
      return code === 1 && messages.includes("pod c1 has no stub");
    });
    expect(await shim.call("delete", one.bundle)).toMatchObject({ code: 0 });
    expect((await gantry("node", "check")).code).toBe(0);
  });

  it("node upgrade replaces the server under running calls, and says what by what", async () => {
    const one = await runningContainer("c1");
    const wait = one.task.wait("c1");
    const server = shim.serverPid();
    const { code, out, err } = await gantry("node", "upgrade");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const next = shim.serverPid();
    expect(next).not.toBe(server);
    expect(out).toContain(`(pid ${server}) → ${VERSION} (pid ${next})`);
    const [status] = JSON.parse((await gantry("node", "status", "--json")).out);
    expect(status).toMatchObject({
      pid: next,
      starts: 2,
      deaths: 0,
      pods: 1,
      containers: 1,
      isOutdated: false,
    });
    await one.task.kill("c1", 9);
    expect((await within("exit", wait)).exitStatus).toBe(137);
    await one.task.delete("c1");
    await one.task.shutdown("c1");
    await waitFor("the pod to be gone", async () =>
      (await gantry("node", "status")).out.includes(" 0     0 "),
    );
    expect((await gantry("node", "upgrade")).out).toContain("has ended; the next pod starts another");
  });
});

describe("the log", () => {
  const TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  it.each(["warm", "cold"])("names pod, container and trace, the runtime's (%s) too", async (mode) => {
    const log = join(shim.bench.dir, "log");
    const one = await shim.serve("c1", changes(running("sleep 1000"), writable), {
      env: { GANTRY_SHIM_LOG: log, GANTRY_RUNTIME_MODE: mode },
      flags: ["-debug"],
    });
    one.task.metadata["traceparent"] = TRACE;
    await one.task.create({ id: "c1", bundle: one.bundle });
    await one.task.start("c1");
    const lines = readFileSync(log, "utf8").split("\n");
    const started = lines.find((line) => line.includes("Start answered")) ?? "";
    for (const field of [`namespace=${shim.namespace}`, "pod=c1", "id=c1", `traceparent=${TRACE}`]) {
      expect(started).toContain(` ${field}`);
    }
    expect(lines.find((line) => line.includes("gantry-runtime start"))).toMatch(/ pod=c1 id=c1 /);
    const said = readFileSync(join(one.bundle, "log.json"), "utf8").trim().split("\n");
    expect(said.length).toBeGreaterThan(0);
    for (const line of said) expect(JSON.parse(line)).toMatchObject({ traceparent: TRACE });
    await end(one);
  });
});
