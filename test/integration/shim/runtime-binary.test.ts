import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runOk } from "../../helpers/run.ts";
import { CREATED, RUNNING, STOPPED } from "../../helpers/task-client.ts";
import { waitFor, within } from "../../helpers/wait.ts";
import { running, runtimePath } from "../runtime/harness.ts";
import { runcOptions, ShimBench } from "./harness.ts";

let shim: ShimBench;
beforeEach(async () => {
  shim = await ShimBench.open();
});
afterEach(() => shim.dispose());

/** A program that does something of its own and then is the real runtime. */
function wrapper(script: string): string {
  const path = join(shim.bench.dir, "wrapped-runtime");
  writeFileSync(path, `#!/bin/sh\n${script}\nexec ${runtimePath} "$@"\n`, { mode: 0o755 });
  return path;
}

/** Calls the wrapper only for this command of the runtime. */
const only = (command: string, script: string): string => `case " $* " in *" ${command} "*) ${script};; esac`;

describe("the runtime's executable", () => {
  it("is the one of GANTRY_RUNTIME_PATH, for every command", async () => {
    const calls = join(shim.bench.dir, "calls");
    const path = wrapper(`echo "$@" >> ${calls}`);
    const { task, bundle } = await shim.serve("c1", running("true"), { env: { GANTRY_RUNTIME_PATH: path } });
    await task.create({ id: "c1", bundle });
    await task.start("c1");
    await task.wait("c1");
    await task.delete("c1");
    await task.shutdown("c1");
    const commands = readFileSync(calls, "utf8")
      .split("\n")
      .map((line) => /\b(create|start|delete)\b/.exec(line)?.[1]);
    expect(commands.slice(0, 3)).toEqual(["create", "start", "delete"]);
  });

  it.each<[string, Record<string, string>, string]>([
    ["GANTRY_RUNTIME_PATH", { GANTRY_RUNTIME_PATH: "/no/such/gantry-runtime" }, ""],
    ["the option BinaryName", {}, "/no/such/gantry-runtime"],
  ])("is named when it is missing where %s says", async (_, env, binaryName) => {
    const { task, bundle } = await shim.serve("c1", running("true"), { env });
    const options = runcOptions({ binaryName });
    await expect(task.create({ id: "c1", bundle, options })).rejects.toMatchObject({
      code: "FAILED_PRECONDITION",
      message: expect.stringContaining("/no/such/gantry-runtime"),
    });
    await task.shutdown("c1");
    await task.ttrpc.closed;
    expect(shim.events.events).toEqual([]);
  });

  it("may write more to standard error than a pipe holds", async () => {
    const path = wrapper(only("create", "head -c 1000000 /dev/zero | tr '\\0' x >&2"));
    const { task, bundle } = await shim.serve("c1", running("true"), { env: { GANTRY_RUNTIME_PATH: path } });
    await within("Create", task.create({ id: "c1", bundle }));
    await task.delete("c1");
    await task.shutdown("c1");
  });

  it("fails with its own words, the last of them when there are many", async () => {
    const path = wrapper(
      only("create", "head -c 200000 /dev/zero | tr '\\0' x >&2; echo the reason >&2; exit 1"),
    );
    const { task, bundle } = await shim.serve("c1", running("true"), { env: { GANTRY_RUNTIME_PATH: path } });
    const error = await task.create({ id: "c1", bundle }).catch((reason: Error) => reason);
    expect(error).toMatchObject({ code: "UNKNOWN", message: expect.stringMatching(/the reason$/) });
    expect((error as Error).message.length).toBeLessThan(10_000);
    await task.shutdown("c1");
  });

  it("may have made an init that dies before Create has ended", async () => {
    const bundle = join(shim.bench.dir, "c1");
    const path = wrapper(only("create", `${runtimePath} "$@"; kill -9 $(cat ${bundle}/init.pid); exit 0`));
    const { task } = await shim.serve("c1", running("true"), { env: { GANTRY_RUNTIME_PATH: path } });
    await within("Create", task.create({ id: "c1", bundle }));
    expect(await within("Wait", task.wait("c1"))).toMatchObject({ exitStatus: 137 });
    await task.delete("c1");
    await task.shutdown("c1");
    await task.ttrpc.closed;
    expect(shim.events.story("c1")).toEqual(["create", "exit 137", "delete 137"]);
  });

  it("may take its time for one container while the others are asked about and worked with", async () => {
    const gate = join(shim.bench.dir, "gate");
    await runOk("mkfifo", [gate]);
    const path = wrapper(
      only("create", `case "$*" in *" slow") echo > ${gate}.reached; read x < ${gate};; esac`),
    );
    const pod = (spec: Parameters<ReturnType<typeof running>>[0]) => ({
      ...running("sleep 1000")(spec),
      annotations: { "io.kubernetes.cri.sandbox-id": "pod" },
    });
    const call = { env: { GANTRY_RUNTIME_PATH: path } };
    const fast = await shim.serve("fast", pod, call);
    const slow = await shim.serve("slow", pod, call);
    const creating = slow.task.create({ id: "slow", bundle: slow.bundle });
    await stuckAt(gate);

    // A Create under way is no task yet, and no reason to end.
    await expect(slow.task.state("slow")).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await slow.task.connect("slow")).taskPid).toBe(0);
    await expect(fast.task.create({ id: "slow", bundle: slow.bundle })).rejects.toMatchObject({
      code: "ALREADY_EXISTS",
    });
    await fast.task.shutdown("fast");
    await fast.task.create({ id: "fast", bundle: fast.bundle });
    await fast.task.start("fast");
    expect(await fast.task.state("fast")).toMatchObject({ status: RUNNING });
    // Delete of one that is being made waits for it.
    const deleted = slow.task.delete("slow");

    writeFileSync(gate, "go\n");
    await within("Create", creating);
    expect(await within("Delete", deleted)).toMatchObject({ exitStatus: 137 });
    await fast.task.kill("fast", 9);
    await fast.task.wait("fast");
    await fast.task.delete("fast");
    await fast.task.shutdown("fast");
  });

  it("goes on with a Create whose caller has gone, and the task is there for the next one", async () => {
    const gate = join(shim.bench.dir, "gate");
    await runOk("mkfifo", [gate]);
    const path = wrapper(only("create", `echo > ${gate}.reached; read x < ${gate}`));
    const served = await shim.serve("c1", running("true"), { env: { GANTRY_RUNTIME_PATH: path } });
    const creating = served.task.create({ id: "c1", bundle: served.bundle });
    const lost = expect(creating).rejects.toThrow(/closed/);
    await stuckAt(gate);
    served.task.close();
    await lost;
    const task = await shim.client(served.address);
    writeFileSync(gate, "go\n");
    await waitFor(
      "the task",
      async () => (await task.state("c1").catch(() => undefined))?.status === CREATED,
    );
    await task.delete("c1");
    await task.shutdown("c1");
  });

  it("goes on with a Delete whose caller has gone, and the next one finds nothing", async () => {
    const gate = join(shim.bench.dir, "gate");
    await runOk("mkfifo", [gate]);
    const path = wrapper(only("delete", `echo > ${gate}.reached; read x < ${gate}`));
    const served = await shim.serve("c1", running("exit 0"), { env: { GANTRY_RUNTIME_PATH: path } });
    await served.task.create({ id: "c1", bundle: served.bundle });
    await served.task.start("c1");
    await served.task.wait("c1");
    const lost = expect(served.task.delete("c1")).rejects.toThrow(/closed/);
    await stuckAt(gate);
    // containerd allows State two seconds, whatever else is going on.
    expect(await within("State", served.task.state("c1"), 1_000)).toMatchObject({ status: STOPPED });
    served.task.close();
    await lost;
    const task = await shim.client(served.address);
    const again = expect(task.delete("c1")).rejects.toMatchObject({ code: "NOT_FOUND" });
    writeFileSync(gate, "go\n");
    await again;
    await shim.events.told("c1", "delete 0");
    await task.shutdown("c1");
  });
});

/** Wait until a wrapper has come to its gate. */
function stuckAt(gate: string): Promise<boolean> {
  return waitFor("the runtime to be at the gate", () => existsSync(`${gate}.reached`));
}
