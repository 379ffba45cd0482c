import { MAX_I64, MAX_U32, MAX_U64, MIN_I64 } from "./int64.ts";
import type { Shape } from "./shape.ts";

/** The shape of `config.json` (types.ts as data) and the rules that concern one field alone. */

/** The kernel keeps 2^32-1 for "no id". */
const MAX_ID = MAX_U32 - 1;

const text: Shape = { type: "string" };
const filled: Shape = { type: "string", check: (value) => (value === "" ? "must not be empty" : undefined) };
/** A path that, when given, is absolute; "" counts as not given, as with Go's `omitempty`. */
const optionalPath: Shape = {
  type: "string",
  check: (value) => (value === "" || value.startsWith("/") ? undefined : mustBeAbsolute(value)),
};
const absolutePath: Shape = {
  type: "string",
  check: (value) => (value.startsWith("/") ? undefined : mustBeAbsolute(value)),
};
const flag: Shape = { type: "boolean" };
const u16 = integer(0, 0xffff);
const u32 = integer(0, MAX_U32);
const u64 = integer(0, MAX_U64);
const i64 = integer(MIN_I64, MAX_I64);
const i32 = integer(-(2 ** 31), 2 ** 31 - 1);
const id = integer(0, MAX_ID);

const texts = list(text);
const paths = list(absolutePath);

const idMappings = list(
  object({ containerID: id, hostID: id, size: integer(1, MAX_U32) }, ["containerID", "hostID", "size"]),
);

const hook = object({ path: absolutePath, args: texts, env: texts, timeout: integer(1, 2 ** 31 / 1000) }, [
  "path",
]);
const hooks = list(hook);

// No id is root's, as runc has it; `validate.ts` fills it in.
const user = object({
  uid: id,
  gid: id,
  umask: integer(0, 0o777),
  additionalGids: list(id),
  username: text,
});

/** One environment entry; runc refuses the same ones. */
const environmentEntry: Shape = {
  type: "string",
  check: (value) => (value.indexOf("=") > 0 ? undefined : `must be NAME=value, got ${JSON.stringify(value)}`),
};

export const PROCESS_SHAPE = object(
  {
    terminal: flag,
    consoleSize: object({ height: u16, width: u16 }, ["height", "width"]),
    user,
    args: texts,
    env: list(environmentEntry),
    cwd: absolutePath,
    capabilities: object({
      bounding: texts,
      effective: texts,
      inheritable: texts,
      permitted: texts,
      ambient: texts,
    }),
    rlimits: list(object({ type: text, hard: u64, soft: u64 }, ["type", "hard", "soft"])),
    noNewPrivileges: flag,
    apparmorProfile: text,
    oomScoreAdj: integer(-1000, 1000),
    scheduler: object(
      {
        policy: filled,
        nice: i32,
        priority: i32,
        flags: texts,
        runtime: u64,
        deadline: u64,
        period: u64,
      },
      ["policy"],
    ),
    selinuxLabel: text,
    ioPriority: object({ class: filled, priority: i32 }, ["class"]),
    execCPUAffinity: object({ initial: text, final: text }),
  },
  ["cwd"],
);

const mount = object(
  {
    destination: filled,
    type: text,
    source: text,
    options: texts,
    uidMappings: idMappings,
    gidMappings: idMappings,
  },
  ["destination"],
);

const device = object(
  {
    path: absolutePath,
    type: oneOf(["c", "b", "u", "p"]),
    major: u32,
    minor: u32,
    fileMode: u32,
    uid: id,
    gid: id,
  },
  ["path", "type"],
);

/** A list of numbers and ranges, as cpuset(7) reads it. */
const cpuList: Shape = {
  type: "string",
  check: (value) =>
    /^[0-9,\-\s]*$/.test(value) ? undefined : `must be a list such as "0-3,7", got ${value}`,
};

const weight = integer(0, 1000);
const throttle = list(object({ major: i64, minor: i64, rate: u64 }, ["major", "minor", "rate"]));

