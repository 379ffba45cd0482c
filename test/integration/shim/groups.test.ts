import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { socketPath } from "../../../src/shim/address.ts";
import type { Spec } from "../../../src/spec/types.ts";
import { attributedMounts, attributedProcesses } from "../../helpers/host.ts";
import { RUNNING } from "../../helpers/task-client.ts";
import { within } from "../../helpers/wait.ts";
import { changes, running } from "../runtime/harness.ts";
import { killServer, ShimBench } from "./harness.ts";

const GROUP = "io.containerd.runc.v2.group";
const SANDBOX = "io.kubernetes.cri.sandbox-id";

let shim: ShimBench;
beforeEach(async () => {
  shim = await ShimBench.open();
});
afterEach(() => shim.dispose());

const annotated = (annotations: Readonly<Record<string, string>>) => (spec: Spec) => ({
  ...spec,
  annotations,
});

describe("containers of one group", () => {
  it.each([
    ["the sandbox of CRI", { [SANDBOX]: "pod" }, { [SANDBOX]: "pod" }],
    ["runc's group annotation", { [GROUP]: "pod" }, { [GROUP]: "pod" }],
    ["runc's before CRI's", { [GROUP]: "pod", [SANDBOX]: "a" }, { [GROUP]: "pod", [SANDBOX]: "b" }],
    ["the id of the sandbox's own container", {}, { [SANDBOX]: "c1" }],
  ])("get one server, found by %s", async (_, first, second) => {
    const one = await shim.serve("c1", annotated(first));
    const two = await shim.serve("c2", annotated(second));
    expect(two.address).toBe(one.address);
    expect(two.shimPid).toBe(one.shimPid);
    // Also written by a start that found the server there: containerd up to 1.7 reads it.
    expect(readFileSync(join(two.bundle, "address"), "utf8")).toBe(one.address);
    await one.task.shutdown("c1");
  });

  it("are kept apart from a group of the same name in another containerd namespace", async () => {
    const one = await shim.serve("c1", annotated({ [SANDBOX]: "pod" }));
    const bundle = shim.bench.bundle("c2", annotated({ [SANDBOX]: "pod" }));
    const other = `${shim.namespace}-other`;
    // Go's flags: the later one counts.
    const called = await shim.call("start", bundle, { flags: ["-namespace", other] });
    const address = called.stdout.toString();
    shim.watch(address);
    expect(address).not.toBe(one.address);
    await (await shim.client(address)).shutdown("c2");
    await one.task.shutdown("c1");
  });

  it("get one server when they are started at once", async () => {
    const bundles = ["c1", "c2", "c3", "c4", "c5", "c6"].map((id) =>
      shim.bench.bundle(id, annotated({ [SANDBOX]: "pod" })),
    );
    const addresses = await Promise.all(bundles.map((bundle) => shim.start(bundle)));
    expect(new Set(addresses).size).toBe(1);
    const task = await shim.client(addresses[0] ?? "");
    const { shimPid } = await task.connect("c1");
    // Those that were too late have ended, or are about to.
    const servers = () =>
      attributedProcesses({ dir: shim.bench.dir, namespace: shim.namespace }).filter(({ command }) =>
        command.includes("gantry-shimd"),
      );
    await expect.poll(() => servers().map(({ pid }) => pid)).toEqual([shim.serverPid()]);
    const stubs = () =>
      attributedProcesses({ dir: shim.bench.dir, namespace: shim.namespace }).filter(({ command }) =>
        command.includes("containerd-shim-gantry-v2"),
      );
    await expect.poll(() => stubs().map(({ pid }) => pid)).toEqual([shimPid]);
    await task.shutdown("c1");
  });

  it("keep their server until the last of them is deleted, whoever asks", async () => {
    const pod = annotated({ [SANDBOX]: "pod" });
    const pause = await shim.serve("c1", changes(running("sleep 1000"), pod));
    const work = await shim.serve("c2", changes(running("sleep 1000"), pod));
    for (const { id, bundle, task } of [pause, work]) {
      await task.create({ id, bundle });
      await task.start(id);
    }
    await pause.task.kill("c1", 9);
    await pause.task.wait("c1");
    await pause.task.delete("c1");
    await pause.task.shutdown("c1");
    // The pod's pause is gone first; its workload is not to notice.
    expect(await work.task.state("c2")).toMatchObject({ status: RUNNING });
    await work.task.shutdown("no-such-id");
    expect(await work.task.state("c2")).toMatchObject({ status: RUNNING });
    await work.task.kill("c2", 9);
    await work.task.wait("c2");
    await work.task.delete("c2");
    await work.task.shutdown("c1");
    await within("the end of the server", work.task.ttrpc.closed);
  });

  it("may come without a start and go without a delete, as version 3 promises, when the first bundle is long gone", async () => {
    const pause = await shim.serve("c1", running("sleep 1000"));
    await pause.task.create({ id: "c1", bundle: pause.bundle });
    await pause.task.start("c1");
    const bundle = shim.bench.bundle("c2", running("exit 3"));
    const lower = join(shim.bench.dir, "lower");
    renameSync(join(bundle, "rootfs"), lower);
    mkdirSync(join(bundle, "rootfs"));
    await pause.task.kill("c1", 9);
    await pause.task.wait("c1");

    // The workload is created on a connection of its own, before and after the pause container has gone.
    const task = await shim.client(pause.address);
    const rootfs = [{ type: "bind", source: lower, options: ["rbind", "ro"] }];
    await task.create({ id: "c2", bundle, rootfs });
    await pause.task.delete("c1");
    rmSync(pause.bundle, { recursive: true });
    await task.start("c2");
    expect(await within("exit", task.wait("c2"))).toMatchObject({ exitStatus: 3 });
    await task.delete("c2");
    // Nobody will call `delete` for it: containerd now removes the empty directory, or fails.
    expect(attributedMounts({ dir: shim.bench.dir, namespace: shim.namespace })).toEqual([]);
    rmdirSync(join(bundle, "rootfs"));
    await task.create({ id: "c3", bundle: shim.bench.bundle("c3") });
    await task.delete("c3");
    await task.shutdown("c2");
    await within("the end of the server", task.ttrpc.closed);
  });

  it("get a new stub when theirs has gone away", async () => {
    const one = await shim.serve("c1");
    await killServer(one.shimPid);
    expect(await shim.start(one.bundle)).toBe(one.address);
    const task = await shim.client(one.address);
    expect((await task.connect("c1")).shimPid).not.toBe(one.shimPid);
    await task.shutdown("c1");
  });
});

describe("start", () => {
  it("replaces a socket that nobody listens on", async () => {
    const bundle = shim.bench.bundle("c1");
    const socket = socketPath({
      socketDir: shim.socketDir,
      grpcAddress: join(shim.bench.dir, "c.sock"),
      containerdNamespace: shim.namespace,
      group: "c1",
    });
    await leaveSocket(socket);
    expect(await shim.start(bundle)).toBe(`unix://${socket}`);
    await (await shim.client(socket)).shutdown("c1");
  });

  it("finds a server of its group at once, and answers no sooner than the server answers", async () => {
    const { address, task, bundle } = await shim.serve("c1");
    const addresses = await Promise.all(Array.from({ length: 4 }, () => shim.start(bundle)));
    expect(new Set(addresses)).toEqual(new Set([address]));
    await task.shutdown("c1");
  });
});

/** A socket file whose listener has gone without removing it. */
async function leaveSocket(path: string): Promise<void> {
  mkdirSync(shim.socketDir, { mode: 0o700 });
  const server = createServer();
  const made = join(shim.socketDir, "made");
  await new Promise<void>((resolve) => server.listen(made, resolve));
  renameSync(made, path);
  await new Promise((resolve) => server.close(resolve));
}
