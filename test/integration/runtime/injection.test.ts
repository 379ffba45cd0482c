import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, type Called, changes, running } from "./harness.ts";

let bench: Bench;
let bundle: string;
beforeEach(() => {
  bench = new Bench();
  bundle = bench.bundle(
    "c1",
    changes(running("sleep 1000"), (spec) => ({
      ...spec,
      hooks: {
        createRuntime: [{ path: "/bin/true" }],
        startContainer: [{ path: "/bin/true" }],
        poststart: [{ path: "/bin/true" }],
        poststop: [{ path: "/bin/true" }],
      },
      linux: { ...spec.linux, resources: { memory: { limit: 64 << 20 }, pids: { limit: 100 } } },
    })),
  );
});
afterEach(() => bench.dispose());

/** Memory and pids limit and CPU period of c1, as the kernel has them and as they are remembered. */
function limits(): unknown[] {
  const { gantry } = bench.state("c1") as unknown as {
    gantry: { cgroup: { paths: Record<string, string> } };
  };
  const { paths } = gantry.cgroup;
  const isV1 = paths["memory"] !== undefined;
  const read = (controller: string, v1: string, v2: string) =>
    readFileSync(join(paths[isV1 ? controller : ""] ?? "", isV1 ? v1 : v2), "utf8").trim();
  const { resources } = JSON.parse(readFileSync(join(bench.stateRoot, "c1/state.json"), "utf8"));
  return [
    read("memory", "memory.limit_in_bytes", "memory.max"),
    read("pids", "pids.max", "pids.max"),
    read("cpu", "cpu.cfs_period_us", "cpu.max").replace(/^.* /, ""),
    { memory: resources.memory.limit, pids: resources.pids.limit, period: resources.cpu?.period },
  ];
}

/** Far more than any command has steps. */
const MOST_STEPS = 400;

/**
 * Let a command fail at its first step, its second, and so on, until it has none left.
 *
 * @param command is called with what goes into the environment
 * @param afterwards is called after each failure
 * @returns how many steps there were
 */
async function failEachStep(
  command: (env: Readonly<Record<string, string>>) => Called,
  afterwards: () => void | Promise<void>,
): Promise<number> {
  for (let step = 1; step < MOST_STEPS; step++) {
    const called = command({ GANTRY_TEST_FAULT: String(step) });
    if (called.code === 0 && !called.stderr.includes("injected fault")) return step - 1;
    expect(called.stderr).toContain("injected fault");
    await afterwards();
  }
  throw new Error("the command never got to its end");
}

