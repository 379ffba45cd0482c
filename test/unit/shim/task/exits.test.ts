import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RuntimeClient } from "../../../../src/client/runtime-client.ts";
import { silentLogger } from "../../../../src/core/log.ts";
import type { TaskEvent } from "../../../../src/events/task-event.ts";
import { Counters } from "../../../../src/shim/ops/counters.ts";
import { NO_FAULTS } from "../../../../src/shim/relay/faults.ts";
import { NO_ENTRY } from "../../../../src/shim/relay/journal.ts";
import { Container } from "../../../../src/shim/task/container.ts";
import { watchProcess } from "../../../../src/shim/task/exits.ts";
import { Latch } from "../../../../src/shim/task/queue.ts";
import type { ShimContext } from "../../../../src/shim/task/shim-context.ts";
import { startProcess } from "../../../../src/shim/task/start.ts";
import { type FakeMonitor, startFakeMonitor } from "../../../helpers/monitor.ts";
import { waitFor, within } from "../../../helpers/wait.ts";

const STDIO = { stdin: "", stdout: "", stderr: "", hasTerminal: false };

let dir: string;
let monitors: FakeMonitor[];
let told: string[];
let killed: string[];
/** What the runtime does when it is called; a test changes it. */
let runtime: { start: () => Promise<void>; exec: (execId: string) => Promise<void> };
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-exits-"));
  monitors = [];
  told = [];
  killed = [];
  runtime = { start: async () => {}, exec: async (execId) => void (await monitorOf(join("execs", execId))) };
});
afterEach(async () => {
  await Promise.all(monitors.map((monitor) => monitor.stop()));
  rmSync(dir, { recursive: true });
});

const tell = (event: TaskEvent): void => {
  const exec = "execId" in event && event.execId !== undefined ? ` ${event.execId}` : "";
  told.push(`${event.kind}${exec}${event.kind === "exit" ? ` ${event.exitStatus}` : ""}`);
};

async function monitorOf(process: string): Promise<FakeMonitor> {
  const monitor = await startFakeMonitor(join(dir, "c1", process));
  monitors.push(monitor);
  return monitor;
}

/** A created container of a server, with its monitor. */
async function aContainer(hasPrivatePidNamespace = true) {
  const init = await monitorOf("init");
  const state = { cgroup: { mode: "v2", paths: {} }, hasPrivatePidNamespace };
  writeFileSync(join(dir, "c1/state.json"), JSON.stringify(state));
  const client: Partial<RuntimeClient> = {
    start: () => runtime.start(),
    exec: ({ execId }) => runtime.exec(execId),
    kill: async ({ signal, all }) => void killed.push(`${signal}${all ? " all" : ""}`),
  };
  const record = {
    ...STDIO,
    id: "c1",
    bundle: dir,
    containerdNamespace: "n",
    stateRoot: dir,
    runtimePath: "",
    socket: "",
  };
  const container = new Container(record, client as RuntimeClient);
  const shim = {
    containers: new Map([["c1", container]]),
    events: { publish: (_: string, event: TaskEvent) => tell(event) },
    logger: silentLogger,
    faults: NO_FAULTS,
    counters: new Counters(),
  } as unknown as ShimContext;
  container.init.identity = init.identity;
  await watchProcess(shim, container, container.init);
  const start = (execId = "") => startProcess(shim, { id: "c1", execId }, NO_ENTRY);
  const add = (execId: string) => container.addExec({ ...STDIO, execId });
  return { init, container, start, add };
}

