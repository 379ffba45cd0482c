import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Resources, Spec } from "../../../src/spec/types.ts";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, changes, running } from "../runtime/harness.ts";

// What fixtures cannot tell: whether the kernel takes what we write on a unified hierarchy.
const ROOT = "/sys/fs/cgroup";
const noV2 = existsSync(`${ROOT}/cgroup.controllers`)
  ? ""
  : "no unified cgroup hierarchy here: npm run test:vm";

let bench: Bench;
beforeEach(({ skip }) => {
  if (noV2) skip(noV2);
  bench = new Bench();
});
afterEach(async () => {
  if (!noV2) await bench.dispose();
});

const writable = (spec: Spec): Spec => ({ ...spec, root: { path: "rootfs" } });

function limited(resources: Resources): (spec: Spec) => Spec {
  return (spec) => ({
    ...spec,
    linux: { ...spec.linux, resources: { ...spec.linux?.resources, ...resources } },
  });
}

function start(resources: Resources, ...more: ((spec: Spec) => Spec)[]): void {
  const bundle = bench.bundle("c1", changes(running("sleep 1000"), limited(resources), ...more));
  bench.ok(["run", "-d", "-b", bundle, "c1"]);
}

function read(file: string): string {
  return readFileSync(join(ROOT, bench.namespace, "c1", file), "utf8").trim();
}

function end(): void {
  bench.ok(["delete", "--force", "c1"]);
}

describe("limits on a unified hierarchy", () => {
  it("are converted as the kernel wants them", () => {
    start({
      memory: { limit: 64 << 20, swap: 96 << 20, reservation: 32 << 20 },
      cpu: { shares: 512, quota: 20000, period: 50000, burst: 10000, cpus: "0", mems: "0" },
      pids: { limit: 0 },
      hugepageLimits: [{ pageSize: "2MB", limit: 4 << 20 }],
    });
    expect(read("memory.max")).toBe(String(64 << 20));
    expect(read("memory.swap.max")).toBe(String(32 << 20));
    expect(read("memory.low")).toBe(String(32 << 20));
    expect(read("cpu.weight")).toBe("59");
    expect(read("cpu.max")).toBe("20000 50000");
    expect(read("cpu.max.burst")).toBe("10000");
    expect(read("cpuset.cpus")).toBe("0");
    expect(read("cpuset.mems")).toBe("0");
    expect(read("pids.max")).toBe("1");
    expect(read("hugetlb.2MB.max")).toBe(String(4 << 20));
    expect(read("hugetlb.2MB.rsvd.max")).toBe(String(4 << 20));
    end();
  });

  it("take -1 for no limit, and a cpu that is idle for the rest", () => {
    start({ memory: { limit: -1, swap: -1 }, cpu: { idle: 1, shares: 512, quota: -1 }, pids: { limit: -1 } });
    expect(read("memory.max")).toBe("max");
    expect(read("memory.swap.max")).toBe("max");
    expect(read("cpu.idle")).toBe("1");
    expect(read("cpu.max")).toBe("max 100000");
    expect(read("pids.max")).toBe("max");
    end();
  });

  it("of devices' speed and weight are set, and changed", () => {
    const device = { major: 254, minor: 0 }; // the machine's first disk
    start({
      blockIO: {
        weight: 500,
        throttleReadBpsDevice: [{ ...device, rate: 1 << 20 }],
        throttleWriteIOPSDevice: [{ ...device, rate: 100 }],
      },
    });
    expect(read("io.max")).toBe(`254:0 rbps=${1 << 20} wbps=max riops=max wiops=100`);
    const isBfq = existsSync(join(ROOT, bench.namespace, "c1/io.bfq.weight"));
    expect(read(isBfq ? "io.bfq.weight" : "io.weight")).toBe(isBfq ? "default 500" : "default 4950");
    bench.ok(["update", "--blkio-weight", "10", "c1"]);
    expect(read(isBfq ? "io.bfq.weight" : "io.weight")).toBe(isBfq ? "default 10" : "default 1");
    end();
  });

  it("of `unified` are written as they are, line by line, after the others", () => {
    start({
      memory: { limit: 64 << 20 },
      unified: {
        "memory.max": String(48 << 20),
        "memory.high": "max",
        "io.max": "254:0 rbps=4096\n254:16 wbps=4096",
      },
    });
    expect(read("memory.max")).toBe(String(48 << 20));
    expect(read("io.max").split("\n").sort()).toEqual([
      "254:0 rbps=4096 wbps=max riops=max wiops=max",
      "254:16 rbps=max wbps=4096 riops=max wiops=max",
    ]);
    end();
  });

  it.each<[string, Resources, RegExp]>([
    ["a controller that is not there", { unified: { "nothing.max": "1" } }, /no controller \\?"nothing\\?"/],
    ["a file that is not there", { unified: { "memory.nothing": "1" } }, /memory\.nothing/],
    [
      "a value that the kernel refuses",
      { unified: { "pids.max": "many" } },
      /pids\.max.*(EINVAL|invalid argument)/,
    ],
    ["swap below memory", { memory: { limit: 64 << 20, swap: 1 } }, /memory\.swap/],
  ])("name %s", (_, resources, message) => {
    const called = bench.call(["create", "-b", bench.bundle("c1", limited(resources)), "c1"]);
    expect(called.code).toBe(1);
    expect(called.stderr).toMatch(message);
  });

  it("are changed, and put back when one of them is refused", () => {
    start({ memory: { limit: 64 << 20 }, cpu: { quota: 20000, period: 50000, shares: 1024 } });
    bench.ok(["update", "--cpu-period", "100000", "c1"]);
    expect(read("cpu.max")).toBe("20000 100000");
    bench.ok(["update", "--cpu-quota", "30000", "c1"]);
    expect(read("cpu.max")).toBe("30000 100000");
    bench.ok(["update", "--memory", "-1", "c1"]);
    expect(read("memory.max")).toBe("max");
    expect(bench.call(["update", "--memory", "32m", "--cpu-quota", "1", "c1"]).code).toBe(1);
    expect(read("memory.max")).toBe("max");
    expect(read("cpu.max")).toBe("30000 100000");
    end();
  });
});

