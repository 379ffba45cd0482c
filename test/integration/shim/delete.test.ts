import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { containerd } from "../../../src/gen/task.js";
import { timeNsOf } from "../../../src/ttrpc/well-known.ts";
import { attributedMounts } from "../../helpers/host.ts";
import { runOk } from "../../helpers/run.ts";
import { RUNNING, STOPPED } from "../../helpers/task-client.ts";
import { waitFor, within } from "../../helpers/wait.ts";
import { changes, running } from "../runtime/harness.ts";
import { gone, killServer, type Served, ShimBench, type ShimCalled } from "./harness.ts";

let shim: ShimBench;
beforeEach(async () => {
  shim = await ShimBench.open();
});
afterEach(() => shim.dispose());

const pod = { annotations: { "io.kubernetes.cri.sandbox-id": "pod" } };

/** A container and its server, running. */
async function runningContainer(id: string, command = "sleep 1000", grouped = false): Promise<Served> {
  const served = await shim.serve(
    id,
    changes(running(command), (spec) => (grouped ? { ...spec, ...pod } : spec)),
  );
  await served.task.create({ id, bundle: served.bundle });
  await served.task.start(id);
  return served;
}

/** What `delete` answered; it must have succeeded. */
function answerOf(called: ShimCalled) {
  expect(called.code).toBe(0);
  const { pid, exitStatus, exitedAt } = containerd.task.v2.DeleteResponse.decode(called.stdout);
  return { pid, exitStatus, exitedAtNs: timeNsOf(exitedAt) };
}

const nowNs = () => BigInt(Date.now()) * 1_000_000n;

describe("delete with nothing left", () => {
  it("answers 137 now, and says nothing", async () => {
    const bundle = shim.bench.bundle("c1");
    const before = nowNs();
    const called = await shim.call("delete", bundle);
    expect(called.stderr).toBe("");
    const answer = answerOf(called);
    expect(answer).toMatchObject({ pid: 0, exitStatus: 137 });
    expect(answer.exitedAtNs >= before && answer.exitedAtNs <= nowNs()).toBe(true);
  });

  it.each<[string, (bundle: string) => void]>([
    [
      "an empty bundle",
      (bundle) => {
        for (const name of readdirSync(bundle)) rmSync(join(bundle, name), { recursive: true });
      },
    ],
    ["no bundle", (bundle) => rmSync(bundle, { recursive: true })],
    ["a dead address", (bundle) => writeFileSync(join(bundle, "address"), "unix:///no/such/socket")],
    ["an address that is none", (bundle) => writeFileSync(join(bundle, "address"), "\0nonsense")],
    ["an address that is a directory", (bundle) => mkdirSync(join(bundle, "address"))],
  ])("succeeds with %s", async (_, prepare) => {
    const bundle = shim.bench.bundle("c1");
    prepare(bundle);
    expect(answerOf(await shim.call("delete", bundle, { cwd: shim.bench.dir }))).toMatchObject({
      exitStatus: 137,
    });
  });

  it("finds the bundle beside its working directory when it is not told, as containerd does on other systems", async () => {
    const { bundle, task } = await runningContainer("c1");
    const { pid } = await task.state("c1");
    shim.bench.bundle("c2");
    const address = join(shim.bench.dir, "c.sock");
    const flags = ["-namespace", shim.namespace, "-address", address, "-id", "c1", "delete"];
    expect(answerOf(await shim.callRaw(flags, { cwd: join(shim.bench.dir, "c2") }))).toMatchObject({ pid });
    expect(existsSync(bundle)).toBe(true);
    await task.shutdown("c1");
  });

  it.each([
    ["no namespace", { flags: ["-namespace", ""] }, /namespace cannot be empty/],
    ["an id that leads elsewhere", { id: "../c1" }, /id "\.\.\/c1"/],
  ])("refuses %s", async (_, call, says) => {
    const called = await shim.call("delete", shim.bench.bundle("c1"), call);
    expect(called).toMatchObject({ code: 1, stderr: expect.stringMatching(says) });
    expect(called.stdout.length).toBe(0);
  });
});

