import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { onBehalfOf } from "../../../src/plan/caller.ts";
import { compileCreatePlan } from "../../../src/plan/create.ts";
import { compileCheckpointPlan, compileRestorePlan } from "../../../src/plan/criu.ts";
import { compileDelegatedCreate } from "../../../src/plan/delegate.ts";
import { describePlan } from "../../../src/plan/describe.ts";
import { encodePlan } from "../../../src/plan/encode.ts";
import { compileExecPlan } from "../../../src/plan/exec.ts";
import { compileHooksPlan } from "../../../src/plan/hooks.ts";
import { compileMountPlan, compileUndoPlan, compileUnmountPlan } from "../../../src/plan/host-mounts.ts";
import type { CgroupSetup, CreatePlanInput, ExecPlanInput, HostFacts } from "../../../src/plan/input.ts";
import { OP_NUMBER, type Plan } from "../../../src/plan/op.ts";
import { compileSignalPlan } from "../../../src/plan/signal.ts";
import { parseJson } from "../../../src/spec/json.ts";
import { stateDocument } from "../../../src/spec/state-document.ts";
import type { ValidSpec } from "../../../src/spec/types.ts";
import { validateProcess, validateSpec } from "../../../src/spec/validate.ts";
import { expectGolden, goldenPath, hexLines } from "../../helpers/golden.ts";
import {
  DEMO_ID,
  host,
  NO_CGROUP,
  someCheckpointSettings,
  someCreateInput,
  someFacts,
  someRestoreSettings,
  someSupervision,
} from "../../helpers/plan.ts";
import { aProcess } from "../../helpers/spec.ts";

/** `ret ALLOW`: the shortest filter there is. */
const ALLOW_ALL = Uint8Array.of(0x06, 0, 0, 0, 0, 0, 0xff, 0x7f);

/** `r0 = 1; exit`: the eBPF program that allows every device. */
const ALLOW_DEVICES = Uint8Array.of(0xb7, 0, 0, 0, 1, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);

const V1_CGROUP: CgroupSetup = {
  dirs: ["/sys/fs/cgroup/cpuset/default/demo", "/sys/fs/cgroup/memory/default/demo"],
  fills: [
    {
      path: "/sys/fs/cgroup/cpuset/default/demo/cpuset.cpus",
      from: "/sys/fs/cgroup/cpuset/default/cpuset.cpus",
    },
  ],
  writes: [
    { path: "/sys/fs/cgroup/memory/default/demo/memory.limit_in_bytes", value: "67108864", tolerate: 0 },
    { path: "/sys/fs/cgroup/memory/default/demo/memory.swappiness", value: "0", tolerate: 5 },
  ],
  joins: [
    { path: "/sys/fs/cgroup/cpuset/default/demo/tasks", tolerate: false },
    { path: "/sys/fs/cgroup/memory/default/demo/tasks", tolerate: true },
  ],
  oomFile: "/sys/fs/cgroup/memory/default/demo/memory.oom_control",
};

const V2_CGROUP: CgroupSetup = {
  ...NO_CGROUP,
  dirs: ["/sys/fs/cgroup/default/demo"],
  writes: [{ path: "/sys/fs/cgroup/default/demo/memory.max", value: "67108864", tolerate: 0 }],
  cloneInto: "/sys/fs/cgroup/default/demo",
  deviceProgram: { cgroupDir: "/sys/fs/cgroup/default/demo", program: ALLOW_DEVICES, tolerate: true },
  oomFile: "/sys/fs/cgroup/default/demo/memory.events",
};

const OVERLAY = {
  type: "overlay",
  source: "overlay",
  target: "",
  options: ["index=off", "workdir=/snap/3/work", "upperdir=/snap/3/fs", "lowerdir=/snap/2/fs:/snap/1/fs"],
};

const LOGGER = {
  path: host("/usr/bin/logger"),
  argv: ["/usr/bin/logger", "--tag", "web"],
  env: ["CONTAINER_ID=demo"],
  needsByte: true,
};

function create(spec: string, facts: HostFacts, change: Partial<CreatePlanInput> = {}): Plan {
  return compileCreatePlan(someCreateInput(readSpec(spec), change), facts);
}

