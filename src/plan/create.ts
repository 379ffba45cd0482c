import {
  MS_RDONLY,
  MS_REC,
  MS_SHARED,
  MS_SLAVE,
  MS_UNBINDABLE,
  PROPAGATION_OPTIONS,
} from "../spec/mount-options.ts";
import { isIdMapped } from "../spec/rules-mounts.ts";
import { hasSeccompFilter } from "../spec/rules-seccomp.ts";
import { sysctlPath } from "../spec/rules-sysctl.ts";
import { stateDocument } from "../spec/state-document.ts";
import type { Hook, IdMapping, Spec, ValidSpec } from "../spec/types.ts";
import { compileDevices } from "./devices.ts";
import { PlanError } from "./errors.ts";
import { compileHooks } from "./hooks.ts";
import { compileRootfsMounts } from "./host-mounts.ts";
import { compileIdRanges } from "./id-ranges.ts";
import type { CgroupSetup, CreatePlanInput, HostFacts } from "./input.ts";
import { compileMounts, isDevBindMounted, type MountOps } from "./mounts.ts";
import { compileNamespaces, type Namespaces } from "./namespaces.ts";
import type { Op, OpOf, Plan } from "./op.ts";
import { compilePrepare } from "./prepare.ts";
import {
  compileAffinity,
  compileAttributes,
  compileExecStage,
  compileIdentity,
  compileLabels,
  compileLimits,
  lastOfEach,
} from "./process.ts";
import { compileSeccompListener } from "./seccomp-listener.ts";
import { compileSupervision } from "./supervision.ts";

/** KEY_OTH_SEARCH and KEY_USR_SEARCH, keyctl_setperm(3): who is not the owner of the keyring's user may search it. */
const KEY_OTHER_SEARCH = 0x8;
const KEY_USER_SEARCH = 0x80000;

/**
 * Compile everything `create` does to the kernel, in the order of docs/plan-format.md, "Stages".
 *
 * @throws {PlanError} when this host cannot run the spec
 */
export function compileCreatePlan(input: CreatePlanInput, facts: HostFacts): Plan {
  const { spec } = input;
  assertPossible(input, facts);
  const namespaces = compileNamespaces(spec);
  const mounts = compileMounts(spec, input.bundle, facts);
  const identity = compileIdentity(spec.process, facts, {
    // A directory cannot be made any more where everything is read-only by then; stage `child` does it instead.
    createCwd: !isCwdReadonlyLater(spec, mounts),
    seccomp: input.seccomp,
  });
  const attributes = compileAttributes(spec.process, spec.linux);
  const startHooks = compileContainerHooks(input, "startContainer");
  return {
    ops: [
      ...compileSupervision(input.supervision, spec.process, {
        isInit: true,
        oomFile: input.cgroup.oomFile ?? "",
        execFifo: input.execFifo ?? "",
      }),
      ...compileSeccompListener(spec, input.seccomp, {
        id: input.id,
        bundle: input.bundle,
        status: "creating",
      }),
      ...hostStage(input),
      ...mounts.idMaps,
      ...cloneStage(namespaces, input.cgroup),
      ...parentStage(input, namespaces, facts),
      ...childStage(input, namespaces, mounts, facts),
      ...hooksStage(input),
      ...enterStage(input, namespaces, mounts, facts),
      ...attributes.ops,
      ...identity.ops,
      ...compileExecStage(spec.process, input.seccomp, startHooks),
    ],
    warnings: [...mounts.warnings, ...attributes.warnings, ...identity.warnings],
  };
}

function assertPossible(input: CreatePlanInput, facts: HostFacts): void {
  const { linux } = input.spec;
  const hasCgroupNamespace = linux?.namespaces?.some((namespace) => namespace.type === "cgroup") ?? false;
  if (hasCgroupNamespace && !facts.hasCgroupNamespace) {
    throw new PlanError("no-cgroup-namespace", "linux.namespaces: this kernel has no cgroup namespaces");
  }
  if (linux?.intelRdt !== undefined) {
    throw facts.hasResctrl
      ? new PlanError("unimplemented", "linux.intelRdt is not implemented")
      : new PlanError("no-intel-rdt", "intelRdt is specified in config, but Intel RDT is not enabled");
  }
  if (linux?.mountLabel && !facts.isSeLinuxEnabled) {
    throw new PlanError("no-selinux", `linux.mountLabel ${linux.mountLabel}: the host has no SELinux`);
  }
  const netSysctl = Object.keys(linux?.sysctl ?? {}).find((key) => sysctlPath(key).startsWith("net/"));
  if (netSysctl !== undefined && facts.joinsOwnNetwork) {
    const message = `linux.sysctl: ${netSysctl} would change the host, whose network the container shares`;
    throw new PlanError("host-network-sysctl", message);
  }
  if (facts.isRootless && Object.keys(linux?.netDevices ?? {}).length > 0) {
    throw new PlanError("rootless-net-devices", "linux.netDevices: only root may move network devices");
  }
  const idMapped = (input.spec.mounts ?? []).findIndex(isIdMapped);
  if (facts.isRootless && idMapped >= 0) {
    throw new PlanError("rootless-id-map", `mounts[${idMapped}]: only root may make id-mapped mounts`);
  }
  if (input.noPivot && /^r?private$/.test(linux?.rootfsPropagation ?? "")) {
    const message = "linux.rootfsPropagation: private is not possible without pivot_root";
    throw new PlanError("no-pivot-private", message);
  }
  assertSeccompCompiled(input);
}

