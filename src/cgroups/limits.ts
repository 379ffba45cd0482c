import type { Resources } from "../spec/types.ts";
import { CgroupError } from "./errors.ts";
import type { FileWrite, LimitContext } from "./limit-group.ts";
import type { CgroupPaths, CgroupWrite } from "./types.ts";
import { V1_LIMITS } from "./v1/limits.ts";
import { compileUnified, V2_LIMITS } from "./v2/limits.ts";

/** Limits as writes, and the controllers of the unified hierarchy they need. */
export interface CompiledLimits {
  readonly writes: readonly CgroupWrite[];
  readonly unifiedControllers: readonly string[];
}

/**
 * Resources (without devices) as an ordered list of writes: on v2 into the unified hierarchy, on v1 and hybrid hosts into
 * each controller's own, or into the unified one for a controller that is only there.
 *
 * @param offered the controllers of the unified hierarchy
 * @throws {CgroupError} "missing-controller", "unsupported", "bad-value", naming controller and field
 */
export function compileLimits(
  resources: Resources,
  cgroup: CgroupPaths,
  offered: readonly string[],
  context: LimitContext,
): CompiledLimits {
  const unified = cgroup.paths[""];
  const isV1 = cgroup.mode !== "v2";
  const used = new Set<string>();
  const writes: CgroupWrite[] = [];

  if (isV1) {
    for (const { controller, compile } of V1_LIMITS) {
      const wanted = compile(resources, context);
      const dir = cgroup.paths[controller];
      if (dir !== undefined) put(dir, wanted);
      else if (wanted.length > 0) putUnified(nameInUnified(controller), `${controller} limit`);
    }
  } else {
    for (const { controller, compile } of V2_LIMITS) {
      if (compile(resources, context).length > 0) putUnified(controller, `${controller} limit`);
    }
  }
  for (const [controller, write] of compileUnified(resources)) {
    if (unified === undefined) {
      throw new CgroupError(
        "unsupported",
        `invalid configuration: cannot set unified["${write.file}"]: this host has cgroup version 1 only`,
      );
    }
    if (controller !== "cgroup") use(controller, `unified["${write.file}"]`);
    put(unified, [write]);
  }
  return { writes, unifiedControllers: [...used] };

  function put(dir: string, list: readonly FileWrite[]): void {
    for (const { file, value, tolerate } of list) writes.push({ path: `${dir}/${file}`, value, tolerate });
  }

  function putUnified(controller: string, what: string): void {
    const group = V2_LIMITS.find((candidate) => candidate.controller === controller);
    if (unified === undefined || group === undefined) missing(controller, what);
    use(controller, what);
    put(unified, group.compile(resources, context));
  }

  function use(controller: string, what: string): void {
    if (!offered.includes(controller)) missing(controller, what);
    used.add(controller);
  }
}

/** The controllers whose limits these resources need, by v1's names on v1 and hybrid hosts, by v2's on v2. */
export function listControllers(
  resources: Resources,
  mode: CgroupPaths["mode"],
  context: LimitContext,
): string[] {
  return (mode === "v2" ? V2_LIMITS : V1_LIMITS)
    .filter(({ compile }) => compile(resources, context).length > 0)
    .map(({ controller }) => controller);
}

function nameInUnified(controller: string): string {
  return controller === "blkio" ? "io" : controller;
}

function missing(controller: string, what: string): never {
  throw new CgroupError(
    "missing-controller",
    `${what.startsWith("unified") ? "invalid configuration: " : ""}cannot set ${what}: container could not join or create cgroup: this host has no controller "${controller}" for it`,
  );
}
