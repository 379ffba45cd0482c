import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { explainWriteFailure, writeCgroupFile } from "../../../src/cgroups/files.ts";
import { openCgroup } from "../../../src/cgroups/open.ts";
import { listPids } from "../../../src/cgroups/tree.ts";
import type { CgroupManager } from "../../../src/cgroups/types.ts";
import { compileUndo } from "../../../src/cgroups/undo.ts";
import { freezeV2 } from "../../../src/cgroups/v2/freezer.ts";

// Directories that look like cgroups: what a v2 kernel with every controller would show, which not every machine is.
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-cgroup-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function fill(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
}
function read(name: string): string {
  return readFileSync(join(dir, name), "utf8");
}
function openV2(): CgroupManager {
  return openCgroup({ mode: "v2", paths: { "": dir } });
}

describe("CgroupManager.stats() on v2", () => {
  it("reads every figure", async () => {
    fill({
      "cpu.stat":
        "usage_usec 3000\nuser_usec 2000\nsystem_usec 1000\nnr_periods 5\nnr_throttled 4\nthrottled_usec 7\nnr_bursts 2\nburst_usec 9\n",
      "cpu.pressure":
        "some avg10=1.50 avg60=0.25 avg300=0.00 total=123\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n",
      "memory.current": "1000\n",
      "memory.max": "5000\n",
      "memory.peak": "2000\n",
      "memory.swap.current": "10\n",
      "memory.swap.max": "max\n",
      "memory.stat": "anon 1\nfile 2\ninactive_file 18446744073709551615\n",
      "memory.events": "low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n",
      "pids.current": "3\n",
      "pids.max": "max\n",
      "io.stat": "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n8:16 \n",
      "hugetlb.2MB.current": "2097152\n",
      "hugetlb.2MB.max": "max\n",
      "hugetlb.2MB.rsvd.current": "4194304\n",
      "hugetlb.2MB.rsvd.max": "8388608\n",
      "hugetlb.2MB.events": "max 11\n",
      "hugetlb.1GB.current": "0\n",
      "hugetlb.1GB.max": "max\n",
      "rdma.current": "mlx4_0 hca_handle=2 hca_object=20\n",
      "rdma.max": "mlx4_0 hca_handle=max hca_object=200\n",
    });
    const stats = await openV2().stats();
    expect(stats).toMatchObject({
      cpu: {
        totalNs: 3_000_000n,
        userNs: 2_000_000n,
        kernelNs: 1_000_000n,
        periods: 5n,
        throttledPeriods: 4n,
        throttledNs: 7000n,
        bursts: 2n,
        burstNs: 9000n,
        pressure: { some: { avg10: 1.5, avg60: 0.25, avg300: 0, totalUs: 123n }, full: { totalUs: 7n } },
      },
      memory: {
        usage: { usage: 1000n, limit: 5000n, max: 2000n, failCount: 0n },
        swapOnly: { usage: 10n, limit: 2n ** 64n - 1n },
        swap: { usage: 1010n, limit: 2n ** 64n - 1n, max: 2000n },
        cacheBytes: 2n,
        stat: { anon: 1n, inactive_file: 2n ** 64n - 1n },
        events: { high: 2n, oom_group_kill: 6n },
        oom: { killCount: 5n },
      },
      pids: { current: 3n, limit: 0n },
      blkio: {
        io: [{ major: 8n, minor: 0n, rbytes: 1n, wbytes: 2n, rios: 3n, wios: 4n }],
        ioServiceBytes: [
          { major: 8n, minor: 0n, op: "Read", value: 1n },
          { major: 8n, minor: 0n, op: "Write", value: 2n },
        ],
      },
      hugetlb: [
        { pageSize: "1GB", usage: 0n, limit: 2n ** 64n - 1n, failCount: 0n },
        { pageSize: "2MB", usage: 4194304n, limit: 8388608n, failCount: 11n },
      ],
      rdma: {
        current: [{ device: "mlx4_0", hcaHandles: 2, hcaObjects: 20 }],
        limit: [{ device: "mlx4_0", hcaHandles: 4294967295, hcaObjects: 200 }],
      },
    });
    expect(stats.memory.pressure).toBeUndefined();
    expect(await openV2().oomKillCount()).toBe(5);
  });

  it("counts nothing in a cgroup that is gone", async () => {
    rmSync(dir, { recursive: true });
    const { cpu, memory, hugetlb } = await openV2().stats();
    expect([cpu.totalNs, memory.usage.usage, hugetlb.length]).toEqual([0n, 0n, 0]);
    expect(await openV2().exists()).toBe(false);
  });
});