describe("a failure at any step", () => {
  it("of create leaves nothing, and the id can be used again", async () => {
    const steps = await failEachStep(
      (env) => bench.call(["create", "-b", bundle, "c1"], { env }),
      // Not even a delete is needed.
      () => bench.expectNothingLeft(),
    );
    expect(steps).toBeGreaterThan(50);
    bench.ok(["delete", "--force", "c1"]);
  }, 180_000);

  it("of create's own clean-up is made good by delete --force", async () => {
    const broken = bench.bundle("c2", (spec) => ({
      ...spec,
      hooks: { createRuntime: [{ path: "/bin/false" }] },
    }));
    // From where the hook has failed on, every step is one of the clean-up.
    for (let step = 1; ; step++) {
      const called = bench.call(["create", "-b", broken, "c2"], { env: { GANTRY_TEST_FAULT: String(step) } });
      expect(called.code).toBe(1);
      bench.ok(["delete", "--force", "c2"]);
      await bench.expectNothingLeft();
      if (!called.stderr.includes("injected fault")) break;
    }
  }, 180_000);

  it("of start leaves a container that can be started, or one that delete removes", async () => {
    const create = () => bench.ok(["create", "-b", bundle, "c1"]);
    create();
    const steps = await failEachStep(
      (env) => bench.call(["start", "c1"], { env }),
      async () => {
        expect(["created", "stopped", "running"]).toContain(bench.state("c1").status);
        bench.ok(["delete", "--force", "c1"]);
        await bench.expectNothingLeft();
        create();
      },
    );
    expect(steps).toBeGreaterThan(1);
    bench.ok(["delete", "--force", "c1"]);
  }, 60_000);

  it("of exec leaves the container as it was", async () => {
    bench.ok(["run", "-d", "-b", bundle, "c1"]);
    const processes = () => JSON.parse(bench.ok(["ps", "-f", "json", "c1"])).length;
    const steps = await failEachStep(
      (env) => bench.call(["exec", "--detach", "c1", "sleep", "500"], { env }),
      async () => {
        // A process that was killed is in its cgroup until whoever adopted it has reaped it.
        await waitFor("the process to be gone", () => processes() === 1);
        expect(readdirSync(join(bench.stateRoot, "c1/execs"))).toEqual([]);
      },
    );
    expect(steps).toBeGreaterThan(5);
    bench.ok(["delete", "--force", "c1"]);
  }, 120_000);

  it("of update leaves the limits as they were, and says so", async () => {
    bench.ok(["run", "-d", "-b", bundle, "c1"]);
    const before = limits();
    const update = ["update", "--memory", "32m", "--pids-limit", "50", "--cpu-period", "50000", "c1"];
    const steps = await failEachStep(
      (env) => {
        const called = bench.call(update, { env });
        if (called.code !== 0) expect(called.stderr).toContain("(the limits are as before)");
        return called;
      },
      () => {
        expect(limits()).toEqual(before);
        expect(bench.state("c1").status).toBe("running");
      },
    );
    expect(steps).toBeGreaterThan(3);
    expect(limits()).toEqual([
      String(32 << 20),
      "50",
      "50000",
      { memory: 32 << 20, pids: 50, period: 50000 },
    ]);
    bench.ok(["delete", "--force", "c1"]);
    await bench.expectNothingLeft();
    bench.ok(["run", "-d", "-b", bundle, "c1"]);
    bench.ok(["delete", "--force", "c1"]);
  }, 60_000);

  it("of update's own way back is told with what could not be put back", async () => {
    bench.ok(["run", "-d", "-b", bundle, "c1"]);
    const before = limits();
    // The quota is what the kernel refuses, as the last of the limits.
    const update = ["update", "--memory", "32m", "--pids-limit", "50", "--cpu-quota", "1", "c1"];
    const told = new Set<string>();
    for (let step = 1; ; step++) {
      const { code, stderr } = bench.call(update, { env: { GANTRY_TEST_FAULT: String(step) } });
      expect(code).toBe(1);
      const isBack = stderr.includes("(the limits are as before)");
      if (!isBack) expect(stderr).toMatch(/\(not all limits could be put back: injected fault: .*\)/);
      told.add(String(isBack));
      expect(isDeepStrictEqual(limits(), before)).toBe(isBack);
      expect(bench.state("c1").status).toBe("running");
      if (!stderr.includes("injected fault")) break;
      bench.ok(["update", "--memory", "64m", "--pids-limit", "100", "c1"]);
    }
    expect([...told].sort()).toEqual(["false", "true"]);
    bench.ok(["delete", "--force", "c1"]);
  }, 60_000);

  it("of pause and resume leaves the container as it was", async () => {
    bench.ok(["run", "-d", "-b", bundle, "c1"]);
    await failEachStep(
      (env) => bench.call(["pause", "c1"], { env }),
      () => expect(bench.state("c1").status).toBe("running"),
    );
    await failEachStep(
      (env) => bench.call(["resume", "c1"], { env }),
      () => expect(bench.state("c1").status).toBe("paused"),
    );
    expect(bench.state("c1").status).toBe("running");
    bench.ok(["delete", "--force", "c1"]);
  }, 60_000);

  it("of delete is made good by the next one", async () => {
    const run = () => bench.ok(["run", "-d", "-b", bundle, "c1"]);
    run();
    await failEachStep(
      (env) => bench.call(["delete", "--force", "c1"], { env }),
      async () => {
        bench.ok(["delete", "--force", "c1"]);
        await bench.expectNothingLeft();
        run();
      },
    );
    await bench.expectNothingLeft();
  }, 60_000);
});
