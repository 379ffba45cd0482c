import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readProcessStat } from "../../../src/host/proc.ts";
import type { Spec } from "../../../src/spec/types.ts";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, type Called, changes, running } from "./harness.ts";

let bench: Bench;
let bundle: string;
beforeEach(() => {
  bench = new Bench();
  bundle = bench.bundle("c1", changes(running("sleep 1000"), withEverything));
});
afterEach(() => bench.dispose());

/** Hooks in every place, limits, a mount on the host, and an OOM score: a plan with operations in every stage. */
function withEverything(spec: Spec): Spec {
  const hook = [{ path: "/bin/true" }];
  return {
    ...spec,
    process: { ...spec.process, oomScoreAdj: 100 } as NonNullable<Spec["process"]>,
    hooks: {
      prestart: hook,
      createRuntime: hook,
      createContainer: [{ path: "/bin/true" }],
      startContainer: hook,
      poststart: hook,
      poststop: hook,
    },
    linux: { ...spec.linux, resources: { memory: { limit: 64 << 20 }, pids: { limit: 100 } } },
  };
}

/** Far more than any command has steps. */
const MOST_STEPS = 400;
/** Some steps of each command, to keep the time; GANTRY_TEST_STRIDE=1 takes every one. */
const STRIDE = Number(process.env["GANTRY_TEST_STRIDE"] ?? 3);
const CREATE = ["create", "--monitor", "--rootfs-mounts"];

/** The arguments of a create that leaves a monitor and a mount of the rootfs, as containerd's does. */
function create(): string[] {
  const mounts = join(bench.dir, "mounts.json");
  const rootfs = join(bundle, "rootfs");
  writeFileSync(mounts, JSON.stringify([{ type: "bind", source: rootfs, target: "", options: ["bind"] }]));
  return [...CREATE, mounts, "-b", bundle, "c1"];
}

function run(): void {
  bench.ok(create());
  bench.ok(["start", "c1"]);
}

/** What `state` says is so. @returns the status; "" when there is no such container */
function honestState(): string {
  const called = bench.call(["state", "c1"]);
  if (called.code !== 0) {
    expect(called.stderr).toContain("does not exist");
    return "";
  }
  const { status, pid }: { status: string; pid: number } = JSON.parse(called.stdout);
  expect(["created", "running", "paused", "stopped"]).toContain(status);
  if (status === "stopped") expect(pid).toBe(0);
  else expect(readProcessStat(pid)?.state).toMatch(/^[^ZX]$/);
  return status;
}

async function deleteAll(): Promise<void> {
  bench.ok(["delete", "--force", "c1"]);
  await bench.expectNothingLeft();
}

/** Have the process that carries out the first step killed, then the second's, and so on. @returns how many there were */
async function killEachStep(
  command: () => Called | Promise<Called>,
  afterwards: (called: Called) => void | Promise<void>,
): Promise<number> {
  for (let step = 1; step < MOST_STEPS; step += STRIDE) {
    fault = { GANTRY_TEST_FAULT: String(step), GANTRY_TEST_FAULT_KIND: "kill" };
    const called = await command();
    if (called.code === 0) return step - 1;
    await afterwards(called);
  }
  throw new Error("the command never got to its end");
}
let fault: Readonly<Record<string, string>> = {};

describe("a kill of whoever carries out a step", () => {
  it.each([
    ["with a monitor", create],
    ["without", () => ["create", "-b", bundle, "c1"]],
  ])(
    "of create %s leaves what delete --force removes, and an id that is free",
    async (_, args) => {
      const steps = await killEachStep(
        () => bench.call(args(), { env: fault }),
        async () => {
          expect(["", "created", "stopped"]).toContain(honestState());
          await deleteAll();
        },
      );
      expect(steps).toBeGreaterThan(50);
      await deleteAll();
    },
    300_000,
  );

  it("of start leaves a container that can be started, runs, or has ended", async () => {
    bench.ok(create());
    await killEachStep(
      () => bench.call(["start", "c1"], { env: fault }),
      async () => {
        const status = honestState();
        expect(["created", "running", "stopped"]).toContain(status);
        if (status === "created") bench.ok(["start", "c1"]);
        await deleteAll();
        bench.ok(create());
      },
    );
    await deleteAll();
  }, 120_000);

  it("of exec leaves the container running, and nothing that outlives it", async () => {
    run();
    const steps = await killEachStep(
      () =>
        bench.call(["exec", "--monitor", "--detach", "--exec-id", "e1", "c1", "sleep", "500"], {
          env: fault,
        }),
      async () => {
        expect(honestState()).toBe("running");
        bench.ok(["delete", "--force", "--exec", "e1", "c1"]);
        expect(existsSync(join(bench.stateRoot, "c1/execs/e1"))).toBe(false);
        const isAlone = () => JSON.parse(bench.ok(["ps", "-f", "json", "c1"])).length === 1;
        await waitFor("the process to be gone", isAlone);
      },
    );
    expect(steps).toBeGreaterThan(5);
    await deleteAll();
  }, 120_000);

  it("of update, pause and resume leaves a container that goes on", async () => {
    run();
    await killEachStep(
      () => bench.call(["update", "--memory", "32m", "--pids-limit", "50", "c1"], { env: fault }),
      () => {
        expect(honestState()).toBe("running");
        bench.ok(["update", "--memory", "64m", "--pids-limit", "100", "c1"]);
      },
    );
    for (const [command, before] of [
      ["pause", "running"],
      ["resume", "paused"],
    ] as const) {
      await killEachStep(
        () => bench.call([command, "c1"], { env: fault }),
        () => expect(honestState()).toBe(before),
      );
    }
    await deleteAll();
  }, 60_000);

  it("of delete is made good by the next one", async () => {
    run();
    await killEachStep(
      () => bench.call(["delete", "--force", "c1"], { env: fault }),
      async () => {
        expect(["", "running", "stopped"]).toContain(honestState());
        await deleteAll();
        run();
      },
    );
    await bench.expectNothingLeft();
  }, 120_000);
});