describe("CgroupManager.stats() on v1", () => {
  it("takes the first block I/O files that count something, and expands the cpuset", async () => {
    fill({
      "blkio.bfq.io_serviced_recursive": "Total 0\n",
      "blkio.throttle.io_serviced_recursive": "8:0 Read 3\n8:0 Write 4\nTotal 7\n",
      "blkio.throttle.io_service_bytes_recursive": "8:0 Read 4096\nTotal 4096\n",
      "cpuset.cpus": "0-2,5\n",
      "cpuset.mems": "\n",
      "cpuset.sched_relax_domain_level": "-1\n",
      "cpuacct.usage": "30000000\n",
      "cpuacct.usage_percpu": "10000000 20000000 \n",
      "cpuacct.usage_all": "cpu user system\n0 4 6\n1 12 8\n",
      "cpuacct.stat": "user 1\nsystem 2\n",
      "memory.limit_in_bytes": "9223372036854771712\n",
      "memory.memsw.usage_in_bytes": "5\n",
      "memory.oom_control": "oom_kill_disable 0\nunder_oom 1\noom_kill 2\n",
    });
    const names = ["cpu", "cpuacct", "cpuset", "memory", "blkio", "pids"];
    const manager = openCgroup({ mode: "v1", paths: Object.fromEntries(names.map((name) => [name, dir])) });
    expect(await manager.stats()).toMatchObject({
      cpu: {
        totalNs: 30_000_000n,
        userNs: 10_000_000n,
        kernelNs: 20_000_000n,
        perCpuNs: [10_000_000n, 20_000_000n],
        perCpuUserNs: [4n, 12n],
        perCpuKernelNs: [6n, 8n],
      },
      memory: {
        usage: { limit: 9223372036854771712n },
        swap: { usage: 5n },
        oom: { killDisabled: 0n, underOom: 1n, killCount: 2n },
      },
      blkio: {
        ioServiced: [
          { major: 8n, minor: 0n, op: "Read", value: 3n },
          { major: 8n, minor: 0n, op: "Write", value: 4n },
        ],
        ioServiceBytes: [{ major: 8n, minor: 0n, op: "Read", value: 4096n }],
        ioTime: [],
      },
      cpuset: { cpus: [0, 1, 2, 5], mems: [], schedRelaxDomainLevel: -1n },
    });
    expect(await manager.oomKillCount()).toBe(2);
  });
});

describe("CgroupManager.update() on v2", () => {
  // A written file keeps the bytes behind a shorter value, as a real one would not: values of equal length, or the last one.
  it("keeps the quota when only the period is given, and the period when only the quota is", async () => {
    fill({ "cgroup.controllers": "cpu\n", "cpu.max": "20000 100000" });
    await openV2().update({ cpu: { period: 500000 } });
    expect(read("cpu.max")).toBe("20000 500000");
    await openV2().update({ cpu: { quota: 30000 } });
    expect(read("cpu.max")).toBe("30000 500000");
  });
  it("refuses a limit below the usage when asked to check", async () => {
    fill({ "cgroup.controllers": "memory\n", "memory.current": "4096\n", "memory.max": "9999" });
    const check = { limit: 4096, checkBeforeUpdate: true };
    await expect(openV2().update({ memory: check })).rejects.toThrowError(
      expect.objectContaining({ code: "limit-below-usage", kind: "failed-precondition" }),
    );
    await openV2().update({ memory: { ...check, limit: 4097 } });
    expect(read("memory.max")).toBe("4097");
  });
  it("puts back what it wrote when a later file is missing, and names that", async () => {
    fill({ "cgroup.controllers": "pids memory\n", "pids.max": "10\n", "memory.max": "5000\n" });
    const update = openV2().update({ pids: { limit: 99 }, memory: { limit: 1000, reservation: 7 } });
    await expect(update).rejects.toThrowError(/cannot set memory limit: write "7" to .*memory\.low: ENOENT/);
    expect(read("pids.max").trim()).toBe("10");
    expect(read("memory.max").trim()).toBe("5000");
    expect(existsSync(join(dir, "memory.low"))).toBe(false);
  });
  it("puts everything back, whichever step fails, and says so", async () => {
    const before = { "memory.max": "5000", "memory.low": "70", "pids.max": "10", "cpu.weight": "10" };
    const limits = { memory: { limit: 1000, reservation: 77 }, pids: { limit: 99 }, cpu: { shares: 512 } };
    const all = () => Object.fromEntries(Object.keys(before).map((file) => [file, read(file)]));
    const update = (failAt: number) => {
      fill({ "cgroup.controllers": "cpu memory pids\n", ...before });
      let step = 0;
      const count = (what: string) => {
        if (++step === failAt) throw new Error(`injected: ${what}`);
      };
      return openV2().update(limits, { beforeStep: count, commit: () => count("commit") });
    };
    let failAt = 1;
    for (let error: unknown; ; failAt++) {
      error = await update(failAt).catch((thrown: unknown) => thrown);
      if (error === undefined) break;
      expect(String(error)).toMatch(/injected: .*\(the limits are as before\)$/);
      expect(all()).toEqual(before);
    }
    expect(failAt).toBe(6); // four files, and the commit
    expect(all()).toEqual({
      ...before,
      "memory.max": "1000",
      "memory.low": "77",
      "pids.max": "99",
      "cpu.weight": "59",
    });
  });
  it("names what could not be put back", async () => {
    fill({ "cgroup.controllers": "pids\n", "pids.max": "10" });
    let steps = 0;
    const fail = () => {
      if (++steps === 2) throw new Error("no more");
    };
    const commit = () => {
      throw new Error("disk full");
    };
    const update = openV2().update({ pids: { limit: 99 } }, { beforeStep: fail, commit });
    await expect(update).rejects.toThrowError("disk full (not all limits could be put back: no more)");
    expect(read("pids.max")).toBe("99");
  });
  it("refuses a controller this cgroup does not have", async () => {
    fill({ "cgroup.controllers": "pids\n" });
    await expect(openV2().update({ memory: { limit: 1 } })).rejects.toThrowError(
      expect.objectContaining({ code: "missing-controller" }),
    );
  });
});

