import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Linux, Process, Spec } from "../../../src/spec/types.ts";
import { Bench, changes, running, runtimePath, withProcess } from "./harness.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(async () => {
  bench.call(["delete", "--force", "c1"]);
  await bench.dispose();
});

const withLinux =
  (change: Partial<Linux>) =>
  (spec: Spec): Spec => ({ ...spec, linux: { ...spec.linux, ...change } });

/** A container that sleeps; init's pid. */
function sleeper(...change: ((spec: Spec) => Spec)[]): number {
  bench.ok(["run", "-d", "-b", bench.bundle("c1", changes(running("exec sleep 1000"), ...change)), "c1"]);
  return bench.state("c1").pid;
}

/** An exec by `--process`, detached, that sleeps; its pid. */
function execSleeper(process: Partial<Process>): number {
  const [file, pidFile] = [join(bench.dir, "process.json"), join(bench.dir, "exec.pid")];
  const user = { uid: 0, gid: 0 };
  const whole = { args: ["sleep", "1000"], cwd: "/", env: ["PATH=/bin"], user, ...process };
  writeFileSync(file, JSON.stringify(whole));
  bench.ok(["exec", "-d", "--pid-file", pidFile, "--process", file, "c1"]);
  return Number(readFileSync(pidFile, "utf8"));
}

function chrt(pid: number): string {
  return execFileSync("chrt", ["-p", String(pid)], { encoding: "utf8" });
}

function ionice(pid: number): string {
  return execFileSync("ionice", ["-p", String(pid)], { encoding: "utf8" }).trim();
}

/** Fields 18 and 19 of /proc/PID/stat follow the name: priority, nice. */
function nice(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[16]);
}

function allowedCpus(pid: number): string {
  return /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "";
}

describe("process.scheduler", () => {
  it("sets a policy with its nice value, for init and for every exec", () => {
    const init = sleeper(withProcess({ scheduler: { policy: "SCHED_BATCH", nice: 7 } }));
    const inherited = execSleeper({});
    for (const pid of [init, inherited]) {
      expect(chrt(pid)).toContain("SCHED_BATCH");
      expect(nice(pid)).toBe(7);
    }
    const own = execSleeper({ scheduler: { policy: "SCHED_IDLE" } });
    expect(chrt(own)).toContain("SCHED_IDLE");
  });

  it("sets a real-time priority where the cgroup has the time for it", () => {
    const pid = sleeper(
      withProcess({
        scheduler: { policy: "SCHED_RR", priority: 3, flags: ["SCHED_FLAG_RESET_ON_FORK"] },
      }),
      withLinux({ resources: { cpu: { realtimePeriod: 1_000_000, realtimeRuntime: 1000 } } }),
      // The time of a group is part of its parent's, and the bench's own parent has none.
      (spec) => ({ ...spec, linux: { ...spec.linux, cgroupsPath: `/${bench.namespace}` } }),
    );
    expect(chrt(pid)).toMatch(/SCHED_RR\|SCHED_RESET_ON_FORK.*priority: 3/s);
  });

  it("sets a deadline", () => {
    const scheduler = {
      policy: "SCHED_DEADLINE",
      flags: ["SCHED_FLAG_RESET_ON_FORK"],
      runtime: 1_000_000,
      deadline: 3_000_000,
      period: 5_000_000,
    };
    const pid = sleeper(withProcess({ scheduler }));
    expect(chrt(pid)).toMatch(/SCHED_DEADLINE.*1000000\/3000000\/5000000/s);
  });

  it("names the step when the kernel refuses, and leaves nothing", () => {
    const scheduler = { policy: "SCHED_DEADLINE", runtime: 5, deadline: 4, period: 3 };
    const called = bench.call(["run", "-b", bench.bundle("c1", withProcess({ scheduler })), "c1"]);
    expect(called.code).toBe(1);
    expect(called.stderr).toMatch(/set scheduler: invalid argument/);
  });
});

describe("process.ioPriority", () => {
  it("sets class and level, for init and for every exec", () => {
    const init = sleeper(withProcess({ ioPriority: { class: "IOPRIO_CLASS_BE", priority: 6 } }));
    expect(ionice(init)).toBe("best-effort: prio 6");
    expect(ionice(execSleeper({}))).toBe("best-effort: prio 6");
    const own = execSleeper({ ioPriority: { class: "IOPRIO_CLASS_IDLE", priority: 0 } });
    expect(ionice(own)).toBe("idle");
  });
});

