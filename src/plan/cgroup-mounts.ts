import { posix } from "node:path";
import { MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY, MS_REC } from "../spec/mount-options.ts";
import { mountDestination } from "../spec/rules-mounts.ts";
import type { Mount } from "../spec/types.ts";
import { PlanError } from "./errors.ts";
import type { CgroupHierarchy, HostFacts } from "./input.ts";
import { MOUNT_CGROUP_FALLBACK } from "./mount-bits.ts";
import { type MountOptions, parseMountOptions } from "./mount-options.ts";
import type { Op, OpOf } from "./op.ts";

const SAFE_FLAGS = MS_NOSUID | MS_NODEV | MS_NOEXEC;

/**
 * A mount of type `cgroup`: the host decides what that means.
 *
 * v2: the one hierarchy. v1 and hybrid: a tmpfs with one directory for each v1 hierarchy, which shows a fresh mount
 * (with a cgroup namespace, whose root it then is) or a bind of the container's own cgroup (without), and links from
 * the single controllers of a merged hierarchy (`cpu` → `cpu,cpuacct`).
 */
export function compileCgroupMount(mount: Mount, hasCgroupNamespace: boolean, facts: HostFacts): Op[] {
  const target = mountDestination(mount.destination);
  const options = parseMountOptions(mount.options ?? []);
  if (facts.cgroupMode === "v2") return [unifiedMount(target, options, hasCgroupNamespace, facts)];
  const isReadonly = (options.flags & MS_RDONLY) !== 0n;
  const tmpfs: OpOf<"mount"> = {
    ...mountOp(options),
    source: "tmpfs",
    target,
    fstype: "tmpfs",
    flags: SAFE_FLAGS | (isReadonly ? MS_RDONLY : 0n),
    data: "mode=755",
  };
  return [
    tmpfs,
    ...facts.cgroupHierarchies
      .filter((hierarchy) => hierarchy.controllers.length > 0)
      .flatMap((hierarchy) => hierarchyOps(target, hierarchy, options, hasCgroupNamespace)),
  ];
}

function unifiedMount(
  target: string,
  options: MountOptions,
  hasCgroupNamespace: boolean,
  facts: HostFacts,
): OpOf<"mount"> {
  const unified = facts.cgroupHierarchies.find((hierarchy) => hierarchy.controllers.length === 0);
  if (unified === undefined) {
    throw new PlanError("bad-mount", `cgroup mount on ${target}: the host shows no cgroup2 hierarchy`);
  }
  return {
    ...mountOp(options),
    // What is bound when the kernel refuses a fresh mount, as it does in some user namespaces.
    source: hasCgroupNamespace ? posix.join(unified.mountPoint, unified.path) : unified.mountPoint,
    target,
    fstype: "cgroup2",
    flags: options.flags,
    data: options.data.join(","),
    options: MOUNT_CGROUP_FALLBACK,
  };
}

function hierarchyOps(
  target: string,
  hierarchy: CgroupHierarchy,
  options: MountOptions,
  hasCgroupNamespace: boolean,
): Op[] {
  const name = posix.basename(hierarchy.mountPoint);
  const directory = posix.join(target, name);
  const isReadonly = (options.flags & MS_RDONLY) !== 0n;
  const flags = SAFE_FLAGS | (isReadonly ? MS_RDONLY : 0n);
  const own = posix.join(hierarchy.mountPoint, hierarchy.path);
  const links = hierarchy.controllers
    .filter((controller) => controller !== name && !controller.startsWith("name="))
    .map((controller): Op => {
      return { kind: "symlink", target: posix.join(target, controller), text: name, replace: false };
    });
  const shown: OpOf<"mount"> = hasCgroupNamespace
    ? {
        ...mountOp(options),
        source: own,
        target: directory,
        fstype: "cgroup",
        flags,
        data: hierarchy.controllers.join(","),
        options: MOUNT_CGROUP_FALLBACK,
      }
    : {
        ...mountOp(options),
        source: own,
        target: directory,
        fstype: "bind",
        flags: MS_BIND | MS_REC | flags,
      };
  return [{ kind: "make-dir", target: directory, mode: 0o755 }, shown, ...links];
}

function mountOp(options: MountOptions): OpOf<"mount"> {
  return {
    kind: "mount",
    source: "",
    target: "",
    fstype: "",
    flags: 0n,
    cleared: options.cleared,
    propagation: options.propagation,
    data: "",
    attrSet: options.attrSet,
    attrClear: options.attrClear,
    options: 0,
  };
}