describe("compileUndo()", () => {
  it.each([
    ["memory.max", "max\n", "5", "max"],
    ["io.weight", "default 100\n8:0 300\n", "50", "100"],
    ["io.weight", "default 100\n8:0 300\n", "8:0 50", "8:0 300"],
    ["io.weight", "default 100\n", "8:0 50", "8:0 default"],
    [
      "io.max",
      "8:0 rbps=7 wbps=max riops=max wiops=max\n",
      "8:0 rbps=9",
      "8:0 rbps=7 wbps=max riops=max wiops=max",
    ],
    ["io.max", "", "8:0 rbps=9", "8:0 rbps=max wbps=max riops=max wiops=max"],
    ["blkio.throttle.read_bps_device", "8:0 100\n", "8:16 9", "8:16 0"],
    ["rdma.max", "a hca_handle=1 hca_object=2\n", "a hca_handle=9", "a hca_handle=1 hca_object=2"],
    ["cpu.max", "max 100000\n", "5 7", "max 100000"],
    ["cpuset.cpus", "\n", "0", undefined],
  ])("%s holding %j, written %j: puts back %j", (file, current, value, expected) => {
    fill({ [file]: current });
    expect(compileUndo({ path: join(dir, file), value, tolerate: 0 })?.value).toBe(expected);
  });
});

describe("the v2 freezer", () => {
  it("asks, and waits for cgroup.events", async () => {
    fill({ "cgroup.freeze": "0", "cgroup.events": "populated 1\nfrozen 0\n" });
    const frozen = openV2().freeze();
    expect(read("cgroup.freeze")).toBe("1");
    fill({ "cgroup.events": "populated 1\nfrozen 1\n" });
    await frozen;
    expect(await openV2().isFrozen()).toBe(true);
    await openV2().thaw();
    expect(await openV2().isFrozen()).toBe(false);
  });
  it("thaws again when it takes too long", async () => {
    fill({ "cgroup.freeze": "0", "cgroup.events": "populated 1\nfrozen 0\n" });
    await expect(freezeV2(dir, 20)).rejects.toThrowError(expect.objectContaining({ code: "freeze-timeout" }));
    expect(read("cgroup.freeze")).toBe("0");
  });
});

describe("the v1 freezer", () => {
  it("does not count a cgroup as paused whose parent alone is frozen", async () => {
    fill({ "freezer.state": "FROZEN\n", "freezer.self_freezing": "0\n" });
    const manager = openCgroup({ mode: "v1", paths: { freezer: dir } });
    expect(await manager.isFrozen()).toBe(false);
    fill({ "freezer.self_freezing": "1\n" });
    expect(await manager.isFrozen()).toBe(true);
  });
});

describe("CgroupManager.kill() on v2", () => {
  it("kills the whole cgroup with one write", async () => {
    fill({ "cgroup.kill": "", "cgroup.freeze": "0", "cgroup.procs": "" });
    await openV2().kill(9);
    expect(read("cgroup.kill")).toBe("1");
  });
});

describe("listPids()", () => {
  it("lists this cgroup and those below, without what another pid namespace hides", () => {
    mkdirSync(join(dir, "a/b"), { recursive: true });
    fill({ "cgroup.procs": "7\n0\n3\n", "a/b/cgroup.procs": "5\n3\n" });
    expect(listPids(dir)).toEqual([3, 5, 7]);
  });
});

describe("writeCgroupFile()", () => {
  it("never makes a file, and fails unless that is tolerated", () => {
    const path = join(dir, "pids.max");
    expect(writeCgroupFile({ path, value: "1", tolerate: 1 })).toBe(false);
    expect(() => writeCgroupFile({ path, value: "1", tolerate: 2 | 4 | 8 })).toThrowError(
      expect.objectContaining({ code: "write-failed" }),
    );
    expect(existsSync(path)).toBe(false);
    fill({ "pids.max": "" });
    expect(writeCgroupFile({ path, value: "1", tolerate: 0 })).toBe(true);
  });
});

describe("explainWriteFailure()", () => {
  it("tells the usage that a v1 memory limit is too low for", () => {
    fill({ "memory.usage_in_bytes": "4096\n", "memory.max_usage_in_bytes": "8192\n" });
    const write = { path: join(dir, "memory.limit_in_bytes"), value: "1" };
    expect(explainWriteFailure(write, "EBUSY")).toContain("(current usage: 4096, peak usage: 8192)");
  });
});
