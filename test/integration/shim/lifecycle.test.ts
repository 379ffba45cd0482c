import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Spec } from "../../../src/spec/types.ts";
import { TtrpcError } from "../../../src/ttrpc/errors.ts";
import { timeNsOf } from "../../../src/ttrpc/well-known.ts";
import { STOPPED } from "../../helpers/task-client.ts";
import { waitFor, within } from "../../helpers/wait.ts";
import { running, withProcess } from "../runtime/harness.ts";
import { gone, processAny, type Served, ShimBench } from "./harness.ts";

let shim: ShimBench;
beforeEach(async () => {
  shim = await ShimBench.open();
});
afterEach(() => shim.dispose());

async function started(id: string, change: (spec: Spec) => Spec): Promise<Served & { readonly pid: number }> {
  const served = await shim.serve(id, change);
  await served.task.create({ id, bundle: served.bundle });
  return { ...served, pid: (await served.task.start(id)).pid };
}

async function finish({ task, id }: Served): Promise<void> {
  await task.kill(id, 9).catch(() => {}); // it may have ended
  await within("exit", task.wait(id));
  await task.delete(id);
  await task.shutdown(id);
  await within("the end of the server", task.ttrpc.closed);
}

describe("a container's life", () => {
  it("is told the same by Wait, State, Delete and the events, each in its place", async () => {
    const served = await started("c1", running("exit 42"));
    const { task, pid } = served;
    const exit = await within("exit", task.wait("c1"));
    expect(exit.exitStatus).toBe(42);
    expect(timeNsOf(exit.exitedAt)).toBeGreaterThan(0n);
    expect(await task.state("c1")).toMatchObject({ status: STOPPED, pid, ...exit });
    expect(await task.delete("c1")).toEqual({ pid, ...exit });
    await task.shutdown("c1");
    await task.ttrpc.closed;
    expect(shim.events.story("c1")).toEqual(["create", "start", "exit 42", "delete 42"]);
    for (const event of shim.events.events) {
      expect(event).toMatchObject({ containerdNamespace: shim.namespace, pid });
      expect(event.typeUrl).toMatch(/^containerd\.events\.Task[A-Z]/); // no prefix: containerd compares for equality
    }
  });

  it("is told in order however short it is", async () => {
    const served = await shim.serve("c1", running("exit 1"));
    for (let i = 0; i < 8; i++) {
      await served.task.create({ id: "c1", bundle: served.bundle });
      await served.task.start("c1");
      await within("exit", served.task.wait("c1"));
      await served.task.delete("c1");
    }
    await served.task.shutdown("c1");
    await served.task.ttrpc.closed;
    const life = ["create", "start", "exit 1", "delete 1"];
    expect(shim.events.story("c1")).toEqual(Array.from({ length: 8 }, () => life).flat());
  });

  it("that comes to nothing is no life: no event, no container, nothing in the way of the next one", async () => {
    const served = await shim.serve("c1", withProcess({ args: ["/no/such/program"] }));
    const { task, bundle } = served;
    const fails = async () => {
      await task.create({ id: "c1", bundle });
      await task.start("c1");
    };
    await expect(fails()).rejects.toThrow(/no\/such\/program/);
    await task.delete("c1").catch(() => {}); // there only if it was Start that failed
    const missing = join(shim.bench.dir, "missing");
    mkdirSync(missing);
    await expect(task.create({ id: "c2", bundle: missing })).rejects.toThrow(/config\.json/);
    await expect(task.delete("c2")).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(readdirSync(missing).filter((name) => name === "task.json")).toEqual([]);
    await task.shutdown("c2");
    await within("the end of the server", task.ttrpc.closed);
    expect(shim.events.story("c2")).toEqual([]);
  });

  it("ends once: of two Deletes at a time one finds nothing", async () => {
    const { task } = await started("c1", running("exit 0"));
    await task.wait("c1");
    const results = await Promise.allSettled([task.delete("c1"), task.delete("c1"), task.delete("c1")]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason.code] : []));
    expect(errors).toEqual(["NOT_FOUND", "NOT_FOUND"]);
    await task.shutdown("c1");
    await shim.events.told("c1", "delete 0");
    expect(shim.events.story("c1").filter((line) => line.startsWith("delete"))).toHaveLength(1);
  });
});