/** A profile that gets lost on the way would leave the container unfiltered. @throws {PlanError} */
export function assertSeccompCompiled(input: { readonly spec: Spec; readonly seccomp?: unknown }): void {
  if (hasSeccompFilter(input.spec.linux?.seccomp) && input.seccomp === undefined) {
    throw new PlanError("no-seccomp-program", "linux.seccomp was not compiled");
  }
}

function hostStage(input: CreatePlanInput): Op[] {
  const { cgroup } = input;
  return [
    { kind: "stage", stage: "host" },
    ...compileRootfsMounts(input.rootfsMounts, input.callerRootfs),
    ...compilePrepare(input.prepare),
    ...cgroup.dirs.map((path): Op => ({ kind: "mkdir", path, mode: 0o755 })),
    ...cgroup.fills.map(({ path, from }): Op => ({ kind: "fill-file", path, from })),
    ...cgroup.writes.map(writeFile),
    ...deviceProgram(cgroup),
    ...cgroup.joins.map(({ path, tolerate }): Op => ({ kind: "cgroup-join", path, tolerate })),
  ];
}

function writeFile({ path, value, tolerate }: CgroupSetup["writes"][number]): Op {
  return { kind: "write-file", path, value, tolerate };
}

function deviceProgram({ deviceProgram }: CgroupSetup): Op[] {
  if (deviceProgram === undefined) return [];
  const { cgroupDir, program, tolerate = false } = deviceProgram;
  return [{ kind: "device-program", cgroupDir, program, tolerate }];
}

function cloneStage(namespaces: Namespaces, cgroup: CgroupSetup): Op[] {
  const { flags, joins, offsets } = namespaces;
  return [
    { kind: "stage", stage: "clone" },
    { kind: "clone", flags, cgroupDir: cgroup.cloneInto ?? "", joins, offsets },
  ];
}

function parentStage(input: CreatePlanInput, namespaces: Namespaces, facts: HostFacts): Op[] {
  const { linux } = input.spec;
  const maps: Op[] = namespaces.created.has("user")
    ? [
        idMap("uid", linux?.uidMappings, false),
        // Without privileges the kernel takes a group map only after setgroups was denied: user_namespaces(7).
        idMap("gid", linux?.gidMappings, facts.isRootless === true),
      ]
    : [];
  return [
    { kind: "stage", stage: "parent" },
    ...(input.cgroup.lateWrites ?? []).map(writeFile),
    ...maps,
    ...Object.entries(linux?.netDevices ?? {}).map(([name, device]): Op => {
      return { kind: "net-device", name, newName: device.name ?? "" };
    }),
    ...compileLimits(input.spec.process, facts, namespaces.own.has("user")),
  ];
}

function idMap(
  which: "uid" | "gid",
  mappings: readonly IdMapping[] | undefined,
  denySetgroups: boolean,
): OpOf<"id-map"> {
  return { kind: "id-map", which, denySetgroups, map: compileIdRanges(mappings) };
}

function childStage(
  input: CreatePlanInput,
  namespaces: Namespaces,
  mounts: MountOps,
  facts: HostFacts,
): Op[] {
  const { spec } = input;
  const hasUserNamespace = namespaces.own.has("user");
  return [
    { kind: "stage", stage: "child" },
    compileAffinity(undefined),
    ...(input.noNewKeyring
      ? []
      : [keyringOp(input.id, hasUserNamespace ? KEY_OTHER_SEARCH : KEY_USER_SEARCH)]),
    ...(namespaces.created.has("network") ? [{ kind: "loopback-up" } as const] : []),
    rootfsOp(input, namespaces),
    ...mounts.mounts,
    ...(isDevBindMounted(spec)
      ? []
      : compileDevices(spec, hasUserNamespace || facts.isInUserNamespace === true)),
    ...(isCwdReadonlyLater(spec, mounts) && spec.process.cwd !== "/"
      ? [{ kind: "make-dir", target: spec.process.cwd, mode: 0o755 } as const]
      : []),
  ];
}

