import { readMountinfo } from "../host/mountinfo.ts";
import type { ValidSpec } from "../spec/types.ts";
import type { UndoMount } from "../state/record.ts";

/**
 * The mounts that `create` will make in the runtime's own mount namespace, where they outlive the container: the rootfs
 * mounts of the caller, and, without a mount namespace, all of the container's own on a bind of its rootfs.
 */
export function undoMountsOf(
  spec: ValidSpec,
  rootfs: string,
  hasRootfsMounts: boolean,
): readonly UndoMount[] {
  if (hasRootfsMounts) return [{ target: rootfs }];
  if (spec.linux?.namespaces?.some((namespace) => namespace.type === "mount")) return [];
  return [{ target: rootfs, keep: countMountsAt(rootfs) }];
}

function countMountsAt(path: string): number {
  return readMountinfo().filter(({ mountPoint }) => mountPoint === path).length;
}
