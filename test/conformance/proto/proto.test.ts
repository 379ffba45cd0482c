import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { debianRoot, repository } from "./debian.ts";
import { readGoDescriptors } from "./go-descriptors.ts";
import { shapesOfDescriptors, shapesOfProtoFiles } from "./shapes.ts";

const ours = shapesOfProtoFiles(join(repository, "proto"));

/** In no containerd that Debian ships: bootstrap and 2.3 fields, mount manager, later cgroups and checkpoint fields. */
const NEWEST = [
  "containerd.runc.v1.CheckpointOptions parent_path",
  "containerd.runtime.bootstrap.v1.*",
  "containerd.runtime.sandbox.v1.StartSandboxResponse spec",
  "containerd.types.ActivationInfo",
  "containerd.types.ActiveMount",
  "containerd.types.Platform os_features",
  "io.containerd.cgroups.v2.CPUStat burst_usec",
  "io.containerd.cgroups.v2.CPUStat nr_bursts",
  "io.containerd.cgroups.v2.HugeTlbStat failcnt",
  "io.containerd.cgroups.v2.MemoryEvents oom_group_kill",
  "io.containerd.cgroups.v2.Metrics network",
  "io.containerd.cgroups.v2.NetworkStat",
];

/** Not in the packages looked at (they are in the protobuf library's own). */
const GOOGLE = ["google.protobuf.*", "google.rpc.*"];
/** Kubernetes', in none of the packages; test/e2e/cri speaks it with containerd. */
const KUBERNETES = ["runtime.v1.*"];

interface Release {
  readonly suite: string;
  readonly contains: string;
  readonly packages: readonly string[];
  /** What this release does not have: messages, fields, methods, or whole packages ("….*"). */
  readonly absent: readonly string[];
  /** A suite that still changes may have caught up with something on its list. */
  readonly isMoving: boolean;
  /** Old name to ours, for what was renamed without a change on the wire. */
  readonly renamed: Readonly<Record<string, string>>;
}

// containerd before 2.0 kept the envelope beside the service; the wire does not show the name.
const OLD_ENVELOPE = { "containerd.services.events.ttrpc.v1.Envelope": "containerd.types.Envelope" };
// ttrpc's Go code has a private copy of google.rpc.Status without a package.
const TTRPC_STATUS = { Status: "google.rpc.Status" };

const RELEASES: readonly Release[] = [
  {
    suite: "bookworm",
    contains: "containerd 1.6, cgroups 1.0",
    packages: ["golang-github-containerd-containerd-dev", "golang-github-containerd-cgroups-dev"],
    absent: [
      ...NEWEST.filter((name) => !name.startsWith("containerd.runtime.sandbox.")),
      ...GOOGLE,
      ...KUBERNETES,
      "containerd.events.SandboxCreate",
      "containerd.events.SandboxExit",
      "containerd.events.SandboxStart",
      "containerd.runc.v1.Options task_api_address",
      "containerd.runc.v1.Options task_api_version",
      "containerd.runtime.sandbox.v1.*",
      "containerd.services.streaming.v1.*",
      "containerd.task.v3.*",
      "containerd.types.Platform os_version",
      "containerd.types.RuntimeInfo",
      "containerd.types.RuntimeRequest",
      "containerd.types.RuntimeVersion",
      "containerd.types.Sandbox",
      "containerd.types.Sandbox.Runtime",
      "containerd.types.transfer.*",
      "io.containerd.cgroups.v2.CPUStat psi",
      "io.containerd.cgroups.v2.IOStat psi",
      "io.containerd.cgroups.v2.MemoryStat max_usage",
      "io.containerd.cgroups.v2.MemoryStat psi",
      "io.containerd.cgroups.v2.MemoryStat swap_max_usage",
      "io.containerd.cgroups.v2.PSIData",
      "io.containerd.cgroups.v2.PSIStats",
      "runtimeoptions.v1.Options config_body",
      // ttrpc 1.1 has hand-written types without descriptors; test/conformance/ttrpc talks to it instead.
      "ttrpc.*",
    ],
    isMoving: false,
    renamed: OLD_ENVELOPE,
  },
  {
    suite: "trixie",
    contains: "containerd 1.7, cgroups 3.0, ttrpc 1.2",
    packages: [
      "golang-github-containerd-containerd-dev",
      "golang-github-containerd-cgroups-dev",
      "golang-github-containerd-ttrpc-dev",
    ],
    absent: [
      ...NEWEST,
      ...GOOGLE,
      ...KUBERNETES,
      "containerd.runc.v1.Options task_api_address",
      "containerd.runc.v1.Options task_api_version",
      "containerd.runtime.sandbox.v1.CreateSandboxRequest annotations",
      "containerd.runtime.sandbox.v1.Sandbox SandboxMetrics",
      "containerd.runtime.sandbox.v1.SandboxMetricsRequest",
      "containerd.runtime.sandbox.v1.SandboxMetricsResponse",
      "containerd.types.Platform os_version",
      "containerd.types.RuntimeInfo",
      "containerd.types.RuntimeRequest",
      "containerd.types.RuntimeVersion",
      "containerd.types.Sandbox sandboxer",
    ],
    isMoving: false,
    renamed: { ...OLD_ENVELOPE, ...TTRPC_STATUS },
  },
  {
    suite: "forky",
    contains: "containerd 2.1 or later, cgroups 3, ttrpc 1.2, google's own types",
    packages: [
      "golang-github-containerd-containerd-api-dev",
      "golang-github-containerd-cgroups-dev",
      "golang-github-containerd-ttrpc-dev",
      "golang-google-protobuf-dev",
      "golang-google-genproto-dev",
    ],
    // Reserved, or gone, since 2.0; a 1.x daemon or its clients still send them.
    absent: [
      ...NEWEST,
      ...KUBERNETES,
      "containerd.runc.v1.Options criu_path",
      "containerd.linux.runc.CreateOptions",
    ],
    isMoving: true,
    renamed: TTRPC_STATUS,
  },
];

