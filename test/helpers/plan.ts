import type { ContainerId, HostPath } from "../../src/core/brand.ts";
import { parseContainerId, parseHostPath } from "../../src/core/ids.ts";
import type { CheckpointSettings, CriuSettings, RestoreSettings } from "../../src/plan/criu.ts";
import type {
  CgroupHierarchy,
  CgroupSetup,
  CreatePlanInput,
  HostFacts,
  Supervision,
} from "../../src/plan/input.ts";
import type { Spec } from "../../src/spec/types.ts";
import { validateSpec } from "../../src/spec/validate.ts";

/** Paths in tests are literals. */
export function host(path: string): HostPath {
  return parseHostPath(path, "test path");
}

export const DEMO_ID: ContainerId = parseContainerId("demo");

/** A host of one cgroup mode, without security modules, at the newest capability of Linux 6. */
export function someFacts(mode: HostFacts["cgroupMode"], change: Partial<HostFacts> = {}): HostFacts {
  return {
    cgroupMode: mode,
    cgroupHierarchies: mode === "v2" ? [V2_HIERARCHY] : V1_HIERARCHIES,
    capLastCap: 40,
    isAppArmorEnabled: false,
    isSeLinuxEnabled: false,
    hasCgroupNamespace: true,
    ...change,
  };
}

const V2_HIERARCHY: CgroupHierarchy = {
  mountPoint: "/sys/fs/cgroup",
  controllers: [],
  path: "/default/demo",
};

const V1_HIERARCHIES: readonly CgroupHierarchy[] = [
  { mountPoint: "/sys/fs/cgroup/cpu,cpuacct", controllers: ["cpu", "cpuacct"], path: "/default/demo" },
  { mountPoint: "/sys/fs/cgroup/memory", controllers: ["memory"], path: "/default/demo" },
  { mountPoint: "/sys/fs/cgroup/systemd", controllers: ["name=systemd"], path: "/default/demo" },
];

/** A container without cgroup work. */
export const NO_CGROUP: CgroupSetup = { dirs: [], fills: [], writes: [], joins: [] };

/** A detached monitor with fifos, as below the shim. */
export function someSupervision(change: Partial<Supervision> = {}): Supervision {
  return {
    monitor: "detached",
    processDir: host("/run/gantry/demo/init"),
    stdin: { kind: "null" },
    stdout: { kind: "fifo", path: host("/run/io/stdout") },
    stderr: { kind: "fifo", path: host("/run/io/stderr") },
    keepFds: 0,
    ...change,
  };
}

/** What `create` compiles for a spec; `spec` is checked first. */
export function someCreateInput(spec: Spec, change: Partial<CreatePlanInput> = {}): CreatePlanInput {
  return {
    spec: validateSpec(spec),
    id: DEMO_ID,
    bundle: host("/bundle"),
    rootfs: host("/bundle/rootfs"),
    execFifo: host("/run/gantry/demo/exec.fifo"),
    supervision: someSupervision(),
    cgroup: NO_CGROUP,
    rootfsMounts: [],
    callerRootfs: host("/bundle/rootfs"),
    prepare: [],
    noPivot: false,
    noNewKeyring: false,
    hookEnv: ["PATH=/usr/sbin:/usr/bin"],
    ...change,
  };
}

const SOME_CRIU: CriuSettings = {
  criu: host("/usr/sbin/criu"),
  env: ["PATH=/usr/sbin:/usr/bin"],
  imagesDir: host("/images"),
  workDir: undefined,
  tcpEstablished: false,
  extUnixSk: false,
  shellJob: false,
  fileLocks: false,
  autoDedup: false,
  lazyPages: false,
  manageCgroupsMode: "default",
  networkLock: undefined,
};

/** `checkpoint` without flags. */
export function someCheckpointSettings(change: Partial<CheckpointSettings> = {}): CheckpointSettings {
  return {
    ...SOME_CRIU,
    parentImages: undefined,
    leaveRunning: false,
    tcpSkipInFlight: false,
    linkRemap: false,
    isPreDump: false,
    pageServer: undefined,
    statusFile: undefined,
    ...change,
  };
}

/** `restore` without flags. */
export function someRestoreSettings(change: Partial<RestoreSettings> = {}): RestoreSettings {
  return { ...SOME_CRIU, lsmProfile: undefined, lsmMountContext: undefined, ...change };
}
