import { describe, expect, it } from "vitest";
import { checkKernel, checkNode, checkStubs, type NodeFacts } from "../../../../src/shim/ops/check.ts";
import { formatTable } from "../../../../src/shim/ops/ps.ts";
import type { NodeReport } from "../../../../src/shim/ops/report-types.ts";

const report: NodeReport = {
  version: "1",
  protocol: 1,
  pid: 1,
  executable: "/x",
  uptimeSeconds: 1,
  nodeDir: "/n",
  address: "/a",
  starts: 1,
  deaths: 0,
  workers: [],
  commandsInProgress: 0,
  tasksWaiting: 0,
  events: { pending: 0, waitedMs: 0 },
  pods: [
    {
      id: "p",
      containerdNamespace: "k8s.io",
      socket: "/s/p",
      stubPid: 10,
      connections: 1,
      containers: [
        {
          id: "c",
          bundle: "/b",
          stateRoot: "/run/gantry/k8s.io",
          status: "running",
          processes: [
            { execId: "", pid: 20, status: "running" },
            { execId: "e", pid: 21, status: "stopped" },
          ],
        },
      ],
    },
  ],
};

const monitor = { pid: 19, stateRoot: "/run/gantry/k8s.io", id: "c", execId: "", isDeleted: false };
const facts: NodeFacts = {
  nodeDir: "/n",
  report,
  announcedPid: 1,
  isOutdated: false,
  listedPods: ["/s/p"],
  podDirs: ["/s/p.d"],
  oldCalls: [],
  states: ["/run/gantry/k8s.io/c"],
  monitors: [monitor, { ...monitor, pid: 99, stateRoot: "/run/gantry/elsewhere", id: "x" }],
  monitorByPid: new Map([[20, 19]]),
};

describe("checkNode()", () => {
  it("finds nothing on a node that is as it should be", () => {
    expect(checkNode(facts)).toEqual([]);
  });

  it.each<[string, Partial<NodeFacts>, string]>([
    [
      "stubs = pods",
      { report: { ...report, pods: report.pods.map((pod) => ({ ...pod, stubPid: 0 })) } },
      "pod p has no stub",
    ],
    ["monitors = processes", { monitorByPid: new Map() }, "process 20 of container c has no monitor"],
    [
      "monitors = processes",
      { monitors: [{ ...monitor, id: "gone" }] },
      "monitor 19 belongs to no container",
    ],
    [
      "monitors = processes",
      { monitors: [{ ...monitor, isDeleted: true }] },
      "monitor 19 belongs to no container",
    ],
    ["stale pods", { listedPods: ["/s/p", "/s/q"] }, "/s/q"],
    ["stale pod directories", { podDirs: ["/s/p.d", "/s/q.d"] }, "/s/q.d"],
    ["stale journal entries", { oldCalls: ["/s/p.d/.calls/1"] }, "/s/p.d/.calls/1"],
    ["stale state directories", { states: ["/run/gantry/k8s.io/d"] }, "/run/gantry/k8s.io/d"],
    [
      "events",
      { report: { ...report, events: { pending: 3, waitedMs: 40_000 } } },
      "oldest of 3 events for 40 s",
    ],
    ["server", { problem: "no answer" }, "no answer"],
  ])("finds an error: %s", (check, change, message) => {
    expect(checkNode({ ...facts, ...change })).toEqual([
      { level: "error", check, message: expect.stringContaining(message) },
    ]);
  });

  it("warns of a server that is older than its program, and of one that nobody has replaced", () => {
    expect(checkNode({ ...facts, isOutdated: true })).toMatchObject([{ level: "warning", check: "binary" }]);
    const { report: _, ...without } = facts;
    expect(checkNode(without)).toMatchObject([{ level: "warning", check: "server" }]);
    const { announcedPid: __, ...ended } = without;
    expect(checkNode(ended)).toMatchObject([{ level: "note", check: "server" }]);
    expect(checkNode({ ...facts, report: { ...report, deaths: 1 } })).toMatchObject([{ level: "note" }]);
  });

  it("checkStubs() finds stubs that no server knows", () => {
    const stub = { pid: 10, args: "start" };
    expect(checkStubs([stub], [report])).toEqual([]);
    expect(checkStubs([{ ...stub, pid: 11 }], [report])).toMatchObject([{ level: "error" }]);
  });

  it("checkKernel() has advice for cgroup v1 alone", () => {
    expect(checkKernel(true, "0\n")).toEqual([]);
    expect(checkKernel(false, "0\n").map(({ check }) => check)).toEqual(["cgroups", "rcu_expedited"]);
    expect(checkKernel(false, "1\n").map(({ check }) => check)).toEqual(["cgroups"]);
  });

  it("formatTable() aligns columns and leaves no blanks at the end", () => {
    expect(
      formatTable([
        ["A", "B"],
        ["long", "x"],
      ]),
    ).toBe("A     B\nlong  x\n");
  });
});
