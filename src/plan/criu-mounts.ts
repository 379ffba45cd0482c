import type { MountEntry } from "../host/mountinfo.ts";
import { MS_BIND } from "../spec/mount-options.ts";
import { isBindMount, mountDestination } from "../spec/rules-mounts.ts";
import type { ValidSpec } from "../spec/types.ts";
import type { CriuMountMap } from "./criu-request.ts";
import type { OpOf, Plan } from "./op.ts";

const NULL_DEVICE = "/dev/null";

/**
 * The mounts of a running container whose source is outside of it, and what the images are to call them: their mount point in the
 * spec, or the null device for a masked file.
 *
 * @param mounts of the container's init
 * @param resolve a path of the container without its symlinks
 */
export function dumpedMounts(
  spec: ValidSpec,
  mounts: readonly MountEntry[],
  resolve: (path: string) => string,
): CriuMountMap[] {
  const masked = new Set(spec.linux?.maskedPaths ?? []);
  const hasCgroupNamespace = spec.linux?.namespaces?.some(({ type }) => type === "cgroup") ?? false;
  const found = new Map<string, string>();
  for (const { destination } of (spec.mounts ?? []).filter(isBindMount)) {
    found.set(resolve(mountDestination(destination)), mountDestination(destination));
  }
  for (const { mountPoint, fstype, root } of mounts) {
    // The cgroups of a version 1 host, bound one by one; and host devices, where none could be made.
    if (fstype === "cgroup" && !hasCgroupNamespace) found.set(mountPoint, mountPoint);
    if (fstype === "devtmpfs") {
      const isMask = masked.has(mountPoint) && root === "/null";
      found.set(mountPoint, isMask ? NULL_DEVICE : mountPoint);
    }
  }
  return [...found].map(([key, val]) => ({ key, val }));
}

/** The same mounts by what the images call them, and where they come from now. */
export function restoredMounts(create: Plan): CriuMountMap[] {
  const found = new Map([[NULL_DEVICE, NULL_DEVICE]]);
  for (const op of create.ops) {
    if (op.kind === "mount" && (op.flags & MS_BIND) !== 0n) found.set(op.target, op.source);
    if (op.kind === "device" && op.bind) found.set(op.target, op.target);
  }
  return [...found].map(([key, val]) => ({ key, val }));
}

/**
 * What the mounts of the spec are made on, as `create` would make it: in the rootfs, or in the source of the bind mount that
 * covers the place. What lies below any other mount is in the images.
 *
 * @param fileSources sources of bind mounts that are no directories
 */
export function mountPoints(
  create: Plan,
  rootfs: string,
  fileSources: ReadonlySet<string>,
): OpOf<"mount-points">[] {
  const mounts = create.ops.filter((op): op is OpOf<"mount"> => op.kind === "mount");
  const isBind = ({ flags }: OpOf<"mount">): boolean => (flags & MS_BIND) !== 0n;
  const isFile = (op: OpOf<"mount">): boolean => isBind(op) && fileSources.has(op.source);
  const byRoot = new Map<string, { dirs: string[]; files: string[] }>([[rootfs, { dirs: [], files: [] }]]);
  mounts.forEach((op, index) => {
    const cover = mounts.slice(0, index).findLast(({ target }) => op.target.startsWith(`${target}/`));
    if (cover !== undefined && (!isBind(cover) || isFile(cover))) return;
    const root = cover?.source ?? rootfs;
    const points = byRoot.get(root) ?? { dirs: [], files: [] };
    byRoot.set(root, points);
    (isFile(op) ? points.files : points.dirs).push(op.target.slice(cover?.target.length ?? 0));
  });
  return [...byRoot].map(([root, points]) => ({ kind: "mount-points", root, ...points }));
}
