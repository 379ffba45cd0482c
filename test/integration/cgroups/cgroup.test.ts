import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeCgroupFile } from "../../../src/cgroups/files.ts";
import { readCgroupHost } from "../../../src/cgroups/host.ts";
import { assertCgroupUnused, openCgroup } from "../../../src/cgroups/open.ts";
import { planCgroup } from "../../../src/cgroups/plan.ts";
import { listDirs } from "../../../src/cgroups/tree.ts";
import type { CgroupManager, CgroupPlan } from "../../../src/cgroups/types.ts";
import { readProcessStat } from "../../../src/host/proc.ts";
import type { Resources } from "../../../src/spec/types.ts";

// Real cgroups under a parent of our own; works on v1, hybrid and v2, with what each has. Needs root.
const PARENT = `/gantry-test-${process.pid}`;
const isRoot = process.geteuid?.() === 0;

/** Do what the native part does with a plan, except for the device program. */
async function carryOut(resources: Resources): Promise<CgroupPlan> {
  const request = { id: "c", cgroupsPath: `${PARENT}/c`, isRootless: false, hasUserNamespace: false };
  const plan = planCgroup({ ...request, resources }, await readCgroupHost(resources));
  await assertCgroupUnused(plan.cgroup);
  for (const dir of plan.setup.dirs) mkdirSync(dir, { recursive: true });
  for (const { path, from } of plan.setup.fills) {
    if (readFileSync(path, "utf8").trim() === "") writeFileSync(path, readFileSync(from));
  }
  for (const write of plan.setup.writes) writeCgroupFile(write);
  return plan;
}

/** Put a process where a clone into the cgroup would have put it. */
function join(plan: CgroupPlan, pid: number): void {
  for (const { path } of plan.setup.joins) writeFileSync(path, String(pid));
  if (plan.setup.cloneInto) writeFileSync(`${plan.setup.cloneInto}/cgroup.procs`, String(pid));
}

