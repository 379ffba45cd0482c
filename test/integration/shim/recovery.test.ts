import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { containerd } from "../../../src/gen/options.js";
import { isSameProcess, readProcessStat } from "../../../src/host/proc.ts";
import { membersDir } from "../../../src/shim/address.ts";
import { addMember } from "../../../src/shim/members.ts";
import type { Spec } from "../../../src/spec/types.ts";
import { timeNsOf } from "../../../src/ttrpc/well-known.ts";
import { CREATED, PAUSED, RUNNING, STOPPED, type TaskClient } from "../../helpers/task-client.ts";
import { waitFor, within } from "../../helpers/wait.ts";
import { changes, running } from "../runtime/harness.ts";
import { gone, killServer, processAny, type Served, ShimBench } from "./harness.ts";

let shim: ShimBench;
beforeEach(async () => {
  shim = await ShimBench.open();
});
afterEach(() => shim.dispose());

const inPod = (spec: Spec): Spec => ({ ...spec, annotations: { "io.kubernetes.cri.sandbox-id": "pod" } });

/** A created container of the pod. */
async function created(id: string, command = "sleep 1000"): Promise<Served & { readonly pid: number }> {
  const served = await shim.serve(id, changes(running(command), inPod));
  const { pid } = await served.task.create({ id, bundle: served.bundle });
  return { ...served, pid };
}

/** Kill the server; its stub, held up till then, starts it again, and the client's connection notices nothing. */
async function restart(member: Served, meanwhile: () => unknown = () => {}): Promise<TaskClient> {
  const before = shim.serverPid();
  process.kill(member.shimPid, "SIGSTOP");
  await killServer(before);
  await meanwhile();
  process.kill(member.shimPid, "SIGCONT");
  expect((await within("Connect", member.task.connect(member.id))).shimPid).toBe(member.shimPid);
  expect(shim.serverPid()).not.toBe(before);
  return member.task;
}

/** The events of a container; one that a killed server may have told twice, directly behind itself, counts once. */
function story(id: string): string[] {
  const told = shim.events.story(id);
  return told.filter((line, i) => line !== told[i - 1]);
}

async function end(task: TaskClient, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await task.kill(id, 9, { all: true }).catch(() => {}); // it may have ended, or never have started
    if ((await task.state(id)).status !== CREATED) await within(`exit of ${id}`, task.wait(id));
    await task.delete(id);
  }
  await task.shutdown("pod");
}