describe.each(RELEASES)("proto/ against the Go code of Debian $suite ($contains)", (release) => {
  const fetched = debianRoot(release.suite, release.packages, { alone: true });
  if ("missing" in fetched) {
    it.skip(`skipped: ${fetched.missing}`, () => {});
    return;
  }
  const theirs = shapesOfDescriptors(readGoDescriptors(fetched.root), release.renamed);
  const absent: string[] = [];
  const different: string[] = [];
  let compared = 0;
  for (const [name, members] of ours) {
    const their = theirs.get(name);
    if (their === undefined) {
      absent.push(name);
      continue;
    }
    for (const [key, member] of members) {
      const theirMember = their.get(key);
      if (theirMember === member) compared += 1;
      else if (theirMember === undefined) absent.push(`${name} ${labelOf(key, member)}`);
      else different.push(`${name} ${key}: ours "${member}", theirs "${theirMember}"`);
    }
  }

  it("has no number, name, type or label that differs", () => {
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(280);
  });

  it("has everything they have in the messages both know", () => {
    const extra: string[] = [];
    for (const [name, members] of ours) {
      for (const [key, member] of theirs.get(name) ?? []) {
        if (!members.has(key)) extra.push(`${name} ${key} ${member}`);
      }
    }
    expect(extra).toEqual([]);
  });

  it("has more than they have only where it is said", () => {
    const covers = (entry: string, name: string): boolean =>
      entry.endsWith(".*") ? name.startsWith(entry.slice(0, -1)) : entry === name;
    // What is gantry's own nobody else has.
    const foreign = absent.filter((name) => !name.startsWith("gantry."));
    expect(foreign.filter((name) => !release.absent.some((entry) => covers(entry, name)))).toEqual([]);
    if (release.isMoving) return;
    expect(release.absent.filter((entry) => !absent.some((name) => covers(entry, name)))).toEqual([]);
  });
});

/** How a member is called in the lists above: a field or a value by its name, a method by its own. */
function labelOf(key: string, member: string): string {
  return /^-?\d+$/.test(key) ? (member.split(" ").at(-1) ?? "") : key;
}

describe("containerd.task.v3", () => {
  it("has the shapes of v2, so that code generated from v2 serves both", () => {
    const v2 = [...ours].filter(([name]) => name.startsWith("containerd.task.v2."));
    expect(v2.length).toBeGreaterThan(25);
    const toV3 = (text: string): string => text.replaceAll("containerd.task.v2.", "containerd.task.v3.");
    for (const [name, members] of v2) {
      const expected = new Map([...members].map(([key, member]) => [key, toV3(member)]));
      expect(ours.get(toV3(name)), name).toEqual(expected);
    }
  });
});

describe("npm run generate", () => {
  const directory = mkdtempSync(join(tmpdir(), "gantry-gen-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("makes exactly what is in src/gen/", () => {
    execFileSync("bash", [join(repository, "scripts/generate.sh"), directory], { stdio: "pipe" });
    const committed = join(repository, "src/gen");
    const files = readdirSync(committed).sort();
    expect(readdirSync(directory).sort()).toEqual(files);
    for (const file of files) {
      const isSame =
        readFileSync(join(directory, file), "utf8") === readFileSync(join(committed, file), "utf8");
      expect(isSame, `src/gen/${file} is stale: run npm run generate`).toBe(true);
    }
  });
});