describe("delete after the server was killed", () => {
  it.each(["running", "created", "paused"])("removes a %s container, its socket too", async (status) => {
    const { bundle, task, shimPid } = await shim.serve("c1", running("sleep 1000"));
    const { pid } = await task.create({ id: "c1", bundle });
    if (status !== "created") await task.start("c1");
    if (status === "paused") await task.pause("c1");
    await killServer(shimPid);
    expect(answerOf(await shim.call("delete", bundle))).toMatchObject({ pid, exitStatus: 137 });
    await shim.expectNothingLeft();
    expect(answerOf(await shim.call("delete", bundle))).toMatchObject({ exitStatus: 137 });
  });

  it("tells how a container ended that ended by itself, and when", async () => {
    const { bundle, task, shimPid } = await runningContainer("c1", "exit 7");
    const exit = await task.wait("c1");
    const { pid } = await task.state("c1");
    await killServer(shimPid);
    const answer = answerOf(await shim.call("delete", bundle));
    expect(answer).toEqual({ pid, exitStatus: 7, exitedAtNs: timeNsOf(exit.exitedAt) });
  });

  it.each<[string, (bundle: string) => void]>([
    ["task.json missing", (bundle) => rmSync(join(bundle, "task.json"))],
    ["task.json full of rubbish", (bundle) => writeFileSync(join(bundle, "task.json"), "rubbish")],
    ["task.json of another shape", (bundle) => writeFileSync(join(bundle, "task.json"), '{"id":1}')],
    ["task.json naming a runtime that is gone", replaceRuntime],
    ["address missing", (bundle) => rmSync(join(bundle, "address"))],
    ["config.json missing", (bundle) => rmSync(join(bundle, "config.json"))],
    ["init.pid missing", (bundle) => rmSync(join(bundle, "init.pid"))],
    ["the bundle missing", (bundle) => rmSync(bundle, { recursive: true })],
  ])("removes a container with %s", async (what, damage) => {
    const { bundle, task, shimPid, address } = await runningContainer("c1");
    const { pid } = await task.state("c1");
    await killServer(shimPid);
    damage(bundle);
    const called = await shim.call("delete", bundle, { cwd: shim.bench.dir });
    expect(answerOf(called)).toMatchObject({ pid, exitStatus: 137 });
    expect(called.stderr).toMatch(/rubbish|shape/.test(what) ? /task\.json/ : /^$/);
    if (what.startsWith("the bundle")) {
      // Nothing is left that names the socket; the next start of the group replaces it.
      rmSync(shim.watch(address));
      rmSync(`${shim.watch(address)}.d`, { recursive: true });
    }
  });

  it("unmounts a root that is mounted without a container, as a create that was killed may leave it", async () => {
    const bundle = shim.bench.bundle("c1");
    const rootfs = join(bundle, "rootfs");
    await runOk("mount", ["-t", "tmpfs", "none", rootfs]);
    mkdirSync(join(rootfs, "below"));
    await runOk("mount", ["-t", "tmpfs", "none", join(rootfs, "below")]);
    const called = await shim.call("delete", bundle);
    expect(answerOf(called)).toMatchObject({ exitStatus: 137 });
    expect(attributedMounts({ dir: shim.bench.dir, namespace: shim.namespace })).toEqual([]);
  });
});

describe("delete while a server lives", () => {
  it("after an ordinary Delete tells the same exit once more", async () => {
    const { bundle, task, shimPid } = await runningContainer("c1", "exit 5");
    await task.wait("c1");
    const deleted = await task.delete("c1");
    await task.shutdown("c1");
    await gone(shimPid);
    const answer = answerOf(await shim.call("delete", bundle));
    expect(answer).toEqual({ pid: deleted.pid, exitStatus: 5, exitedAtNs: timeNsOf(deleted.exitedAt) });
  });

  it("removes its own container and lets the others of the pod, their server and its socket be", async () => {
    const one = await runningContainer("c1", "sleep 1000", true);
    const two = await runningContainer("c2", "sleep 1000", true);
    expect(answerOf(await shim.call("delete", one.bundle))).toMatchObject({ exitStatus: 137 });
    // The server was not asked, but sees the end.
    await waitFor(
      "c1 to be stopped",
      async () => (await one.task.state("c1").catch(() => ({ status: STOPPED }))).status === STOPPED,
    );
    await shim.events.told("c1", "exit 137");
    expect(await two.task.state("c2")).toMatchObject({ status: RUNNING });
    expect(await shim.start(two.bundle)).toBe(two.address);

    await two.task.kill("c2", 9);
    await two.task.wait("c2");
    await two.task.delete("c2");
    // c1 is gone: it must not keep the server for ever.
    await two.task.shutdown("c2");
    await within("the end of the server", two.task.ttrpc.closed);
  });
});

function replaceRuntime(bundle: string): void {
  const file = join(bundle, "task.json");
  const record = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...record, runtimePath: "/no/such/gantry-runtime" }));
}
