import { posix } from "node:path";
import type { Resources } from "../spec/types.ts";
import { compileDevicePolicy } from "./devices.ts";
import { CgroupError } from "./errors.ts";
import { joinCgroup } from "./join.ts";
import { CREATE, type LimitContext } from "./limit-group.ts";
import { compileLimits, listControllers } from "./limits.ts";
import { listDirs } from "./tree.ts";
import {
  type CgroupHierarchy,
  type CgroupHost,
  type CgroupMount,
  type CgroupPaths,
  type CgroupPlan,
  type CgroupRequest,
  type CgroupWrite,
  TOLERATE,
} from "./types.ts";
import { compileV1Devices } from "./v1/devices.ts";
import { describeV1Ignored } from "./v1/limits.ts";
import { compileDeviceProgram } from "./v2/device-program.ts";
import { describeV2Ignored } from "./v2/limits.ts";

/**
 * Decide where a container's cgroup is and what makes it. Pure: `readCgroupHost` has read what it needs.
 *
 * @throws {CgroupError} "bad-value", "unsupported", "missing-controller", "no-permission", naming controller and field
 */
export function planCgroup(request: CgroupRequest, host: CgroupHost): CgroupPlan {
  const resources = request.resources ?? {};
  const context: LimitContext = { ...CREATE, ioWeightFiles: host.ioWeightFiles };
  const places = host.mounts.map((mount) => locate(mount, request));
  const used = places.filter((place) => isUsable(place, request, resources, host, context));
  const cgroup: CgroupPaths = { mode: host.mode, paths: nameControllers(used) };
  const limits = compileLimits(resources, cgroup, host.unifiedControllers, context);
  const devices = compileDevices(request, resources, cgroup);
  const unified = used.find(isUnified);
  const enabled = host.mode === "v2" ? host.unifiedControllers : limits.unifiedControllers;
  const { memory } = cgroup.paths;
  const oomFile = findOomFile(memory, unified, enabled);
  const dirs = listDirs(cgroup);

  return {
    cgroup,
    setup: {
      dirs,
      fills: cgroup.paths["cpuset"] === undefined ? [] : compileFills(used),
      writes: [...(unified ? compileEnabling(unified, enabled) : []), ...devices.writes, ...limits.writes],
      ...joinCgroup(cgroup),
      ...(devices.program && { deviceProgram: devices.program }),
      ...(oomFile !== undefined && { oomFile }),
    },
    // Where it has no cgroup of its own, the container is in ours.
    hierarchies: places
      .filter((place) => isUnified(place) === (host.mode === "v2"))
      .map((place): CgroupHierarchy => {
        const { mountPoint, controllers } = place;
        return { mountPoint, controllers, path: used.includes(place) ? place.path : place.ownPath };
      }),
    warnings: host.mode === "v2" ? describeV2Ignored(resources) : describeV1Ignored(resources),
  };
}

/** A hierarchy and the container's place in it. */
interface Place {
  readonly mountPoint: string;
  readonly controllers: readonly string[];
  /** Below the mount point, starting with "/", never "/" itself. */
  readonly path: string;
  /** The runtime's own place. */
  readonly ownPath: string;
}

function isUnified({ controllers }: { readonly controllers: readonly string[] }): boolean {
  return controllers.length === 0;
}

function dirOf({ mountPoint, path }: Place): string {
  return mountPoint === "/" ? path : mountPoint + path;
}

function locate(mount: CgroupMount, { id, cgroupsPath }: CgroupRequest): Place {
  // Cleaned as an absolute path, so that ".." leads nowhere above the mount point.
  const asked = cgroupsPath || id;
  const cleaned = posix.normalize(`/${asked}`).replace(/\/$/, "");
  if (cleaned === "" || asked.includes("\0") || asked.includes("\n")) {
    throw new CgroupError(
      "bad-value",
      `linux.cgroupsPath: ${JSON.stringify(asked)} does not name a cgroup of its own`,
    );
  }
  // In v2 a cgroup with processes can have no children with controllers: be a sibling of ours instead.
  const base = isUnified(mount) ? posix.dirname(mount.ownPath) : mount.ownPath;
  const path = asked.startsWith("/") ? cleaned : posix.normalize(`/${base}/${cleaned}`);
  return { ...mount, path };
}

