import { describe, expect, it } from "vitest";

import { SpecError } from "../../../src/spec/errors.ts";
import type { Linux, Process } from "../../../src/spec/types.ts";
import { validateSpec } from "../../../src/spec/validate.ts";
import { aLinux, aProcess, aSpec } from "../../helpers/spec.ts";

function pathsOf(process: Partial<Process>, linux: Partial<Linux> = {}): readonly string[] {
  try {
    validateSpec(aSpec({ process: aProcess(process), linux: aLinux(linux) }));
  } catch (error) {
    if (!(error instanceof SpecError) || error.code !== "invalid") throw error;
    return error.problems.map((problem) => problem.path);
  }
  return [];
}

describe("validateSpec() of how a process runs", () => {
  it.each<[string, Partial<Process>]>([
    ["a nice batch", { scheduler: { policy: "SCHED_BATCH", nice: 19 } }],
    ["real time", { scheduler: { policy: "SCHED_FIFO", priority: 99, flags: ["SCHED_FLAG_RESET_ON_FORK"] } }],
    [
      "a deadline",
      { scheduler: { policy: "SCHED_DEADLINE", runtime: 1, deadline: 2, period: 2n ** 64n - 1n } },
    ],
    ["a nice value that its policy ignores", { scheduler: { policy: "SCHED_IDLE", nice: 100 } }],
    ["an I/O priority", { ioPriority: { class: "IOPRIO_CLASS_IDLE", priority: 7 } }],
    ["an affinity", { execCPUAffinity: { initial: "0-3,65535", final: "" } }],
  ])("accepts %s", (_title, process) => {
    expect(pathsOf(process)).toEqual([]);
  });

  it.each<[string, Partial<Process>, readonly string[]]>([
    ["no policy", { scheduler: {} as never }, ["process.scheduler.policy"]],
    ["an unknown policy", { scheduler: { policy: "constructor" } }, ["process.scheduler.policy"]],
    [
      "an unknown flag",
      { scheduler: { policy: "SCHED_RR", flags: ["SCHED_FLAG_NOPE"] } },
      ["process.scheduler.flags[0]"],
    ],
    ["nice 20", { scheduler: { policy: "SCHED_OTHER", nice: 20 } }, ["process.scheduler.nice"]],
    [
      "a priority of another policy",
      { scheduler: { policy: "SCHED_OTHER", priority: 1 } },
      ["process.scheduler.priority"],
    ],
    [
      "times of another policy",
      { scheduler: { policy: "SCHED_FIFO", runtime: 1, deadline: 1, period: 1 } },
      ["process.scheduler.runtime", "process.scheduler.deadline", "process.scheduler.period"],
    ],
    ["an unknown I/O class", { ioPriority: { class: "x", priority: 0 } }, ["process.ioPriority.class"]],
    [
      "I/O priority 8",
      { ioPriority: { class: "IOPRIO_CLASS_BE", priority: 8 } },
      ["process.ioPriority.priority"],
    ],
    [
      "an affinity that is no list",
      { execCPUAffinity: { initial: "a" } },
      ["process.execCPUAffinity.initial"],
    ],
    ["an affinity of no CPU", { execCPUAffinity: { final: "," } }, ["process.execCPUAffinity.final"]],
    ["CPU 65536", { execCPUAffinity: { final: "0-65536" } }, ["process.execCPUAffinity.final"]],
  ])("refuses %s", (_title, process, paths) => {
    expect(pathsOf(process)).toEqual(paths);
  });
});

describe("validateSpec() of linux", () => {
  it.each<[string, Partial<Linux>]>([
    ["a personality, whatever its flags", { personality: { domain: "LINUX32", flags: ["X"] } }],
    ["the default memory policy", { memoryPolicy: { mode: "MPOL_DEFAULT", nodes: "" } }],
    ["no memory policy", { memoryPolicy: {} }],
    ["a preferred node", { memoryPolicy: { mode: "MPOL_PREFERRED", nodes: "0" } }],
    ["no preferred node", { memoryPolicy: { mode: "MPOL_PREFERRED" } }],
    ["a bound memory", { memoryPolicy: { mode: "MPOL_BIND", nodes: "0-1", flags: ["MPOL_F_STATIC_NODES"] } }],
    ["network devices", { netDevices: { eth1: {}, "a.1@b": { name: "eth%d" }, c: { name: "" } } }],
  ])("accepts %s", (_title, linux) => {
    expect(pathsOf({}, linux)).toEqual([]);
  });

  it.each<[string, Partial<Linux>, readonly string[]]>([
    ["a class of service that is a path", { intelRdt: { closID: "a/b" } }, ["linux.intelRdt.closID"]],
    ["an unknown personality", { personality: { domain: "SVR4" } }, ["linux.personality.domain"]],
    ["an unknown memory mode", { memoryPolicy: { mode: "MPOL_X" } }, ["linux.memoryPolicy.mode"]],
    ["no memory mode", { memoryPolicy: { nodes: "0" } }, ["linux.memoryPolicy.mode"]],
    [
      "a memory mode without its nodes",
      { memoryPolicy: { mode: "MPOL_BIND" } },
      ["linux.memoryPolicy.nodes"],
    ],
    [
      "a memory mode with nodes",
      { memoryPolicy: { mode: "MPOL_LOCAL", nodes: "0" } },
      ["linux.memoryPolicy.nodes"],
    ],
    [
      "nodes that are no list, and an unknown flag",
      { memoryPolicy: { mode: "MPOL_PREFERRED", nodes: "x", flags: ["y"] } },
      ["linux.memoryPolicy.flags[0]", "linux.memoryPolicy.nodes"],
    ],
    [
      "network devices of the host's network",
      { namespaces: [{ type: "mount" }], netDevices: { eth1: {} } },
      ["linux.netDevices"],
    ],
    [
      "names the kernel does not take",
      { netDevices: { "": {}, "a/b": {}, "..": {}, "sixteen-letters-": {}, "a b": {}, "e%d": {} } },
      [
        'linux.netDevices[""]',
        'linux.netDevices["a/b"]',
        'linux.netDevices[".."]',
        'linux.netDevices["sixteen-letters-"]',
        'linux.netDevices["a b"]',
        'linux.netDevices["e%d"]',
      ],
    ],
    [
      "new names the kernel does not take",
      { netDevices: { a: { name: "x:y" }, b: { name: "%d%d" }, c: { name: "%s" } } },
      ["linux.netDevices.a.name", "linux.netDevices.b.name", "linux.netDevices.c.name"],
    ],
  ])("refuses %s", (_title, linux, paths) => {
    expect(pathsOf({}, linux)).toEqual(paths);
  });
});
