import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Spec } from "../../../src/spec/types.ts";
import { timeNsOf } from "../../../src/ttrpc/well-known.ts";
import { RUNNING, STOPPED } from "../../helpers/task-client.ts";
import { waitFor, within } from "../../helpers/wait.ts";
import { changes, running } from "../runtime/harness.ts";
import { gone, killServer, processAny, type Served, ShimBench } from "./harness.ts";

let shim: ShimBench;
beforeEach(async () => {
  shim = await ShimBench.open();
});
afterEach(() => shim.dispose());

const writable = (spec: Spec): Spec => ({ ...spec, root: { ...spec.root, path: "rootfs", readonly: false } });

async function runningContainer(id: string, command = "sleep 1000"): Promise<Served & { pid: number }> {
  const served = await shim.serve(id, changes(running(command), writable));
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

let doomed = 0;

/** The server kills itself the next time a call of the method comes to this point. */
async function killAt(method: string, point: string): Promise<void> {
  // One that is still dying would take the next calls down, too, and they count how often that happens.
  await waitFor("a server that lives", () => existsSync(`/proc/${shim.serverPid()}/exe`));
  doomed = shim.serverPid();
  writeFileSync(shim.killFile, `${method}:${point}`);
}

describe("the server of a node", () => {
  it("serves every pod, each behind a stub of its own", async () => {
    const pods = await Promise.all(["c1", "c2", "c3"].map((id) => runningContainer(id)));
    expect(new Set(pods.map(({ shimPid }) => shimPid)).size).toBe(3);
    expect(new Set(pods.map(({ address }) => address)).size).toBe(3);
    const [name = ""] = readdirSync(shim.nodeDir);
    expect(readFileSync(join(shim.nodeDir, name, "shimd.pid"), "utf8")).toBe(`${shim.serverPid()}\n`);
    await Promise.all(pods.map(end));
  });

  it("ends by itself when no pod is left, and is started again by the next", async () => {
    const one = await shim.serve("c1", undefined, { env: { GANTRY_SHIM_IDLE_MS: "200" } });
    const server = shim.serverPid();
    await new Promise((resolve) => setTimeout(resolve, 600)); // three times as long, with a pod
    expect(await one.task.connect("c1")).toMatchObject({ shimPid: one.shimPid });
    await one.task.shutdown("c1");
    await gone(server);
    const [name = ""] = readdirSync(shim.nodeDir);
    expect(readdirSync(join(shim.nodeDir, name)).sort()).toEqual([
      "counts.json",
      "events",
      "lock",
      "pods",
      "stderr",
    ]);
    const two = await shim.serve("c2");
    expect(shim.serverPid()).not.toBe(server);
    await two.task.shutdown("c2");
  });

  it("forgets a pod whose stub was killed once its containers are deleted", async () => {
    const one = await runningContainer("c1");
    await killServer(one.shimPid);
    expect(await shim.call("delete", one.bundle)).toMatchObject({ code: 0, stderr: "" });
    await gone(one.pid);
    await shim.expectNothingLeft();
  });

  it("tells a stub to quit whose pod's record is gone, when it comes to the next server", async () => {
    const one = await shim.serve("c1");
    rmSync(`${one.address.replace("unix://", "")}.d`, { recursive: true });
    await killServer(shim.serverPid());
    await gone(one.shimPid);
    await shim.expectNothingLeft();
  });

  it("is killed with a hundred calls waiting: each gets its answer", async () => {
    const one = await runningContainer(
      "c1",
      "read line < /dev/null; while [ ! -e /stop ]; do sleep 0.1; done; exit 5",
    );
    const waits = Array.from({ length: 100 }, () => one.task.wait("c1"));
    for (let i = 0; i < 3; i++) {
      // Each must have been heard: a call that was being worked on twice when the server died is given up.
      await new Promise((resolve) => setTimeout(resolve, 300));
      await killServer(shim.serverPid());
      await one.task.state("c1");
    }
    await one.task.exec({ id: "c1", execId: "e", spec: processAny(["sh", "-c", ": > /stop"]) });
    await one.task.start("c1", "e");
    for (const exit of await within("all answers", Promise.all(waits))) expect(exit.exitStatus).toBe(5);
    await one.task.delete("c1", "e");
    await one.task.delete("c1");
    await one.task.shutdown("c1");
  });

  it("is not brought down for others by a request that kills it each time", async () => {
    const one = await runningContainer("c1");
    const two = await runningContainer("c2");
    const waiting = two.task.wait("c2");
    await killAt("Pids", "received:always");
    const poison = one.task.pids("c1").catch((error: unknown) => error);
    const harmless = Array.from({ length: 5 }, () => two.task.state("c2"));
    expect(await within("the answer", poison)).toMatchObject({
      code: "INTERNAL",
      message: expect.stringContaining("the server failed twice"),
    });
    for (const state of await within("answers", Promise.all(harmless))) expect(state.status).toBe(RUNNING);
    rmSync(shim.killFile);
    await end(two);
    expect((await waiting).exitStatus).toBe(137);
    await end(one);
  });
});

/** Where the server may die in a call; those that come before the first effect lead to a new run. */
const POINTS = ["received", "begun", "acted", "published", "answered", "flushed"];

describe("a server that is killed in the middle of", () => {
  it.each(POINTS)("Create (%s): the container is made once", async (point) => {
    const { id, bundle, task } = await shim.serve("c1", running("exit 3"));
    await killAt("Create", point);
    const { pid } = await within("Create", task.create({ id, bundle }));
    await died();
    expect((await task.state(id)).pid).toBe(pid);
    await task.start(id);
    expect(await within("exit", task.wait(id))).toMatchObject({ exitStatus: 3 });
    await task.delete(id);
    await task.shutdown(id);
    await expectStory(id, ["create", "start", "exit 3", "delete 3"]);
  });

  it.each(POINTS)("Start (%s): the container is started once", async (point) => {
    const { id, bundle, task } = await shim.serve(
      "c1",
      changes(writable, running("echo once >> /count; exit 4")),
    );
    const { pid } = await task.create({ id, bundle });
    await killAt("Start", point);
    expect(await within("Start", task.start(id))).toMatchObject({ pid });
    await died();
    expect(await within("exit", task.wait(id))).toMatchObject({ exitStatus: 4 });
    expect(readFileSync(join(bundle, "rootfs/count"), "utf8")).toBe("once\n");
    await task.delete(id);
    await task.shutdown(id);
    await expectStory(id, ["create", "start", "exit 4", "delete 4"]);
  });

  it.each(POINTS)("Exec (%s): it is added once", async (point) => {
    const one = await runningContainer("c1");
    await killAt("Exec", point);
    await within("Exec", one.task.exec({ id: "c1", execId: "e", spec: processAny(["sh", "-c", "exit 6"]) }));
    await died();
    await one.task.start("c1", "e");
    expect(await within("exit", one.task.wait("c1", "e"))).toMatchObject({ exitStatus: 6 });
    await one.task.delete("c1", "e");
    await end(one);
    await expectStory("c1", [
      "create",
      "start",
      "exec-added e",
      "exec-started e",
      "exit e 6",
      "exit 137",
      "delete 137",
    ]);
  });

  it.each(POINTS)("the Start of an exec (%s): it runs once", async (point) => {
    const one = await runningContainer("c1");
    await one.task.exec({
      id: "c1",
      execId: "e",
      spec: processAny(["sh", "-c", "echo once >> /count; exit 6"]),
    });
    await killAt("Start", point);
    const { pid } = await within("Start", one.task.start("c1", "e"));
    await died();
    expect(pid).toBeGreaterThan(0);
    expect(await within("exit", one.task.wait("c1", "e"))).toMatchObject({ exitStatus: 6 });
    expect(readFileSync(join(one.bundle, "rootfs/count"), "utf8")).toBe("once\n");
    expect((await one.task.delete("c1", "e")).pid).toBe(pid);
    await end(one);
    await expectStory("c1", [
      "create",
      "start",
      "exec-added e",
      "exec-started e",
      "exit e 6",
      "exit 137",
      "delete 137",
    ]);
  });

  it.each(["received", "begun", "acted", "answered", "flushed"])(
    "Kill (%s): SIGKILL arrives",
    async (point) => {
      const one = await runningContainer("c1");
      await killAt("Kill", point);
      await within("Kill", one.task.kill("c1", 9)).catch((error: { code: string }) => {
        // It was sent before, and its end has not been seen when it was to be sent once more.
        expect([point, error.code]).toEqual(["acted", "NOT_FOUND"]);
      });
      await died();
      expect(await within("exit", one.task.wait("c1"))).toMatchObject({ exitStatus: 137 });
      await one.task.delete("c1");
      await one.task.shutdown("c1");
      await expectStory("c1", ["create", "start", "exit 137", "delete 137"]);
    },
  );

  it.each(["received", "begun", "acted", "answered", "flushed"])(
    "Kill (%s): another signal arrives once, or its sender hears that it is not known",
    async (point) => {
      const one = await runningContainer(
        "c1",
        "trap 'echo got >> /count' USR1; : > /ready; while :; do sleep 0.05; done",
      );
      await waitFor("the trap", () => existsSync(join(one.bundle, "rootfs/ready")));
      await killAt("Kill", point);
      const answer = await within(
        "Kill",
        one.task.kill("c1", 10).then(
          () => "OK",
          (error) => error.code,
        ),
      );
      await died();
      const isUnsure = point === "begun" || point === "acted";
      expect(answer).toBe(isUnsure ? "UNAVAILABLE" : "OK");
      const count = join(one.bundle, "rootfs/count");
      if (point !== "begun") await waitFor("the signal", () => existsSync(count));
      // A second one would have come with the first: the shell writes within its 50 ms.
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(existsSync(count) ? readFileSync(count, "utf8") : "").toBe(point === "begun" ? "" : "got\n");
      await end(one);
    },
  );

  it.each(POINTS)("Delete (%s): it is deleted, and the answer is the same", async (point) => {
    const one = await runningContainer("c1", "exit 7");
    const exit = await one.task.wait("c1");
    await killAt("Delete", point);
    expect(await within("Delete", one.task.delete("c1"))).toMatchObject({
      pid: one.pid,
      exitStatus: 7,
      exitedAt: exit.exitedAt,
    });
    await died();
    await expect(one.task.state("c1")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await one.task.shutdown("c1");
    await expectStory("c1", ["create", "start", "exit 7", "delete 7"]);
  });

  it.each(["received", "begun", "acted", "answered", "flushed"])(
    "Delete of an exec (%s): it is deleted, and the answer is the same",
    async (point) => {
      const one = await runningContainer("c1");
      await one.task.exec({ id: "c1", execId: "e", spec: processAny(["sh", "-c", "exit 8"]) });
      const { pid } = await one.task.start("c1", "e");
      const exit = await one.task.wait("c1", "e");
      await killAt("Delete", point);
      const deleted = await within("Delete", one.task.delete("c1", "e"));
      expect(deleted).toMatchObject({ pid, exitStatus: 8 });
      expect(timeNsOf(deleted.exitedAt)).toBe(timeNsOf(exit.exitedAt));
      await died();
      await expect(one.task.state("c1", "e")).rejects.toMatchObject({ code: "NOT_FOUND" });
      await end(one);
    },
  );

  it.each(["received", "begun", "acted", "answered", "flushed"])("Pause and Resume (%s)", async (point) => {
    const one = await runningContainer("c1");
    await killAt("Pause", point);
    await within("Pause", one.task.pause("c1"));
    await died();
    await killAt("Resume", point);
    await within("Resume", one.task.resume("c1"));
    await died();
    expect((await one.task.state("c1")).status).toBe(RUNNING);
    await end(one);
    await expectStory("c1", ["create", "start", "paused", "resumed", "exit 137", "delete 137"]);
  });

  it.each(["received", "acted", "answered", "flushed"])("Update (%s)", async (point) => {
    const one = await runningContainer("c1");
    await killAt("Update", point);
    await within("Update", one.task.update("c1", '{"pids":{"limit":77}}'));
    await died();
    await end(one);
  });

  it.each(["received", "answered", "flushed"])("Wait, State, Pids, Stats, Connect (%s)", async (point) => {
    const one = await runningContainer("c1");
    for (const method of ["State", "Pids", "Stats", "Connect"] as const) {
      await killAt(method, point);
      const call = { State: "state", Pids: "pids", Stats: "stats", Connect: "connect" } as const;
      const answer: Promise<unknown> = one.task[call[method]]("c1");
      await within(method, answer);
      await died();
    }
    await killAt("Wait", point);
    const exit = one.task.wait("c1");
    if (point === "received") await died();
    await one.task.kill("c1", 9);
    expect(await within("Wait", exit)).toMatchObject({ exitStatus: 137 });
    await died();
    expect((await one.task.state("c1")).status).toBe(STOPPED);
    await end(one);
  });
});

/** The server has killed itself, once. */
async function died(): Promise<void> {
  await waitFor("the server to die", () => !existsSync(shim.killFile));
  await gone(doomed);
}

/** Every event in order; the same one may come again directly behind itself. */
async function expectStory(id: string, story: readonly string[]): Promise<void> {
  const last = story.at(-1) ?? "";
  await shim.events.told(id, last);
  const seen = shim.events.story(id);
  expect(seen.filter((event, i) => event !== seen[i - 1])).toEqual(story);
}
