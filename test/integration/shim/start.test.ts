import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { containerd as bootstrap } from "../../../src/gen/bootstrap.js";
import { openFiles } from "../../helpers/host.ts";
import { within } from "../../helpers/wait.ts";
import { encodeAny, encodeParams, gone, runcOptions, ShimBench, type ShimCallOptions } from "./harness.ts";

const { BootstrapParams, BootstrapResult } = bootstrap.runtime.bootstrap.v1;
// So that its value is text, which is what makes the Any decode as BootstrapParams too.
const OPTIONS = encodeAny(runcOptions({ binaryName: "gantry-runtime" }));

let shim: ShimBench;
beforeEach(async () => {
  shim = await ShimBench.open();
});
afterEach(() => shim.dispose());

describe("start", () => {
  it.each<[string, Uint8Array | undefined]>([
    ["/dev/null on standard input", undefined],
    ["an empty standard input", new Uint8Array(0)],
    ["an options Any that is no BootstrapParams", encodeAny(runcOptions({ ioUid: 0xffff }))],
    ["an options Any that decodes as BootstrapParams", OPTIONS],
  ])("answers the plain address, and nothing else, to %s", async (_, input) => {
    const bundle = shim.bench.bundle("c1");
    const called = await shim.call("start", bundle, { ...(input && { input }) });
    const address = called.stdout.toString();
    const socket = shim.watch(address);

    expect(called).toMatchObject({ code: 0, stderr: "" });
    expect(address).toMatch(/^unix:\/\/\/run\/containerd\/s\/[0-9a-f]{64}$/);
    // Up to containerd 1.7 this file is how the task is found after a restart of the daemon.
    expect(readFileSync(join(bundle, "address"), "utf8")).toBe(address);
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    const task = await shim.client(address, 2);
    await task.shutdown("c1");
    await task.ttrpc.closed;
  });

  it("is asked with an Any that would pass for BootstrapParams, as the test above needs it", () => {
    expect(BootstrapParams.decode(OPTIONS)).toMatchObject({ instanceId: "containerd.runc.v1.Options" });
  });

  it("answers BootstrapParams with a BootstrapResult, its socket in socket_dir", async () => {
    const bundle = shim.bench.bundle("c1");
    const input = encodeParams({ instanceId: "c1", namespace: shim.namespace, socketDir: shim.socketDir });
    const called = await shim.call("start", bundle, { input });

    expect(called).toMatchObject({ code: 0, stderr: "" });
    const result = BootstrapResult.decode(called.stdout);
    const socket = shim.watch(result.address);
    expect(result).toMatchObject({ version: 3, protocol: "ttrpc" });
    // Fields in their order, byte for byte: a daemon that looks at the first bytes must not be surprised.
    expect(called.stdout.subarray(0, 3)).toEqual(Buffer.from([0x08, 0x03, 0x12]));
    expect(dirname(socket)).toBe(shim.socketDir);
    expect(statSync(shim.socketDir).mode & 0o777).toBe(0o700);
    expect(readlinkSync(join(bundle, "s"))).toBe(shim.socketDir);
    expect(readFileSync(join(bundle, "address"), "utf8")).toBe(result.address);
    await (await shim.client(result.address)).shutdown("c1");
  });

  it("does not believe MAX_SHIM_VERSION, which is 2 whatever the daemon accepts", async () => {
    const bundle = shim.bench.bundle("c1");
    const called = await shim.call("start", bundle, { env: { MAX_SHIM_VERSION: "3", NAMESPACE: "other" } });
    expect(called.stdout.toString()).toMatch(/^unix:\/\/\/\S+$/);
    await (await shim.client(shim.watch(called.stdout.toString()))).shutdown("c1");
  });

  it("takes BootstrapParams of another container for options, as an older daemon would mean it", async () => {
    const bundle = shim.bench.bundle("c1");
    const input = encodeParams({ instanceId: "containerd.runc.v1.Options", namespace: "" });
    const called = await shim.call("start", bundle, { input });
    expect(called.stdout.toString()).toMatch(/^unix:\/\//);
    await (await shim.client(shim.watch(called.stdout.toString()))).shutdown("c1");
  });

  it("takes addresses, options and log level from BootstrapParams", async () => {
    const bundle = shim.bench.bundle("c1");
    const input = encodeParams({
      instanceId: "c1",
      namespace: shim.namespace,
      logLevel: -4,
      containerdTtrpcAddress: shim.events.address,
      socketDir: shim.socketDir,
      extensions: [{ value: runcOptions({ root: join(shim.bench.dir, "roots") }) }],
    });
    const log = join(shim.bench.dir, "shim.log");
    const address = await shim.start(bundle, { input, env: { TTRPC_ADDRESS: "", GANTRY_SHIM_LOG: log } });
    const task = await shim.client(address);
    await task.create({ id: "c1", bundle });
    await shim.events.told("c1", "create");
    await task.delete("c1");
    await shim.events.told("c1", "delete 137");
    await task.shutdown("c1");
    await task.ttrpc.closed;
    expect(readFileSync(log, "utf8")).toContain("level=debug");
  });

  it("leaves a server that has nothing of its caller's: session, directory, streams, descriptors", async () => {
    const { task, shimPid, bundle } = await shim.serve("c1");
    const stat = readFileSync(`/proc/${shimPid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    expect(stat.slice(2, 4)).toEqual([String(shimPid), String(shimPid)]); // process group and session
    expect(readlinkSync(`/proc/${shimPid}/cwd`)).toBe("/");
    expect([0, 1].map((fd) => readlinkSync(`/proc/${shimPid}/fd/${fd}`))).toEqual(["/dev/null", "/dev/null"]);
    expect(openFiles(shimPid).filter((file) => file.includes(bundle) || file.startsWith("pipe:"))).toEqual(
      [],
    );
    // The daemon, here this test, is to outlive the server when memory runs out.
    const score = (pid: number | string) => Number(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8"));
    expect(score(shimPid)).toBe(Math.min(score("self") + 1, 1000));
    await task.shutdown("c1");
  });

  it("does not pass a descriptor that it inherited itself on to the server", async () => {
    const bundle = shim.bench.bundle("c1");
    const called = await within(
      "the end of what start inherited",
      shim.call("start", bundle, { extraPipe: true }),
    );
    expect(called).toMatchObject({ code: 0, stderr: "" });
    await (await shim.client(addressIn(bundle))).shutdown("c1");
  });

  it("puts the server into the cgroup of ShimCgroup", async () => {
    const bundle = shim.bench.bundle("c1");
    const task = await shim.serve("c2");
    await task.task.create({ id: "c2", bundle: task.bundle });
    const address = await shim.start(bundle, withOptions({ shimCgroup: `/${shim.namespace}/c2` }));
    const { shimPid } = await (await shim.client(address)).connect("c1");
    expect(readFileSync(`/proc/${shimPid}/cgroup`, "utf8")).toContain(`/${shim.namespace}/c2`);
    await (await shim.client(address)).shutdown("c1");
    await gone(shimPid);
    await task.task.delete("c2");
    await task.task.shutdown("c2");
  });

  it("runs two servers for two containers without a group", async () => {
    const one = await shim.serve("c1");
    const two = await shim.serve("c2");
    expect(two.address).not.toBe(one.address);
    expect(two.shimPid).not.toBe(one.shimPid);
    await one.task.shutdown("c1");
    expect((await two.task.connect("c2")).shimPid).toBe(two.shimPid);
    await two.task.shutdown("c2");
  });

  it("leaves only its own files in the bundle", async () => {
    const { bundle, task } = await shim.serve("c1");
    expect(readdirSync(bundle).sort()).toEqual(["address", "config.json", "rootfs", "s"]);
    expect(lstatSync(join(bundle, "s")).isSymbolicLink()).toBe(true);
    await task.shutdown("c1");
    await task.ttrpc.closed;
    expect(existsSync(shim.watch(readFileSync(join(bundle, "address"), "utf8")))).toBe(false);
  });
});

function withOptions(message: Parameters<typeof runcOptions>[0]): ShimCallOptions {
  const params = { namespace: shim.namespace, socketDir: shim.socketDir };
  return {
    input: encodeParams({ ...params, instanceId: "c1", extensions: [{ value: runcOptions(message) }] }),
  };
}

function addressIn(bundle: string): string {
  const address = readFileSync(join(bundle, "address"), "utf8");
  shim.watch(address);
  return address;
}