/** The processes below a process, in the order of their birth. */
function descendants(pid: number): readonly { readonly pid: number; readonly name: string }[] {
  const all = readdirSync("/proc").flatMap((name) => readProcessStat(Number(name)) ?? []);
  const below = (parent: number): typeof all =>
    all.filter(({ parentPid }) => parentPid === parent).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid);
}

type Victim = "gantry-runtime" | "the executor" | "the monitor";

/**
 * Start a command, wait until it has come to a step and stays there, and kill one of its processes.
 *
 * @returns false when the command has no such step
 */
async function killAt(step: number, args: readonly string[], victim: Victim): Promise<boolean> {
  const env = { GANTRY_TEST_FAULT: String(step), GANTRY_TEST_FAULT_KIND: "hang" };
  const command = bench.start(args, { env });
  let hasEnded = false;
  void command.ended.then(() => {
    hasEnded = true;
  });
  const isThere = () => {
    const isStopped = readProcessStat(command.pid)?.state === "T";
    return hasEnded || isStopped || descendants(command.pid).some(({ name }) => name === "gantry-fault");
  };
  await waitFor("the step", isThere, 60_000);
  if (hasEnded) return false;
  const [executor, monitor] = descendants(command.pid);
  const pid = { "gantry-runtime": command.pid, "the executor": executor?.pid, "the monitor": monitor?.pid }[
    victim
  ];
  process.kill(pid ?? command.pid, "SIGKILL");
  // A command that notices the death cleans up; one that is dead itself has left that to the next.
  if (victim === "gantry-runtime" || pid === undefined) await command.ended;
  return true;
}

describe("a kill while gantry-init carries out a step", () => {
  it.each<Victim>(["gantry-runtime", "the executor", "the monitor"])(
    "of create, of %s: a delete --force at once leaves nothing, and the id is free",
    async (victim) => {
      let step = 1;
      while (await killAt(step, create(), victim)) {
        await deleteAll();
        step += STRIDE;
      }
      expect(step).toBeGreaterThan(50);
      await deleteAll();
    },
    300_000,
  );

  it("of start, of exec and of delete: the same", async () => {
    for (const command of [
      ["start", "c1"],
      ["exec", "--detach", "c1", "sleep", "500"],
      ["delete", "--force", "c1"],
    ]) {
      for (let step = 1; ; step += STRIDE) {
        bench.ok(create());
        if (command[0] !== "start") bench.ok(["start", "c1"]);
        const hasStep = await killAt(step, command, "gantry-runtime");
        await deleteAll();
        if (!hasStep) break;
      }
    }
  }, 300_000);

  it.each(["createRuntime", "poststart"] as const)(
    "kills a slow %s hook too, before anybody else may change the container",
    async (place) => {
      const marker = join(bench.dir, "marker");
      const began = join(bench.dir, "began");
      const script = `touch ${began}; sleep 2; touch ${marker}; mkdir -p ${join(bench.stateRoot, "c2")}`;
      const slow = bench.bundle("c2", (spec) => ({
        ...running("sleep 1000")(spec),
        hooks: { [place]: [{ path: "/bin/sh", args: ["sh", "-c", script] }] },
      }));
      const command = bench.start(["run", "-d", "-b", slow, "c2"]);
      await waitFor("the hook", () => existsSync(began));
      process.kill(command.pid, "SIGKILL");
      await command.ended;
      bench.ok(["delete", "--force", "c2"]);
      await bench.expectNothingLeft();
      await new Promise((resolve) => setTimeout(resolve, 2_500)); // longer than the hook would have taken
      expect(existsSync(marker)).toBe(false);
      await bench.expectNothingLeft();
    },
    60_000,
  );
});