export const RESOURCES_SHAPE = object({
  unified: { type: "map", of: text },
  devices: list(
    object(
      {
        allow: flag,
        type: oneOf(["a", "b", "c", "u", "p", ""]),
        major: i64,
        minor: i64,
        access: {
          type: "string",
          check: (value) => (/^[rwm]*$/.test(value) ? undefined : `must be made of r, w and m, got ${value}`),
        },
      },
      ["allow"],
    ),
  ),
  memory: object({
    limit: i64,
    reservation: i64,
    swap: i64,
    kernel: i64,
    kernelTCP: i64,
    swappiness: integer(-1, 100),
    disableOOMKiller: flag,
    useHierarchy: flag,
    checkBeforeUpdate: flag,
  }),
  cpu: object({
    shares: u64,
    quota: i64,
    burst: u64,
    period: u64,
    realtimeRuntime: i64,
    realtimePeriod: u64,
    cpus: cpuList,
    mems: cpuList,
    idle: integer(0, 1),
  }),
  pids: object({ limit: i64 }),
  blockIO: object({
    weight,
    leafWeight: weight,
    weightDevice: list(object({ major: i64, minor: i64, weight, leafWeight: weight }, ["major", "minor"])),
    throttleReadBpsDevice: throttle,
    throttleWriteBpsDevice: throttle,
    throttleReadIOPSDevice: throttle,
    throttleWriteIOPSDevice: throttle,
  }),
  hugepageLimits: list(
    object(
      {
        pageSize: {
          type: "string",
          check: (value) =>
            /^[1-9][0-9]*[KMG]B$/.test(value) ? undefined : `must be a size such as 2MB, got ${value}`,
        },
        limit: u64,
      },
      ["pageSize", "limit"],
    ),
  ),
  network: object({
    classID: u32,
    priorities: list(object({ name: text, priority: u32 }, ["name", "priority"])),
  }),
  rdma: { type: "map", of: object({ hcaHandles: u32, hcaObjects: u32 }) },
});

const seccomp = object({
  defaultAction: text,
  defaultErrnoRet: u32,
  architectures: texts,
  flags: texts,
  listenerPath: optionalPath,
  listenerMetadata: text,
  syscalls: list(
    object(
      {
        names: texts,
        action: text,
        errnoRet: u32,
        args: list(
          object({ index: integer(0, 5), value: u64, valueTwo: u64, op: text }, ["index", "value", "op"]),
        ),
      },
      ["names", "action"],
    ),
  ),
});

const linux = object({
  uidMappings: idMappings,
  gidMappings: idMappings,
  sysctl: { type: "map", of: text },
  resources: RESOURCES_SHAPE,
  cgroupsPath: text,
  namespaces: list(
    object(
      {
        type: oneOf(["pid", "network", "mount", "ipc", "uts", "user", "cgroup", "time"]),
        path: optionalPath,
      },
      ["type"],
    ),
  ),
  devices: list(device),
  netDevices: { type: "map", of: object({ name: text }) },
  seccomp,
  rootfsPropagation: text,
  maskedPaths: paths,
  readonlyPaths: paths,
  mountLabel: text,
  intelRdt: object({
    closID: text,
    schemata: texts,
    l3CacheSchema: text,
    memBwSchema: text,
    enableMonitoring: flag,
    enableCMT: flag,
    enableMBM: flag,
  }),
  memoryPolicy: object({ mode: filled, nodes: text, flags: texts }),
  personality: object({ domain: text, flags: texts }, ["domain"]),
  timeOffsets: { type: "map", of: object({ secs: i64, nanosecs: integer(0, 999_999_999) }) },
});

export const SPEC_SHAPE = object(
  {
    ociVersion: text,
    process: PROCESS_SHAPE,
    root: object({ path: filled, readonly: flag }, ["path"]),
    hostname: text,
    domainname: text,
    mounts: list(mount),
    hooks: object({
      prestart: hooks,
      createRuntime: hooks,
      createContainer: hooks,
      startContainer: hooks,
      poststart: hooks,
      poststop: hooks,
    }),
    annotations: { type: "map", of: text },
    linux,
  },
  ["ociVersion", "process", "root"],
);

function integer(min: number | bigint, max: number | bigint): Shape {
  return { type: "integer", min, max };
}

function list(of: Shape): Shape {
  return { type: "list", of };
}

function object(fields: Readonly<Record<string, Shape>>, required: readonly string[] = []): Shape {
  return { type: "object", fields, required };
}

function oneOf(values: readonly string[]): Shape {
  return {
    type: "string",
    check: (value) =>
      values.includes(value)
        ? undefined
        : `must be one of ${values.filter((one) => one !== "").join(", ")}, got ${JSON.stringify(value)}`,
  };
}

function mustBeAbsolute(value: string): string {
  return `must be an absolute path, got ${JSON.stringify(value)}`;
}