describe("linux.personality", () => {
  it("makes a 32-bit machine of it, for init and for every exec; flags are ignored aloud", () => {
    const change = changes(
      running("uname -m; exec sleep 1000"),
      withLinux({ personality: { domain: "LINUX32", flags: ["ADDR_NO_RANDOMIZE"] } }),
    );
    const created = bench.call(["create", "-b", bench.bundle("c1", change), "c1"]);
    expect(created).toMatchObject({ code: 0 });
    expect(created.stderr).toMatch(/linux\.personality\.flags have no effect: ADDR_NO_RANDOMIZE/);
    bench.ok(["start", "c1"]);
    const { pid } = bench.state("c1");
    expect(readFileSync(`/proc/${pid}/personality`, "utf8").trim()).toBe("00000008");
    expect(bench.ok(["exec", "c1", "cat", "/proc/self/personality"]).trim()).toBe("00000008");
  });
});

describe("process.execCPUAffinity", () => {
  it("confines execs to the final CPUs, and not init", () => {
    const every = allowedCpus(process.pid);
    const init = sleeper(withProcess({ execCPUAffinity: { initial: "0", final: "1" } }));
    expect(allowedCpus(init)).toBe(every);
    expect(allowedCpus(execSleeper({}))).toBe("1");
    // Without final ones the kernel decides: a v2 cpuset gives every CPU of the cgroup to who enters it.
    const isReset = existsSync("/sys/fs/cgroup/cgroup.controllers");
    const initial = allowedCpus(execSleeper({ execCPUAffinity: { initial: "0", final: "" } }));
    expect(initial).toBe(isReset ? every : "0");
    expect(allowedCpus(execSleeper({ execCPUAffinity: {} }))).toBe(every);
  });

  it("is refused by the kernel for CPUs that are not there", () => {
    sleeper(withProcess({ execCPUAffinity: { final: "60000" } }));
    const called = bench.call(["exec", "c1", "true"]);
    expect(called.code).toBe(255);
    expect(called.stderr).toMatch(/set CPU affinity: invalid argument/);
  });

  it("does not pass the runtime's own affinity on", () => {
    const every = allowedCpus(process.pid);
    const bundle = bench.bundle("c1", running("exec sleep 1000"));
    const command = [runtimePath, "--root", bench.stateRoot, "run", "-d", "-b", bundle, "c1"];
    // What the container inherits must not be a pipe that this call would wait for the end of.
    execFileSync("taskset", ["-c", "1", ...command], { stdio: "ignore" });
    expect(allowedCpus(bench.state("c1").pid)).toBe(every);
  });
});

describe("linux.memoryPolicy", () => {
  it("sets mode, flags and nodes, for init and for every exec", () => {
    const init = sleeper(
      withLinux({ memoryPolicy: { mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"] } }),
    );
    expect(readFileSync(`/proc/${init}/numa_maps`, "utf8")).toMatch(/ bind=static:0 /);
    expect(bench.ok(["exec", "c1", "cat", "/proc/self/numa_maps"])).toMatch(/ bind=static:0 /);
  });

  it("names the step when the kernel refuses", () => {
    const change = withLinux({ memoryPolicy: { mode: "MPOL_BIND", nodes: "1000" } });
    const called = bench.call(["run", "-b", bench.bundle("c1", change), "c1"]);
    expect(called.code).toBe(1);
    expect(called.stderr).toMatch(/set memory policy: invalid argument/);
  });
});

describe("what this host cannot do", () => {
  it("is refused in runc's words: linux.intelRdt without resctrl", () => {
    const change = withLinux({ intelRdt: { closID: "gold", schemata: ["L3:0=f"] } });
    const called = bench.call(["create", "-b", bench.bundle("c1", change), "c1"]);
    expect(called.code).toBe(1);
    expect(called.stderr).toContain("intelRdt is specified in config, but Intel RDT is not enabled");
  });

  it("is refused with its name: a sysctl of the host's network, joined by its path", () => {
    const change = withLinux({
      namespaces: [
        { type: "network", path: "/proc/self/ns/net" },
        { type: "mount" },
        { type: "pid" },
        { type: "uts" },
      ],
      sysctl: { "net.core.somaxconn": "77" },
    });
    const called = bench.call(["create", "-b", bench.bundle("c1", change), "c1"]);
    expect(called.code).toBe(1);
    expect(called.stderr).toContain("net.core.somaxconn would change the host");
  });
});