describe("a server that was killed and started again", () => {
  it("knows every container and exec as it was", async () => {
    const run = await created("run");
    const made = await created("made");
    const still = await created("still");
    await run.task.start("run");
    await still.task.start("still");
    await still.task.pause("still");
    for (const execId of ["going", "added"]) {
      await run.task.exec({
        id: "run",
        execId,
        spec: processAny(["sleep", "1000"]),
        stdout: "",
        terminal: false,
      });
    }
    const { pid: execPid } = await run.task.start("run", "going");
    await run.task.exec({ id: "run", execId: "over", spec: processAny(["sh", "-c", "exit 4"]) });
    await run.task.start("run", "over");
    const over = await run.task.wait("run", "over");

    const task = await restart(run);

    const state = async (id: string, execId = "") => {
      const { status, pid, bundle, exitStatus } = await task.state(id, execId);
      return { status, pid, bundle, exitStatus };
    };
    const alive = { bundle: run.bundle, exitStatus: 0 };
    expect(await state("run")).toEqual({ ...alive, status: RUNNING, pid: run.pid });
    expect(await state("made")).toEqual({ ...alive, bundle: made.bundle, status: CREATED, pid: made.pid });
    expect(await state("still")).toEqual({ ...alive, bundle: still.bundle, status: PAUSED, pid: still.pid });
    expect(await state("run", "going")).toEqual({ ...alive, status: RUNNING, pid: execPid });
    expect(await state("run", "added")).toEqual({ ...alive, status: CREATED, pid: 0 });
    expect(await state("run", "over")).toMatchObject({ status: STOPPED, exitStatus: 4 });
    expect(await task.wait("run", "over")).toEqual(over);
    for (const { id, pid } of [run, made, still])
      expect(await task.connect(id)).toMatchObject({ taskPid: pid });
    expect(await task.pids("run")).toEqual({
      processes: expect.arrayContaining([
        expect.objectContaining({ pid: run.pid }),
        expect.objectContaining({ pid: execPid, info: detailsOf("going") }),
      ]),
    });
    // An empty list, or an error, would make containerd up to 2.3 remove the task.
    for (const { id, pid } of [made, still]) {
      expect((await task.pids(id)).processes.map((one) => one.pid)).toEqual([pid]);
      expect((await task.stats(id)).stats?.typeUrl).toMatch(/^io\.containerd\.cgroups\.v[12]\.Metrics$/);
    }
    await task.resume("still");
    await end(task, "run", "made", "still");
  });

  it("works on with what it took over: start, exec, kill, wait, delete, and tells the events", async () => {
    const run = await created("run");
    const made = await created("made");
    await run.task.start("run");
    await run.task.exec({ id: "run", execId: "added", spec: processAny(["sleep", "1000"]) });
    const task = await restart(run);

    expect((await task.start("made")).pid).toBe(made.pid);
    await shim.events.told("made", "start");
    await task.start("run", "added");
    await task.exec({ id: "run", execId: "new", spec: processAny(["sh", "-c", "exit 3"]) });
    await task.start("run", "new");
    expect(await within("the exec's exit", task.wait("run", "new"))).toMatchObject({ exitStatus: 3 });
    await task.delete("run", "new");
    await task.kill("run", 15, { execId: "added" });
    expect(await within("the exec's exit", task.wait("run", "added"))).toMatchObject({ exitStatus: 143 });

    const waiting = [task.wait("run"), task.wait("run")];
    await task.kill("run", 9);
    const [exit, other] = await within("exit", Promise.all(waiting));
    expect(exit).toMatchObject({ exitStatus: 137 });
    expect(other).toEqual(exit);
    expect(await task.delete("run")).toEqual({ pid: run.pid, ...exit });
    await shim.events.told("run", "delete 137");
    expect(story("run")).toEqual([
      ...["create", "start", "exec-added added"],
      ...["exec-started added", "exec-added new", "exec-started new", "exit new 3"],
      ...["exit added 143", "exit 137", "delete 137"],
    ]);
    await end(task, "made");
  });

  it("tells the exit of a container, and of an exec, that ended while it was away", async () => {
    const run = await created("run", "sleep 1000");
    const short = await created("short", "while [ ! -e /stop ]; do sleep 0.02; done; exit 9");
    await run.task.start("run");
    await short.task.start("short");
    await run.task.exec({ id: "run", execId: "e", spec: processAny(["sleep", "1000"]) });
    const { pid: execPid } = await run.task.start("run", "e");
    const before = BigInt(Date.now()) * 1_000_000n;
    const task = await restart(run, async () => {
      writeFileSync(join(short.bundle, "rootfs/stop"), "");
      process.kill(execPid, "SIGTERM");
      await waitFor("both to end", () => !isAlive(short.pid) && !isAlive(execPid));
    });
    const after = BigInt(Date.now()) * 1_000_000n;

    expect(await task.state("short")).toMatchObject({ status: STOPPED, exitStatus: 9, pid: short.pid });
    const exit = await within("Wait", task.wait("short"));
    const at = timeNsOf(exit.exitedAt);
    expect(exit.exitStatus).toBe(9);
    expect(at >= before && at <= after).toBe(true);
    await shim.events.told("short", "exit 9");
    expect(await within("Wait", task.wait("run", "e"))).toMatchObject({ exitStatus: 143 });
    await shim.events.told("run", "exit e 143");
    await expect(task.kill("short", 9)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await task.delete("short")).toEqual({ pid: short.pid, ...exit });
    await end(task, "run");
  });

  it("tells an exec's exit before init's when both ended while it was away", async () => {
    const run = await created("run");
    await run.task.start("run");
    await run.task.exec({ id: "run", execId: "e", spec: processAny(["sleep", "1000"]) });
    await run.task.start("run", "e");
    const task = await restart(run, async () => {
      process.kill(run.pid, "SIGKILL");
      await waitFor("init to end", () => !isAlive(run.pid));
    });
    expect(await within("Wait", task.wait("run"))).toMatchObject({ exitStatus: 137 });
    await shim.events.told("run", "exit 137");
    expect(story("run").slice(-2)).toEqual(["exit e 137", "exit 137"]);
    await end(task, "run");
  });

  it("may be killed again and again", async () => {
    const run = await created("run");
    await run.task.start("run");
    let member: Served = run;
    for (let i = 0; i < 3; i++) {
      const task = await restart(member);
      member = { ...run, task, shimPid: (await task.connect("run")).shimPid };
      expect(await task.state("run")).toMatchObject({ status: RUNNING, pid: run.pid });
    }
    await end(member.task, "run");
  });

  it("answers only when it knows, however early it is called", async () => {
    const run = await created("run");
    await run.task.start("run");
    await killServer(run.shimPid);
    const starting = shim.start(run.bundle);
    // As soon as there is a socket somebody may be in its backlog.
    const task = await waitFor("a connection", () => shim.client(run.address).catch(() => undefined));
    expect(await task.state("run")).toMatchObject({ status: RUNNING });
    await starting;
    await end(task, "run");
  });

  it.each<[string, (member: Served) => void]>([
    ["a record full of rubbish", ({ bundle }) => writeFileSync(join(bundle, "task.json"), "{")],
    ["no bundle any more", ({ bundle }) => rmSync(bundle, { recursive: true })],
  ])("takes the other containers of the pod over when one has %s", async (_, damage) => {
    const run = await created("run");
    const bad = await created("bad");
    await run.task.start("run");
    const task = await restart(run, () => damage(bad));
    expect(await task.state("run")).toMatchObject({ status: RUNNING });
    await expect(task.state("bad")).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await shim.call("delete", bad.bundle, { cwd: shim.bench.dir })).toMatchObject({ code: 0 });
    expect(isAlive(bad.pid)).toBe(false);
    await end(task, "run");
  });

  it("forgets a container whose Create it did not live to finish, and that came to nothing", async () => {
    const run = await created("run");
    const other = await shim.serve("other", inPod);
    const socket = shim.watch(run.address);
    const record = JSON.parse(readFileSync(join(run.bundle, "task.json"), "utf8"));
    const intended = { ...record, id: "other", bundle: other.bundle };
    const task = await restart(run, () => {
      writeFileSync(join(other.bundle, "task.json"), JSON.stringify(intended));
      addMember(membersDir(socket), { id: "other", bundle: other.bundle });
    });
    await expect(task.state("other")).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(existsSync(join(`${socket}.d`, "other"))).toBe(false);
    await task.create({ id: "other", bundle: other.bundle });
    await end(task, "run", "other");
  });
});

describe("a server that is asked to end", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("by %s leaves its containers to the next one", async (signal) => {
    const run = await created("run");
    await run.task.start("run");
    const before = shim.serverPid();
    process.kill(before, signal);
    await gone(before);
    expect(await run.task.state("run")).toMatchObject({ status: RUNNING, pid: run.pid });
    expect(shim.serverPid()).not.toBe(before);
    await end(run.task, "run");
  });
});

describe("a stub", () => {
  it.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGPIPE", "SIGUSR1"] as const)("minds no %s", async (signal) => {
    const run = await created("run");
    process.kill(run.shimPid, signal);
    expect(await run.task.connect("run")).toMatchObject({ shimPid: run.shimPid });
    await end(run.task, "run");
  });
});

function isAlive(pid: number): boolean {
  const stat = readProcessStat(pid);
  return stat !== undefined && isSameProcess(pid, stat.startTime);
}

function detailsOf(execId: string) {
  const value = containerd.runc.v1.ProcessDetails.encode({ execId }).finish();
  return expect.objectContaining({ typeUrl: "containerd.runc.v1.ProcessDetails", value });
}