/** Without a mount namespace "/" is the host's, and stays as it is. */
function rootfsOp(input: CreatePlanInput, namespaces: Namespaces): Op {
  const { spec, rootfs: path, supervision, rootIdentity } = input;
  const device = BigInt(rootIdentity?.device ?? 0);
  const inode = BigInt(rootIdentity?.inode ?? 0);
  return namespaces.own.has("mount")
    ? { kind: "rootfs", path, propagation: rootPropagation(spec) ?? MS_SLAVE | MS_REC, device, inode }
    : { kind: "host-rootfs", path, records: supervision.processDir, device, inode };
}

/** The container's session keyring; an exec joins it by the same name and changes nothing (`addPerm` 0). */
export function keyringOp(id: string, addPerm: number): OpOf<"keyring"> {
  return { kind: "keyring", name: `_ses.${id}`, addPerm };
}

function hooksStage(input: CreatePlanInput): Op[] {
  const hooks = [
    ...compileContainerHooks(input, "prestart"),
    ...compileContainerHooks(input, "createRuntime"),
  ];
  return hooks.length === 0 ? [] : [{ kind: "stage", stage: "hooks" }, ...hooks];
}

function enterStage(
  input: CreatePlanInput,
  namespaces: Namespaces,
  mounts: MountOps,
  facts: HostFacts,
): Op[] {
  const { spec } = input;
  const { linux } = spec;
  const remounts: Op[] = [...mounts.remounts];
  if (spec.root.readonly) remounts.push({ kind: "remount", target: "/", flags: MS_RDONLY });
  return [
    { kind: "stage", stage: "enter" },
    ...compileContainerHooks(input, "createContainer"),
    pivotOp(input, namespaces),
    ...(spec.process.terminal ? [{ kind: "console" } as const] : []),
    ...remounts,
    ...(spec.hostname ? [{ kind: "hostname", name: spec.hostname } as const] : []),
    ...(spec.domainname ? [{ kind: "domainname", name: spec.domainname } as const] : []),
    ...compileLabels(spec.process, facts),
    // Before the paths below: /proc/sys is usually one of them.
    ...Object.entries(linux?.sysctl ?? {}).map(([key, value]): Op => {
      return { kind: "sysctl", name: sysctlPath(key), value };
    }),
    ...(linux?.readonlyPaths?.length
      ? [{ kind: "readonly-paths", paths: linux.readonlyPaths } as const]
      : []),
    ...(linux?.maskedPaths?.length
      ? [{ kind: "mask", paths: [...new Set(linux.maskedPaths)] } as const]
      : []),
  ];
}

/** Without a mount namespace of its own a container cannot have another root, only a root directory. */
function pivotOp({ spec, noPivot }: CreatePlanInput, namespaces: Namespaces): OpOf<"pivot"> {
  if (!namespaces.own.has("mount")) return { kind: "pivot", method: "chroot", propagation: 0n };
  const method = noPivot ? "move-root" : "pivot-root";
  return { kind: "pivot", method, propagation: lastingPropagation(spec) };
}

function isCwdReadonlyLater(spec: ValidSpec, mounts: MountOps): boolean {
  const { cwd } = spec.process;
  return (
    spec.root.readonly === true ||
    mounts.remounts.some(({ target }) => cwd === target || cwd.startsWith(`${target}/`))
  );
}

function rootPropagation(spec: Spec): bigint | undefined {
  return PROPAGATION_OPTIONS[spec.linux?.rootfsPropagation ?? ""];
}

/** `shared` and `unbindable` have to be set again on the new root; the others it has by then. */
function lastingPropagation(spec: Spec): bigint {
  const propagation = rootPropagation(spec) ?? 0n;
  return (propagation & (MS_SHARED | MS_UNBINDABLE)) === 0n ? 0n : propagation;
}

type ContainerHookKind = "prestart" | "createRuntime" | "createContainer" | "startContainer";

/** Hooks with the status, directory and environment they run with: runtime-spec config.md, "POSIX-platform Hooks". */
function compileContainerHooks(input: CreatePlanInput, kind: ContainerHookKind): Op[] {
  const { spec, id, bundle } = input;
  const hooks: readonly Hook[] | undefined = spec.hooks?.[kind];
  const status = kind === "startContainer" ? "created" : "creating";
  const state = stateDocument(spec, { id, status, bundle });
  switch (kind) {
    case "prestart":
    case "createRuntime":
      return compileHooks(hooks, state, { hookKind: kind, cwd: bundle, env: input.hookEnv, tolerate: false });
    case "createContainer":
      // No environment but the hook's own: what runs here still has the host's privileges.
      return compileHooks(hooks, state, { hookKind: kind, cwd: input.rootfs, env: [], tolerate: false });
    case "startContainer":
      return compileHooks(hooks, state, {
        hookKind: kind,
        cwd: spec.process.cwd,
        env: lastOfEach(spec.process.env ?? []),
        tolerate: false,
      });
  }
}