describe.skipIf(!isRoot)("a real cgroup", () => {
  let children: ChildProcess[];
  let plan: CgroupPlan | undefined;

  beforeEach(() => {
    children = [];
    plan = undefined;
  });
  afterEach(async () => {
    for (const child of children) child.kill("SIGKILL");
    if (plan === undefined) return;
    const manager = openCgroup(plan.cgroup);
    await manager.thaw();
    await manager.remove();
    for (const dir of listDirs(plan.cgroup)) {
      expect(existsSync(dir)).toBe(false);
      rmdirSync(dirname(dir));
    }
  });

  async function create(resources: Resources): Promise<CgroupManager> {
    plan = await carryOut(resources);
    return openCgroup(plan.cgroup);
  }
  function start(command: string, ...args: string[]): number {
    const child = spawn(command, args, { stdio: "ignore" });
    children.push(child);
    if (plan) join(plan, child.pid ?? 0);
    return child.pid ?? 0;
  }
  function read(controller: string, file: string): string | undefined {
    const dir = plan?.cgroup.paths[controller] ?? plan?.cgroup.paths[""];
    return existsSync(`${dir}/${file}`) ? readFileSync(`${dir}/${file}`, "utf8").trim() : undefined;
  }

  it("has the limits it was planned with", async () => {
    await create({
      memory: { limit: 64 * 1024 * 1024 },
      cpu: { shares: 512, quota: 20000, period: 50000, cpus: "0" },
      pids: { limit: 20 },
    });
    const { mode } = plan?.cgroup ?? {};
    if (mode === "v2") {
      expect(read("", "memory.max")).toBe("67108864");
      expect(read("", "cpu.max")).toBe("20000 50000");
      expect(read("", "cpu.weight")).toBe("59");
    } else {
      expect(read("memory", "memory.limit_in_bytes")).toBe("67108864");
      expect(read("cpu", "cpu.cfs_quota_us")).toBe("20000");
      expect(read("cpu", "cpu.cfs_period_us")).toBe("50000");
      expect(read("cpu", "cpu.shares")).toBe("512");
      expect(read("cpuset", "cpuset.mems")).not.toBe("");
      expect(read("devices", "devices.list")?.split("\n")).toContain("c 1:3 rwm");
      expect(read("devices", "devices.list")).not.toContain("a *:* rwm");
    }
    expect(read("cpuset", "cpuset.cpus")).toBe("0");
    expect(read("pids", "pids.max")).toBe("20");
  });

  it("counts what happens in it, and lists its processes", async () => {
    const manager = await create({ pids: { limit: 20 } });
    const before = await manager.stats();
    expect(before.pids).toEqual({ current: 0n, limit: 20n });
    const pid = start("sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exec sleep 60");
    expect(await manager.pids()).toContain(pid);
    await expect.poll(async () => (await manager.stats()).cpu.totalNs > 0n, { timeout: 5000 }).toBe(true);
    const { cpu, memory, pids, mode } = await manager.stats();
    expect(pids.current).toBeGreaterThan(0n);
    expect(memory.usage.limit).toBeGreaterThan(0n);
    expect(Object.keys(memory.stat).length).toBeGreaterThan(5);
    expect(cpu.perCpuNs.length > 0).toBe(mode !== "v2");
    expect(await manager.oomKillCount()).toBe(0);
  });

  it("freezes and thaws", async () => {
    const manager = await create({});
    const pid = start("sh", "-c", "while :; do :; done");
    expect(await manager.isFrozen()).toBe(false);
    await manager.freeze();
    expect(await manager.isFrozen()).toBe(true);
    const ticks = () => readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0];
    const frozenAt = ticks();
    for (let i = 0; i < 3; i++) {
      await manager.stats();
      expect(ticks()).toBe(frozenAt);
    }
    await expect(assertCgroupUnused(manager.paths)).rejects.toThrowError(
      expect.objectContaining({ code: "not-empty" }),
    );
    await manager.thaw();
    expect(await manager.isFrozen()).toBe(false);
    await expect.poll(ticks, { timeout: 5000 }).not.toBe(frozenAt);
  });

  it("is refused for a new container while it is frozen", async () => {
    const manager = await create({});
    await manager.freeze();
    await expect(assertCgroupUnused(manager.paths)).rejects.toThrowError(
      expect.objectContaining({ code: "frozen" }),
    );
    await manager.thaw();
    await assertCgroupUnused(manager.paths);
  });

  it("kills every process, also a frozen one and those of a fork bomb's kind", async () => {
    const manager = await create({ pids: { limit: 60 } });
    start("sh", "-c", "while :; do sleep 0.01 & done");
    start("sleep", "60");
    await expect.poll(async () => (await manager.pids()).length, { timeout: 5000 }).toBeGreaterThan(3);
    await manager.freeze();
    await manager.kill(9);
    await expect.poll(() => manager.pids(), { timeout: 5000 }).toEqual([]);
    expect(await manager.isFrozen()).toBe(false);
  });

  it("passes on other signals", async () => {
    const manager = await create({});
    const pid = start("sleep", "60");
    const child = children[0];
    await manager.kill(15);
    const [, signal] = child ? await once(child, "exit") : [];
    expect(signal).toBe("SIGTERM");
    expect(readProcessStat(pid)).toBeUndefined();
  });

  it("kills without cgroup.kill by freezing first", async () => {
    const manager = await create({ pids: { limit: 60 } });
    const { "": _, ...paths } = manager.paths.paths;
    if (Object.keys(paths).length === 0) return; // pure v2: there is no other way in
    start("sh", "-c", "while :; do sleep 0.01 & done");
    await openCgroup({ mode: "v1", paths }).kill(9);
    await expect.poll(() => manager.pids(), { timeout: 5000 }).toEqual([]);
  });

  it("takes new limits, and puts the old ones back when one is refused", async () => {
    const manager = await create({
      memory: { limit: 64 << 20 },
      pids: { limit: 20 },
      cpu: { quota: 20000, period: 50000 },
    });
    await manager.update({ memory: { limit: 32 << 20 }, pids: { limit: 30 }, cpu: { period: 100000 } });
    expect((await manager.stats()).memory.usage.limit).toBe(BigInt(32 << 20));
    expect((await manager.stats()).pids.limit).toBe(30n);
    const refused = manager.update({ memory: { limit: 16 << 20 }, cpu: { quota: 1 }, pids: { limit: 10 } });
    await expect(refused).rejects.toThrowError(expect.objectContaining({ code: "write-failed" }));
    await expect(refused).rejects.toThrowError(
      /cannot set cpu limit: .*(cpu\.cfs_quota_us|cpu\.max): EINVAL/,
    );
    expect((await manager.stats()).memory.usage.limit).toBe(BigInt(32 << 20));
    expect((await manager.stats()).pids.limit).toBe(30n);
  });

  it("raises and lowers memory with swap whatever the order needs", async () => {
    const manager = await create({ memory: { limit: 64 << 20, swap: 64 << 20 } });
    for (const limit of [128 << 20, 32 << 20, 64 << 20]) {
      await manager.update({ memory: { limit, swap: limit } });
      expect((await manager.stats()).memory.usage.limit).toBe(BigInt(limit));
    }
    await manager.update({ memory: { limit: -1, swap: -1 } });
    expect((await manager.stats()).memory.usage.limit).toBeGreaterThan(2n ** 60n);
  });

  it("limits huge pages wherever their controller is", async ({ skip }) => {
    const host = await readCgroupHost();
    const hasController =
      host.unifiedControllers.includes("hugetlb") ||
      host.mounts.some(({ controllers }) => controllers.includes("hugetlb"));
    if (!hasController || !existsSync("/sys/kernel/mm/hugepages/hugepages-2048kB"))
      skip("no hugetlb controller");
    const manager = await create({ hugepageLimits: [{ pageSize: "2MB", limit: 4 << 20 }] });
    const twoMb = async () =>
      (await manager.stats()).hugetlb.find(({ pageSize }) => pageSize === "2MB")?.limit;
    expect(await twoMb()).toBe(BigInt(4 << 20));
    await manager.update({ hugepageLimits: [{ pageSize: "2MB", limit: 2 << 20 }] });
    expect(await twoMb()).toBe(BigInt(2 << 20));
  });

  it("counts OOM kills", async ({ skip }) => {
    const manager = await create({ memory: { limit: 8 << 20 } });
    if (plan?.setup.oomFile === undefined) skip("no memory controller");
    start(
      "sh",
      "-c",
      "until grep -q gantry-test /proc/self/cgroup; do :; done; head -c 90000000 /dev/zero | tail -c 80000000",
    );
    await expect.poll(() => manager.oomKillCount(), { timeout: 20_000 }).toBeGreaterThan(0);
  });

  it("goes with its children, and waits for those who are dying", async () => {
    const manager = await create({});
    for (const dir of listDirs(manager.paths)) mkdirSync(`${dir}/below/further`, { recursive: true });
    start("sleep", "60");
    await manager.kill(9);
    await manager.remove(); // without waiting for the process
    expect(await manager.exists()).toBe(false);
    await manager.remove();
    expect(await manager.pids()).toEqual([]);
    expect((await manager.stats()).pids.current).toBe(0n);
    await manager.thaw();
    expect(await manager.isFrozen()).toBe(false);
  });

  it("cannot be removed while somebody lives in it, and says who", async () => {
    const manager = await create({});
    const pid = start("sleep", "60");
    await expect(manager.remove()).rejects.toThrowError(expect.objectContaining({ code: "remove-failed" }));
    await expect(manager.remove()).rejects.toThrowError(String(pid));
  });
});