function exec(spec: string, facts: HostFacts, change: Partial<ExecPlanInput> = {}): Plan {
  const input: ExecPlanInput = {
    spec: readSpec(spec),
    id: DEMO_ID,
    process: validateProcess(aProcess()),
    bundle: host("/bundle"),
    target: { pid: 4711, startTime: 123456789012n },
    supervision: someSupervision({ processDir: host("/run/gantry/demo/execs/e1") }),
    cgroup: NO_CGROUP,
    noNewKeyring: false,
    ...change,
  };
  return compileExecPlan(input, facts);
}

function readSpec(name: string): ValidSpec {
  const path = goldenPath(`spec/${name}.json`);
  return validateSpec(parseJson(readFileSync(path, "utf8"), path));
}

/** Every golden plan: test/golden/plan/NAME.txt for people, NAME.hex for the decoder of the native part. */
const PLANS: Readonly<Record<string, () => Plan>> = {
  "ctr-default-hybrid": () =>
    create("ctr-default", someFacts("hybrid"), { cgroup: V1_CGROUP, rootfsMounts: [OVERLAY] }),
  "ctr-default-v2": () => create("ctr-default", someFacts("v2"), { cgroup: V2_CGROUP }),
  "ctr-cgroup-namespace-v1": () => create("ctr-cgroup-namespace", someFacts("v1"), { cgroup: V1_CGROUP }),
  "ctr-cgroup-namespace-v2": () => create("ctr-cgroup-namespace", someFacts("v2"), { cgroup: V2_CGROUP }),
  "cri-sandbox": () => create("cri-sandbox", someFacts("v2"), { cgroup: V2_CGROUP }),
  "cri-container": () =>
    create("cri-container", someFacts("v2", { inheritedNofile: { soft: 1048576n, hard: 2n ** 64n - 1n } }), {
      cgroup: V2_CGROUP,
    }),
  docker: () =>
    create("docker", someFacts("v2"), { seccomp: { flags: 4, program: ALLOW_ALL }, noNewKeyring: true }),
  "user-namespace": () => create("user-namespace", someFacts("v2")),
  "user-namespace-rootless": () => create("user-namespace", someFacts("v2", { isRootless: true })),
  "joined-namespaces": () => create("joined-namespaces", someFacts("v2"), { noNewKeyring: true }),
  "host-namespaces": () =>
    create("host-namespaces", someFacts("hybrid"), {
      noPivot: true,
      supervision: someSupervision({
        monitor: "none",
        stdin: { kind: "inherit" },
        stdout: { kind: "inherit" },
        stderr: { kind: "inherit" },
        keepFds: 2,
      }),
    }),
  terminal: () =>
    create("terminal", someFacts("v2"), {
      supervision: someSupervision({
        consoleSocket: host("/run/console.sock"),
        pidfdSocket: host("/run/pidfd.sock"),
      }),
    }),
  hooks: () =>
    create("hooks", someFacts("v2"), {
      supervision: someSupervision({
        monitor: "foreground",
        stdin: { kind: "file", path: host("/tmp/in put") },
        stdout: { kind: "logger" },
        stderr: { kind: "logger" },
        logger: LOGGER,
      }),
    }),
  labels: () =>
    create("labels", someFacts("v2", { isAppArmorEnabled: true, isSeLinuxEnabled: true, capLastCap: 39 }), {
      seccomp: { flags: 0, program: ALLOW_ALL },
    }),
  exec: () => exec("ctr-cgroup-namespace", someFacts("hybrid"), { cgroup: V1_CGROUP }),
  "exec-terminal": () =>
    exec("docker", someFacts("v2"), {
      cgroup: V2_CGROUP,
      process: validateProcess(
        aProcess({ terminal: true, user: { uid: 1000, gid: 1000 }, cwd: "/app", noNewPrivileges: true }),
      ),
      seccomp: { flags: 4, program: ALLOW_ALL },
    }),
  attributes: () => create("attributes", someFacts("v2"), { seccomp: { flags: 0x28, program: ALLOW_ALL } }),
  "exec-attributes": () =>
    exec("attributes", someFacts("v2"), {
      process: validateProcess({ ...readSpec("attributes").process, noNewPrivileges: true }),
      seccomp: { flags: 8, program: ALLOW_ALL },
    }),
  checkpoint: () =>
    compileCheckpointPlan(
      {
        spec: readSpec("ctr-default"),
        pid: 4711,
        rootfs: "/bundle/rootfs",
        mounts: [],
        resolve: (path) => path,
        sharedNamespaces: new Map([["network", 4026532256n]]),
        descriptors: ["/dev/null", "file[1b:20c376]", "file[1b:20c376]"],
        freezeCgroup: "/sys/fs/cgroup/freezer/default/demo",
      },
      someCheckpointSettings(),
    ),
  restore: () => {
    const spec = readSpec("hooks");
    const created = create("hooks", someFacts("v2"), { cgroup: V2_CGROUP });
    return compileRestorePlan(created, spec, "/bundle/rootfs", someRestoreSettings(), {
      descriptors: ["/dev/null", "pipe:[77]", "pipe:[78]"],
      cgroupRoots: new Map([["", "/default/demo"]]),
      fileSources: new Set(),
    });
  },
  delegated: () => {
    const delegate = {
      path: "/usr/sbin/runc",
      args: ["--rootless=false"],
      root: "/run/gantry/demo/delegate",
    };
    const request = {
      delegate,
      id: "demo",
      log: "/run/gantry/demo/delegate.log",
      env: ["A=1"],
      isSystemdCgroup: true,
    };
    const created = create("hooks", someFacts("v2"), { cgroup: V2_CGROUP });
    return compileDelegatedCreate(created, [{ kind: "mkdir", path: "/volume/upper", mode: 0o755 }], request, [
      "create",
      "--bundle",
      "/run/gantry/demo/bundle",
    ]);
  },
  poststop: () => {
    const spec = readSpec("hooks");
    const state = stateDocument(spec, { id: "demo", status: "stopped", bundle: "/bundle" });
    return compileHooksPlan(spec.hooks?.poststop ?? [], state, {
      hookKind: "poststop",
      cwd: "/",
      env: ["A=1"],
      tolerate: true,
    });
  },
  signal: () => compileSignalPlan({ pid: 4711, startTime: 2n ** 64n - 1n }, 15),
  "on-behalf": () => onBehalfOf(4711, "/run/gantry/demo/lock", compileUnmountPlan("/bundle/rootfs")),
  undo: () =>
    compileUndoPlan([
      { kind: "unmount", target: "/bundle/rootfs", mount: { id: 7, uniqueId: 2n ** 31n } },
      { kind: "unmount", target: "/a" },
    ]),
  "no-mount-namespace": () => create("no-mount-namespace", someFacts("v2"), { noPivot: true }),
  "exec-no-mount-namespace": () => exec("no-mount-namespace", someFacts("v2")),
  unmount: () =>
    compileUndoPlan([
      { kind: "unmount", target: "/bundle/rootfs" },
      { kind: "remove-dir", path: "/bundle/rootfs" },
    ]),
  "host-mounts": () =>
    compileMountPlan(
      [
        {
          type: "overlay",
          source: "overlay",
          target: "",
          options: [
            "index=off",
            "upperdir=/var/lib/containerd/snapshots/999/fs",
            `lowerdir=${Array.from({ length: 120 }, (_, n) => `/var/lib/containerd/snapshots/${n + 100}/fs`).join(":")}`,
          ],
        },
        {
          type: "ext4",
          source: "/images/disk.img",
          target: "/mnt/disk",
          options: ["loop", "ro", "direct-io"],
        },
        {
          type: "bind",
          source: "/data",
          target: "../srv/data/",
          options: ["rbind", "ro", "nosuid", "rprivate"],
        },
        {
          type: "overlay",
          source: "overlay",
          target: "mapped",
          options: [
            "uidmap=0:100000:65536",
            "gidmap=0:200000:65536",
            "lowerdir=/snapshots/2/fs:/snapshots/1/fs",
          ],
        },
      ],
      "/bundle/rootfs",
    ),
};

describe("golden plans", () => {
  for (const [name, compile] of Object.entries(PLANS)) {
    it(`${name} is described as in ${name}.txt`, () => {
      expectGolden(`plan/${name}.txt`, `${describePlan(compile())}\n`);
    });

    it(`${name} is encoded as in ${name}.hex`, () => {
      expectGolden(`plan/${name}.hex`, hexLines(encodePlan(compile())));
    });
  }

  it("show every kind of operation but the tests' own", () => {
    const kinds = new Set(Object.values(PLANS).flatMap((compile) => compile().ops.map((op) => op.kind)));
    kinds.add("fault");
    expect([...kinds].sort()).toEqual(Object.keys(OP_NUMBER).sort());
  });
});