describe("devices on a unified hierarchy", () => {
  it("are those of the rules, with the access of the rules", () => {
    const capabilities = { bounding: ["CAP_MKNOD"], effective: ["CAP_MKNOD"], permitted: ["CAP_MKNOD"] };
    const devices = [
      { allow: false, access: "rwm" },
      { allow: true, type: "b", major: 254, minor: 0, access: "r" },
    ];
    start({ devices }, writable, (spec) => ({ ...spec, process: { ...spec.process, capabilities } }) as Spec);
    const sh = (script: string) => bench.call(["exec", "c1", "sh", "-c", script]);
    bench.ok(["exec", "c1", "sh", "-c", "mknod /tmp/a b 254 0; mknod /tmp/b b 254 16"]);
    expect(sh("head -c1 /dev/zero >/dev/null").code).toBe(0);
    expect(sh("head -c1 /tmp/a >/dev/null").code).toBe(0);
    expect(sh(": >>/tmp/a").stderr).toContain("Operation not permitted");
    expect(sh(": <>/tmp/a").stderr).toContain("Operation not permitted");
    expect(sh("head -c1 /tmp/b").stderr).toContain("Operation not permitted");
    end();
  });
});

describe("processes on a unified hierarchy", () => {
  it("die together: of cgroup.kill, frozen or not", async () => {
    const withoutPid = (spec: Spec): Spec => ({
      ...spec,
      linux: {
        ...spec.linux,
        namespaces: spec.linux?.namespaces?.filter(({ type }) => type !== "pid") ?? [],
      },
    });
    const bundle = bench.bundle(
      "c1",
      changes(running("while :; do sleep 0.2 & done"), limited({ pids: { limit: 100 } }), withoutPid),
    );
    for (const isFrozen of [false, true]) {
      bench.ok(["run", "-d", "-b", bundle, "c1"]);
      if (isFrozen) bench.ok(["pause", "c1"]);
      bench.ok(["kill", "c1", "KILL"]);
      await waitFor("all to die", () => read("cgroup.events").includes("populated 0"));
      await bench.until("c1", "stopped");
      bench.ok(["delete", "c1"]);
    }
  });

  it("that the OOM killer took are counted, in the exit record and in the events", async () => {
    const script =
      "while [ ! -e /tmp/go ]; do sleep 0.1; done; head -c 90000000 /dev/zero | tail -c 80000000";
    const bundle = bench.bundle(
      "c1",
      changes(
        running(`${script}; exit 7`),
        limited({ memory: { limit: 16 << 20, swap: 16 << 20 } }),
        writable,
      ),
    );
    bench.ok(["create", "--monitor", "-b", bundle, "c1"]);
    bench.ok(["start", "c1"]);
    bench.ok(["exec", "c1", "touch", "/tmp/go"]);
    await waitFor("the exit record", () => existsSync(`${bench.stateRoot}/c1/init/exit.json`), 30_000);
    expect(JSON.parse(readFileSync(`${bench.stateRoot}/c1/init/exit.json`, "utf8"))).toMatchObject({
      oom: true,
    });
    bench.ok(["delete", "c1"]);
  });

  it("have statistics", () => {
    start({ memory: { limit: 64 << 20 }, pids: { limit: 9 } });
    const { data } = JSON.parse(bench.ok(["events", "--stats", "c1"]));
    expect(data.cpu.usage.total).toBeGreaterThan(0);
    expect(data.cpu.psi ?? data.cpu.pressure).toBeDefined();
    expect(data.memory.usage).toMatchObject({ limit: 64 << 20, usage: expect.any(Number) });
    expect(data.memory.usage.usage).toBeGreaterThan(0);
    expect(data.memory.raw.anon).toBeGreaterThan(0);
    expect(data.pids).toEqual({ current: 1, limit: 9 });
    end();
  });

  it("that are added follow an init that has made cgroups below its own", async () => {
    const script =
      "mkdir /sys/fs/cgroup/init && echo 1 >/sys/fs/cgroup/init/cgroup.procs && " +
      "echo +pids >/sys/fs/cgroup/cgroup.subtree_control && touch /tmp/done && while :; do sleep 1000; done";
    const own = (spec: Spec): Spec => ({
      ...spec,
      mounts: [
        ...(spec.mounts ?? []).filter(({ destination }) => destination !== "/sys/fs/cgroup"),
        { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw", "nosuid"] },
      ],
      linux: {
        ...spec.linux,
        namespaces: [
          ...(spec.linux?.namespaces ?? []).filter(({ type }) => type !== "cgroup"),
          { type: "cgroup" },
        ],
      },
    });
    start({}, running(script), writable, own);
    await waitFor("init to move", () => existsSync(join(bench.dir, "c1/rootfs/tmp/done")));
    expect(bench.ok(["exec", "c1", "cat", "/proc/self/cgroup"]).trim()).toBe("0::/init");
    expect(JSON.parse(bench.ok(["ps", "-f", "json", "c1"])).length).toBeGreaterThan(0);
    end();
  });
});