describe("an exit is announced", () => {
  it("after the start that it overtakes", async () => {
    const { init, container, start } = await aContainer();
    const gate = new Latch<void>();
    runtime.start = () => gate.done;
    const starting = start();
    await init.exit(3);
    await waitFor("the exit to be known", () => container.init.status === "stopped");
    expect(told).toEqual([]);
    expect(container.init.announced.isSet).toBe(false);
    gate.set();
    await starting;
    expect(await within("Wait", container.init.announced.done)).toMatchObject({ exitStatus: 3 });
    expect(told).toEqual(["start", "exit 3"]);
  });

  it("after a start that fails: then it is an exit without a start", async () => {
    const { init, container, start } = await aContainer();
    const gate = new Latch<void>();
    runtime.start = () => gate.done.then(() => Promise.reject(new Error("no such program")));
    const starting = expect(start()).rejects.toThrow("no such program");
    await init.exit(1);
    gate.set();
    await starting;
    await within("Wait", container.init.announced.done);
    expect(told).toEqual(["exit 1"]);
  });

  it("of init behind those of its running execs, whichever is seen first", async () => {
    const { init, container, start, add } = await aContainer();
    await start();
    add("e1");
    add("e2");
    await start("e1");
    await start("e2");
    await init.exit(137);
    await waitFor("init's exit to be known", () => container.init.exit !== undefined);
    expect(told).not.toContain("exit 137");
    await monitors[2]?.exit(2);
    await monitors[1]?.exit(1);
    await within("Wait", container.init.announced.done);
    expect(told.slice(3)).toEqual(["exit e2 2", "exit e1 1", "exit 137"]);
  });

  it("of init without waiting for an exec that never ran", async () => {
    const { init, container, start, add } = await aContainer();
    await start();
    add("added");
    await init.exit(0);
    await within("Wait", container.init.announced.done);
    expect(told).toEqual(["start", "exit 0"]);
  });

  it("of init behind that of an exec that is just being started", async () => {
    const { init, container, start, add } = await aContainer();
    await start();
    add("e");
    const gate = new Latch<void>();
    runtime.exec = async (execId) => {
      await gate.done;
      await monitorOf(join("execs", execId));
    };
    const starting = start("e");
    await init.exit(137);
    await waitFor("init's exit to be known", () => container.init.exit !== undefined);
    expect(told).toEqual(["start"]);
    gate.set();
    await starting;
    await monitors[1]?.exit(9);
    await within("Wait", container.init.announced.done);
    expect(told).toEqual(["start", "exec-started e", "exit e 9", "exit 137"]);
  });

  it("and no exec can be started any more: FAILED_PRECONDITION, also when the runtime found out first", async () => {
    const { init, container, start, add } = await aContainer();
    await start();
    add("late");
    add("later");
    runtime.exec = async () => {
      await init.exit(137);
      await waitFor("init's exit to be known", () => container.init.exit !== undefined);
      throw new Error("container not running");
    };
    await expect(start("late")).rejects.toMatchObject({ code: "no-process" });
    await expect(start("later")).rejects.toMatchObject({ code: "no-process" });
    await within("Wait", container.init.announced.done);
    expect(told).toEqual(["start", "exit 137"]);
    expect(await within("Wait", container.getProcess("late").announced.done)).toMatchObject({
      exitStatus: 0,
    });
  });

  it.each([
    [true, []],
    [false, ["9 all"]],
  ])("and what shares its pid namespace with others is killed (private: %s)", async (isPrivate, expected) => {
    const { init, container } = await aContainer(isPrivate);
    await init.exit(0);
    await within("Wait", container.init.announced.done);
    expect(killed).toEqual(expected);
  });

  it("and what shares its pid namespace is killed when nobody knows whether it does", async () => {
    const { init, container } = await aContainer();
    writeFileSync(join(dir, "c1/state.json"), "rubbish");
    await init.exit(0);
    await within("Wait", container.init.announced.done);
    expect(killed).toEqual(["9 all"]);
  });
});

describe("an OOM kill is announced", () => {
  it("as soon as the monitor says so, and not again with the exit", async () => {
    const { init, container, start } = await aContainer();
    await start();
    init.say("oom");
    await waitFor("the event", () => told.includes("oom"));
    init.record(137, true);
    init.say("exit");
    await within("Wait", container.init.announced.done);
    expect(told).toEqual(["start", "oom", "exit 137"]);
  });

  it("before the exit when the exit is what tells of it", async () => {
    const { init, container, start } = await aContainer();
    await start();
    init.record(137, true);
    init.say("exit");
    await within("Wait", container.init.announced.done);
    expect(told).toEqual(["start", "oom", "exit 137"]);
  });
});
