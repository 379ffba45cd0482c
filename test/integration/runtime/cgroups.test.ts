import { existsSync, readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Resources, Spec } from "../../../src/spec/types.ts";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, running } from "./harness.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.dispose());

const isV2 = existsSync("/sys/fs/cgroup/cgroup.controllers");

function limited(resources: Resources, command = "sleep 1000"): (spec: Spec) => Spec {
  return (spec) => {
    const changed = running(command)(spec);
    return {
      ...changed,
      linux: { ...changed.linux, resources: { ...changed.linux?.resources, ...resources } },
    };
  };
}

/** The value of a limit of container `id`, by the file's name on version 1 and 2. */
function limit(id: string, controller: string, v1: string, v2: string): string {
  const path = isV2
    ? `/sys/fs/cgroup/${bench.namespace}/${id}/${v2}`
    : `/sys/fs/cgroup/${controller}/${bench.namespace}/${id}/${v1}`;
  return readFileSync(path, "utf8").trim();
}

describe("limits", () => {
  it("are set before the program runs", () => {
    const resources = {
      memory: { limit: 64 << 20 },
      pids: { limit: 20 },
      cpu: { quota: 50000, period: 100000 },
    };
    bench.ok(["create", "-b", bench.bundle("c1", limited(resources)), "c1"]);
    expect(limit("c1", "memory", "memory.limit_in_bytes", "memory.max")).toBe(String(64 << 20));
    expect(limit("c1", "pids", "pids.max", "pids.max")).toBe("20");
    expect(limit("c1", "cpu", "cpu.cfs_quota_us", "cpu.max").split(" ")[0]).toBe("50000");
    bench.ok(["delete", "c1"]);
  });

  it("can be changed by flags and by JSON, and the rest stays", () => {
    const resources = { memory: { limit: 64 << 20 }, pids: { limit: 20 } };
    bench.ok(["run", "-d", "-b", bench.bundle("c1", limited(resources)), "c1"]);
    bench.ok(["update", "--memory", "32m", "c1"]);
    expect(limit("c1", "memory", "memory.limit_in_bytes", "memory.max")).toBe(String(32 << 20));
    expect(limit("c1", "pids", "pids.max", "pids.max")).toBe("20");
    bench.ok(["update", "--resources=-", "c1"], {
      input: '{"pids":{"limit":30},"devices":[{"allow":true}]}',
    });
    expect(limit("c1", "pids", "pids.max", "pids.max")).toBe("30");
    expect(limit("c1", "memory", "memory.limit_in_bytes", "memory.max")).toBe(String(32 << 20));
    expect(bench.call(["update", "--resources=-", "c1"], { input: '{"pids":{"limit":"x"}}' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("pids.limit"),
    });
    bench.ok(["delete", "--force", "c1"]);
  });

  it("on memory can be taken away where memory and swap together have one", () => {
    const resources = { memory: { limit: 64 << 20, swap: 96 << 20 } };
    bench.ok(["run", "-d", "-b", bench.bundle("c1", limited(resources)), "c1"]);
    bench.ok(["update", "--memory", "-1", "c1"]);
    const unlimited = isV2 ? "max" : "9223372036854771712";
    expect(limit("c1", "memory", "memory.limit_in_bytes", "memory.max")).toBe(unlimited);
    bench.ok(["delete", "--force", "c1"]);
  });

  it("a process beyond the memory limit is killed, and events tell", async () => {
    const command =
      "sleep 1000 & while :; do sleep 0.1; [ -e /tmp/go ] && dd if=/dev/zero of=/dev/null bs=64M count=1; done";
    const change = (spec: Spec): Spec => ({
      ...limited({ memory: { limit: 16 << 20 } }, command)(spec),
      root: { path: "rootfs" },
    });
    bench.ok(["run", "-d", "-b", bench.bundle("c1", change), "c1"]);
    const events = bench.start(["events", "--interval", "300ms", "c1"]);
    await waitFor("statistics", () => readFileSync(events.stdoutFile, "utf8").includes('"stats"'));
    bench.ok(["exec", "c1", "touch", "/tmp/go"]);
    await waitFor("the oom event", () =>
      readFileSync(events.stdoutFile, "utf8").includes('{"type":"oom","id":"c1"}'),
    );
    bench.ok(["delete", "--force", "c1"]);
    expect((await events.ended).code).toBe(0);
  });
});

describe("pause, resume, ps and events", () => {
  it("freeze every process and let them go on", async () => {
    const command = "i=0; while :; do i=$((i+1)); echo $i >/tmp/count; done";
    const change = (spec: Spec): Spec => ({ ...running(command)(spec), root: { path: "rootfs" } });
    const bundle = bench.bundle("c1", change);
    bench.ok(["run", "-d", "-b", bundle, "c1"]);
    const count = () => Number(readFileSync(`${bundle}/rootfs/tmp/count`, "utf8"));
    await waitFor("the first count", () => existsSync(`${bundle}/rootfs/tmp/count`) && count() > 0);
    bench.ok(["pause", "c1"]);
    expect(bench.state("c1").status).toBe("paused");
    const frozen = readFileSync(`${bundle}/rootfs/tmp/count`, "utf8");
    await new Promise((resolve) => setTimeout(resolve, 100)); // time in which a thawed loop would have counted on
    expect(readFileSync(`${bundle}/rootfs/tmp/count`, "utf8")).toBe(frozen);
    bench.ok(["resume", "c1"]);
    await waitFor("counting to go on", () => count() > Number(frozen));
    expect(bench.call(["resume", "c1"]).stderr).toContain("container not paused");
    bench.ok(["delete", "--force", "c1"]);
  });

  it("a paused container dies of SIGKILL, and of a forced delete", async () => {
    const bundle = bench.bundle("c1", running("sleep 1000"));
    bench.ok(["run", "-d", "-b", bundle, "c1"]);
    bench.ok(["pause", "c1"]);
    bench.ok(["kill", "c1", "KILL"]);
    await bench.until("c1", "stopped");
    bench.ok(["delete", "c1"]);
    bench.ok(["run", "-d", "-b", bundle, "c1"]);
    bench.ok(["pause", "c1"]);
    expect(bench.call(["delete", "c1"]).stderr).toContain("that is not stopped: paused");
    bench.ok(["delete", "--force", "c1"]);
  });

  it("ps shows exactly the container's processes", async () => {
    bench.ok(["run", "-d", "-b", bench.bundle("c1", running("sleep 1000 & sleep 1000; true")), "c1"]);
    await waitFor("both", () => JSON.parse(bench.ok(["ps", "-f", "json", "c1"])).length === 3);
    const table = bench.ok(["ps", "c1"]);
    expect(table.trim().split("\n")).toHaveLength(4);
    expect(table).toMatch(/^UID +PID/);
    bench.ok(["delete", "--force", "c1"]);
  });

  it("events --stats prints one line of figures", () => {
    bench.ok(["run", "-d", "-b", bench.bundle("c1", limited({ memory: { limit: 64 << 20 } })), "c1"]);
    const text = bench.ok(["events", "--stats", "c1"]);
    expect(text.trim().split("\n")).toHaveLength(1);
    const event = JSON.parse(text);
    expect(event).toMatchObject({
      type: "stats",
      id: "c1",
      data: { memory: { usage: { limit: 64 << 20 } } },
    });
    expect(event.data.cpu.usage.total).toBeGreaterThan(0);
    expect(event.data.pids.current).toBe(1);
    bench.ok(["delete", "--force", "c1"]);
    expect(bench.call(["events", "--stats", "c1"]).code).toBe(1);
  });
});

describe("a container without a pid namespace of its own", () => {
  it("loses every process to SIGKILL, and to a forced delete", async () => {
    const change = (spec: Spec): Spec => {
      const changed = running("sleep 1000 & sleep 1000 & wait")(spec);
      const namespaces = changed.linux?.namespaces?.filter(({ type }) => type !== "pid") ?? [];
      return { ...changed, linux: { ...changed.linux, namespaces } };
    };
    const bundle = bench.bundle("c1", change);
    for (const end of [
      ["kill", "c1", "KILL"],
      ["delete", "--force", "c1"],
    ]) {
      bench.ok(["run", "-d", "-b", bundle, "c1"]);
      await waitFor("all three", () => JSON.parse(bench.ok(["ps", "-f", "json", "c1"])).length === 3);
      bench.ok(end);
      if (end[0] === "kill") {
        await waitFor("none", () => JSON.parse(bench.ok(["ps", "-f", "json", "c1"])).length === 0);
        bench.ok(["delete", "c1"]);
      }
      await bench.expectNothingLeft();
    }
  });
});
