import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Spec } from "../../../src/spec/types.ts";
import { runOk } from "../../helpers/run.ts";
import { waitFor, within } from "../../helpers/wait.ts";
import { type Served, ShimBench, type ShimCallOptions } from "./harness.ts";

let shim: ShimBench;
const fds = new Set<number>();
beforeEach(async () => {
  shim = await ShimBench.open();
});
afterEach(async () => {
  for (const fd of fds) closeSync(fd);
  fds.clear();
  await shim.dispose();
});

const DEBUG: ShimCallOptions = { flags: ["-debug"] };
const pod = (spec: Spec): Spec => ({ ...spec, annotations: { "io.kubernetes.cri.sandbox-id": "pod" } });

/** The daemon's end of a bundle's `log` fifo. */
async function openLog(bundle: string): Promise<number> {
  const path = join(bundle, "log");
  if (!existsSync(path)) await runOk("mkfifo", ["-m", "700", path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  fds.add(fd);
  return fd;
}

function letGo(fd: number): void {
  fds.delete(fd);
  closeSync(fd);
}

/** Everything that is in the pipe now. */
function readLog(fd: number): string {
  const chunk = Buffer.alloc(1 << 16);
  let text = "";
  for (;;) {
    try {
      text += chunk.toString("utf8", 0, readSync(fd, chunk));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return text;
      throw error;
    }
  }
}

function fill(fd: number): void {
  const zeros = Buffer.alloc(4096);
  for (;;) {
    try {
      writeSync(fd, zeros);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return;
      throw error;
    }
  }
}

/** Debug lines for each call: more of them than any pipe holds. */
async function talk({ task, id }: Pick<Served, "task" | "id">, calls = 1000): Promise<void> {
  await within("answers", Promise.all(Array.from({ length: calls }, () => task.connect(id))));
}

/** A bundle with a log fifo, started with debug. */
async function serveWithLog(
  id: string,
  log: "reader" | "none",
  call = DEBUG,
  change = pod,
): Promise<Served & { fd: number }> {
  const bundle = shim.bench.bundle(id, change);
  const fd = await openLog(bundle);
  if (log === "none") letGo(fd);
  const address = await shim.start(bundle, call);
  const task = await shim.client(address);
  const { shimPid } = await task.connect(id);
  return { id, bundle, address, task, shimPid, fd };
}

describe("the log fifo", () => {
  it("gets lines in the form of containerd's own", async () => {
    const served = await serveWithLog("c1", "reader");
    await talk(served, 1);
    const line = await waitFor("a line", () =>
      readLog(served.fd)
        .split("\n")
        .find((one) => one.includes("Connect")),
    );
    expect(line).toMatch(
      /^time="\d{4}-\d\d-\d\dT[\d:.]+Z" level=debug msg="Connect (request|answered)" runtime=io\.containerd\.gantry\.v2 /,
    );
    await served.task.shutdown("c1");
  });

  it("gets no debug lines unless they are asked for", async () => {
    const served = await serveWithLog("c1", "reader", {});
    await talk(served, 10);
    await served.task.shutdown("c1");
    await served.task.ttrpc.closed;
    expect(readLog(served.fd)).not.toContain("level=debug");
  });

  it("holds nobody up without a reader", async () => {
    const served = await serveWithLog("c1", "none");
    await talk(served);
    await served.task.shutdown("c1");
  });

  it("holds nobody up when it is full, and goes on when it is read again", async () => {
    const served = await serveWithLog("c1", "reader");
    fill(served.fd);
    await talk(served);
    readLog(served.fd);
    await talk(served, 1);
    // What could not be written is counted.
    await waitFor("a line that tells of dropped ones", () => / dropped=\d+/.test(readLog(served.fd)));
    await served.task.shutdown("c1");
  });

  it("may lose its reader and get another, as when containerd restarts", async () => {
    const served = await serveWithLog("c1", "reader");
    letGo(served.fd);
    await talk(served);
    const fd = await openLog(served.bundle);
    await talk(served, 1);
    await waitFor("lines in the new pipe", () => readLog(fd).includes("Connect"));
    await served.task.shutdown("c1");
  });

  it("may be missing", async () => {
    const served = await shim.serve("c1", pod, DEBUG);
    await talk(served);
    await served.task.shutdown("c1");
  });

  it("is another container's when the first bundle of the pod has gone", async () => {
    const one = await serveWithLog("c1", "reader");
    const two = await serveWithLog("c2", "reader");
    await two.task.create({ id: "c2", bundle: two.bundle });
    letGo(one.fd);
    rmSync(one.bundle, { recursive: true });
    await talk(two, 1);
    await waitFor("lines in the second container's log", () => readLog(two.fd).includes("Connect"));
    await two.task.delete("c2");
    await two.task.shutdown("c2");
  });
});

describe("a signal", () => {
  it("tells the state of the containers (SIGUSR1), or nothing at all (SIGPIPE)", async () => {
    const served = await serveWithLog("c1", "reader", {});
    await served.task.create({ id: "c1", bundle: served.bundle });
    for (const signal of ["SIGPIPE", "SIGUSR1"] as const) process.kill(shim.serverPid(), signal);
    const line = await waitFor("a line", () =>
      readLog(served.fd)
        .split("\n")
        .find((one) => one.includes("containers=")),
    );
    const containers = /containers=("(?:[^"\\]|\\.)*")/.exec(line)?.[1] ?? "";
    expect(JSON.parse(JSON.parse(containers))).toMatchObject([
      { id: "c1", bundle: served.bundle, processes: [{ exec: "", status: "created", hasMonitor: true }] },
    ]);
    expect((await served.task.connect("c1")).shimPid).toBe(served.shimPid);
    await served.task.delete("c1");
    await served.task.shutdown("c1");
  });
});

describe("GANTRY_SHIM_LOG", () => {
  it("takes the lines instead of the fifo", async () => {
    const file = join(shim.bench.dir, "shim.log");
    const served = await serveWithLog("c1", "reader", { ...DEBUG, env: { GANTRY_SHIM_LOG: file } });
    await talk(served, 1);
    await waitFor("a line", () => readFileSync(file, "utf8").includes('msg="Connect answered"'));
    expect(readLog(served.fd)).toBe("");
    await served.task.shutdown("c1");
  });

  it("may be a fifo without a reader", async () => {
    const fifo = join(shim.bench.dir, "fifo");
    await runOk("mkfifo", [fifo]);
    const served = await within("start", shim.serve("c1", pod, { ...DEBUG, env: { GANTRY_SHIM_LOG: fifo } }));
    await talk(served);
    await served.task.shutdown("c1");
  });
});
