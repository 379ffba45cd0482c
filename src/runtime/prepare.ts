import { realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";

import { readCgroupHost } from "../cgroups/host.ts";
import { planCgroup } from "../cgroups/plan.ts";
import type { UnitRequest } from "../cgroups/systemd/driver.ts";
import type { CgroupHost, CgroupPlan } from "../cgroups/types.ts";
import type { ContainerId, HostPath } from "../core/brand.ts";
import { messageOf } from "../core/errors.ts";
import { parseHostPath } from "../core/ids.ts";
import { readNofileLimit } from "../host/rlimit.ts";
import { compileCreatePlan } from "../plan/create.ts";
import type { DirectoryIdentity, RootfsMount, Supervision } from "../plan/input.ts";
import type { Plan } from "../plan/op.ts";
import type { PrepareOperation } from "../plan/prepare.ts";
import type { ValidSpec } from "../spec/types.ts";
import { environmentList, type RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";
import { kernelFacts } from "./remembered.ts";
import { compileProfile, type SeccompPlaces } from "./seccomp.ts";
import { readSpecFacts } from "./spec-facts.ts";

/** What a plan for a new container is made from, besides the spec and the host. */
export interface PlanRequest {
  readonly id: ContainerId;
  readonly bundle: HostPath;
  readonly execFifo: HostPath;
  readonly supervision: Supervision;
  readonly rootfsMounts: readonly RootfsMount[];
  /** What transforms want made before. */
  readonly prepare: readonly PrepareOperation[];
  readonly rootIdentity?: DirectoryIdentity;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
  /** `--systemd-cgroup`: the cgroup is systemd's to make. */
  readonly isSystemdCgroup: boolean;
}

/** A plan and what the state must remember about it. */
export interface PreparedContainer {
  readonly plan: Plan;
  readonly rootfs: HostPath;
  /** Where the mounts of the caller are; the same as `rootfs` when there are none. */
  readonly callerRootfs: HostPath;
  readonly cgroup: CgroupPlan;
  /** What systemd has to start first. */
  readonly unit?: UnitRequest;
}

/**
 * From a spec to a plan. Reads the host, changes nothing but the seccomp cache in `places`.
 *
 * @throws {RuntimeError} code "bad-bundle"; {CgroupError}; {SpecError}; {ExecutorError} for a bad seccomp profile
 */
export async function prepareContainer(
  context: RuntimeContext,
  spec: ValidSpec,
  request: PlanRequest,
  places: SeccompPlaces,
): Promise<PreparedContainer> {
  const rootfs = findRootfs(request, spec.root.path);
  const callerRootfs = request.rootfsMounts.length === 0 ? rootfs : resolveRootfs(request.bundle, "rootfs");
  const kernel = kernelFacts(context);
  const cgroupHost = await readCgroupHost(spec.linux?.resources);
  const isRootless = process.geteuid?.() !== 0 || kernel.isInUserNamespace;
  const { cgroup, unit } = await placeCgroup(context, spec, request, cgroupHost, isRootless);
  for (const warning of cgroup.warnings) context.log.log("warn", warning);
  const seccomp = await compileProfile(context, spec.linux?.seccomp, places);
  const inheritedNofile = readNofileLimit(process.ppid);
  const plan = compileCreatePlan(
    {
      ...request,
      spec,
      rootfs,
      callerRootfs,
      cgroup: cgroup.setup,
      hookEnv: environmentList(context),
      ...(seccomp === undefined ? {} : { seccomp }),
    },
    {
      cgroupMode: cgroupHost.mode,
      cgroupHierarchies: cgroup.hierarchies,
      ...kernel,
      isRootless: process.geteuid?.() !== 0,
      ...readSpecFacts(spec),
      ...(inheritedNofile === undefined ? {} : { inheritedNofile }),
    },
  );
  return { plan, rootfs, callerRootfs, cgroup, ...(unit === undefined ? {} : { unit }) };
}

/**
 * `SLICE:PREFIX:NAME`, as kubelets with the systemd driver have it. containerd 1.6 cannot tell a runtime other than runc's which
 * driver that is (its options hold no more than a path), but nobody means a directory of this name.
 */
function isUnitPath(cgroupsPath: string | undefined): boolean {
  return /^[^/:]+\.slice:[^/:]+:[^/:]+$/.test(cgroupsPath ?? "");
}

/** @throws {CgroupError}; {DbusError} */
async function placeCgroup(
  context: RuntimeContext,
  spec: ValidSpec,
  request: PlanRequest,
  host: CgroupHost,
  isRootless: boolean,
): Promise<{ readonly cgroup: CgroupPlan; readonly unit?: UnitRequest }> {
  const resources = spec.linux?.resources;
  const wanted = {
    id: request.id,
    cgroupsPath: spec.linux?.cgroupsPath,
    resources,
    isRootless,
    hasUserNamespace: spec.linux?.namespaces?.some((namespace) => namespace.type === "user") ?? false,
  };
  if (!request.isSystemdCgroup && !isUnitPath(wanted.cgroupsPath))
    return { cgroup: planCgroup(wanted, host) };
  const { deferTaskLimit, locateUnit } = await import("../cgroups/systemd/driver.ts");
  const located = await locateUnit(wanted, context.env);
  const cgroup = planCgroup({ ...wanted, cgroupsPath: located.cgroupsPath }, host);
  return {
    cgroup: {
      ...cgroup,
      cgroup: { ...cgroup.cgroup, unit: located.unit },
      setup: deferTaskLimit(cgroup.setup),
    },
    unit: {
      ...located,
      id: request.id,
      mode: host.mode,
      resources: resources ?? {},
      annotations: spec.annotations ?? {},
    },
  };
}

/** What a prepare operation makes is not there yet. @throws {RuntimeError} code "bad-bundle" */
function findRootfs({ bundle, prepare }: PlanRequest, path: string): HostPath {
  const isMade = prepare.some(
    (operation) =>
      (operation.kind === "mkdir" && operation.path === path) ||
      (operation.kind === "mount" && operation.target === path) ||
      (operation.kind === "shared-overlay" && `${operation.directory}/merged` === path),
  );
  return isMade ? parseHostPath(path, "rootfs") : resolveRootfs(bundle, path);
}

/** @throws {RuntimeError} code "bad-bundle" */
function resolveRootfs(bundle: HostPath, path: string): HostPath {
  const wanted = resolve(bundle, path);
  let rootfs: string;
  try {
    rootfs = realpathSync(wanted);
  } catch (cause) {
    throw new RuntimeError("bad-bundle", `invalid rootfs ${JSON.stringify(wanted)}: ${messageOf(cause)}`, {
      cause,
    });
  }
  if (!statSync(rootfs).isDirectory()) {
    throw new RuntimeError("bad-bundle", `invalid rootfs ${JSON.stringify(wanted)}: not a directory`);
  }
  return parseHostPath(rootfs, "rootfs");
}