/** An unprivileged runtime leaves out a hierarchy in which it may not create anything, unless something was asked of it. */
function isUsable(
  place: Place,
  request: CgroupRequest,
  resources: Resources,
  host: CgroupHost,
  context: LimitContext,
): boolean {
  if (!request.isRootless || request.cgroupsPath || !host.unwritable.includes(place.mountPoint)) return true;
  const wanted = listControllers(resources, host.mode, context);
  const denied =
    isUnified(place) && host.mode === "v2"
      ? wanted
      : wanted.filter((name) => place.controllers.includes(name));
  if (denied.length === 0) return false;
  throw new CgroupError(
    "no-permission",
    `cannot set ${denied.join(", ")} limit: container could not join or create cgroup: no permission in ${place.mountPoint}`,
  );
}

function nameControllers(places: readonly Place[]): Record<string, string> {
  return Object.fromEntries(
    places.flatMap((place) =>
      isUnified(place) ? [["", dirOf(place)]] : place.controllers.map((name) => [name, dirOf(place)]),
    ),
  );
}

function compileDevices(
  request: CgroupRequest,
  resources: Resources,
  cgroup: CgroupPaths,
): { writes: CgroupWrite[]; program?: NonNullable<CgroupPlan["setup"]["deviceProgram"]> } {
  const policy = compileDevicePolicy(resources.devices ?? []);
  if (cgroup.mode === "v2") {
    const program = compileDeviceProgram(policy);
    const cgroupDir = cgroup.paths[""];
    if (program === undefined || cgroupDir === undefined) return { writes: [] };
    // In a user namespace no device can be made, and the kernel may not let us load programs.
    return {
      writes: [],
      program: { cgroupDir, program, tolerate: request.hasUserNamespace || request.isRootless },
    };
  }
  if (request.hasUserNamespace || request.isRootless) return { writes: [] };
  const dir = cgroup.paths["devices"];
  if (dir === undefined) {
    throw new CgroupError(
      "missing-controller",
      'cannot restrict devices: this host has no "devices" cgroup hierarchy (cgroup version 1)',
    );
  }
  return { writes: compileV1Devices(policy, dir) };
}

/** A new v1 cpuset is blank, and nothing can run in it: fill it from above, from the top down. */
function compileFills(places: readonly Place[]): { path: string; from: string }[] {
  const place = places.find(({ controllers }) => controllers.includes("cpuset"));
  if (place === undefined) return [];
  return listLevels(place).flatMap(({ parent, dir }) =>
    ["cpuset.cpus", "cpuset.mems"].map((file) => ({ path: `${dir}/${file}`, from: `${parent}/${file}` })),
  );
}

/**
 * Make controllers available in every directory above the container's. One write each: a list fails as a whole when one of
 * them cannot be had here, and a limit of that one says so itself when it is set.
 */
function compileEnabling(place: Place, controllers: readonly string[]): CgroupWrite[] {
  const tolerate = TOLERATE.missing | TOLERATE.denied | TOLERATE.invalid | TOLERATE.busy;
  return listLevels(place).flatMap(({ parent }) =>
    controllers.map((name) => ({ path: `${parent}/cgroup.subtree_control`, value: `+${name}`, tolerate })),
  );
}

/** Each directory from below the mount point to the container's, with the one above it. */
function listLevels(place: Place): { parent: string; dir: string }[] {
  const names = place.path.slice(1).split("/");
  return names.map((_, i) => ({
    parent:
      place.mountPoint +
      names
        .slice(0, i)
        .map((name) => `/${name}`)
        .join(""),
    dir:
      place.mountPoint +
      names
        .slice(0, i + 1)
        .map((name) => `/${name}`)
        .join(""),
  }));
}

function findOomFile(
  memory: string | undefined,
  unified: Place | undefined,
  enabled: readonly string[],
): string | undefined {
  if (memory !== undefined) return `${memory}/memory.oom_control`;
  return unified && enabled.includes("memory") ? `${dirOf(unified)}/memory.events` : undefined;
}
