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
 * What the mounts of the spec are made on, as `create` would make it. What lies below another mount is in that one's source, or in
 * the images.
 *
 * @param fileSources sources of bind mounts that are no directories
 */
export function mountPoints(
  create: Plan,
  rootfs: string,
  fileSources: ReadonlySet<string>,
): OpOf<"mount-points"> {
  const mounts = create.ops.filter((op): op is OpOf<"mount"> => op.kind === "mount");
  const outer = mounts.filter(({ target }) => !mounts.some((other) => target.startsWith(`${other.target}/`)));
  const isFile = ({ flags, source }: OpOf<"mount">): boolean =>
    (flags & MS_BIND) !== 0n && fileSources.has(source);
  return {
    kind: "mount-points",
    root: rootfs,
    dirs: outer.filter((op) => !isFile(op)).map(({ target }) => target),
    files: outer.filter(isFile).map(({ target }) => target),
  };
}