describe("Wait", () => {
  it("answers many at once and alike, on every connection, also after the exit", async () => {
    const served = await started("c1", running("sleep 1000"));
    const others = await Promise.all(Array.from({ length: 5 }, () => shim.client(served.address)));
    const waits = others.flatMap((task) => Array.from({ length: 20 }, () => task.wait("c1")));
    // One that loses patience is nobody else's loss.
    const impatient = await shim.client(served.address);
    const lost = expect(impatient.wait("c1")).rejects.toThrow(/closed/);
    impatient.close();
    await lost;
    await served.task.kill("c1", 15);
    await served.task.kill("c1", 9);
    const exits = await within("every answer", Promise.all(waits));
    const late = await within("a late answer", served.task.wait("c1"));
    expect(new Set([...exits, late].map((exit) => JSON.stringify(exit))).size).toBe(1);
    await finish(served);
  });

  it("is answered when its exec, or its container, is deleted without ever having run", async () => {
    const served = await shim.serve("c1", running("sleep 1000"));
    const { task, bundle } = served;
    await task.create({ id: "c1", bundle });
    await task.exec({ id: "c1", execId: "e", spec: processAny(["true"]) });
    const exec = task.wait("c1", "e");
    const init = task.wait("c1");
    expect(await task.delete("c1", "e")).toMatchObject({ pid: 0, exitStatus: 0 });
    expect(await within("Wait for the exec", exec)).toMatchObject({ exitStatus: 0 });
    await task.delete("c1");
    expect(await within("Wait for init", init)).toMatchObject({ exitStatus: 137 });
    await task.shutdown("c1");
  });

  it("is answered with 0 at no time when the exec could not be started", async () => {
    const served = await started("c1", running("sleep 1000"));
    const { task } = served;
    await task.exec({ id: "c1", execId: "e", spec: processAny(["/no/such/program"]) });
    const waiting = task.wait("c1", "e");
    await expect(task.start("c1", "e")).rejects.toThrow(/no\/such\/program/);
    expect(await within("Wait", waiting)).toMatchObject({ exitStatus: 0, exitedAt: null });
    await task.delete("c1", "e");
    await finish(served);
    expect(shim.events.story("c1")).not.toContainEqual(expect.stringMatching(/^(exit|exec-started) e/));
  });
});

describe("events", () => {
  it("that containerd does not take now come later, all of them and in order, and hold nobody up", async () => {
    shim.events.answerWith(new TtrpcError("UNAVAILABLE", "not now"));
    const served = await started("c1", running("exit 3"));
    const exit = await within("exit", served.task.wait("c1"));
    expect(exit.exitStatus).toBe(3);
    await served.task.delete("c1");
    await waitFor("an attempt", () => shim.events.refused > 1);
    expect(shim.events.events).toEqual([]);
    // The server is asked to end and still owes every event.
    await served.task.shutdown("c1");
    shim.events.answerWith(undefined);
    await gone(served.shimPid);
    expect(shim.events.story("c1")).toEqual(["create", "start", "exit 3", "delete 3"]);
  });

  it("that containerd refuses for good do not hold the others back", async () => {
    shim.events.answerWith(new TtrpcError("INVALID_ARGUMENT", "never"));
    const served = await started("c1", running("sleep 1000"));
    await waitFor("both to be refused", () => shim.events.refused === 2);
    shim.events.answerWith(undefined);
    await finish(served);
    expect(shim.events.story("c1")).toEqual(["exit 137", "delete 137"]);
  });
});
