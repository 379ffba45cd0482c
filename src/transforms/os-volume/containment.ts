import { posix } from "node:path";

import type { DirectoryIdentity } from "../../plan/input.ts";
import { TransformError } from "../errors.ts";
import type { Facts } from "../facts.ts";
import type { Beacon, OsVolumeWish } from "./beacon.ts";

export interface Volume {
  /** Without links. */
  readonly path: string;
  readonly identity: DirectoryIdentity;
}

/**
 * Where the beacon's volume really is: a directory below one of the roots that the node's owner allows, wherever links and `..`
 * lead (SGS-12 to SGS-14).
 *
 * @param facts realpath of source and roots, stat of the source
 * @throws {TransformError} code "failed"
 */
export function locateVolume(
  beacon: Beacon,
  wish: OsVolumeWish,
  roots: readonly string[],
  facts: Facts,
): Volume {
  const fail = (what: string): never => {
    throw new TransformError("failed", `annotation ${wish.annotation}: ${what}`);
  };
  const path = facts.realpath(beacon.source) ?? fail(`the volume ${beacon.source} does not exist`);
  if (!roots.some((root) => isBelow(path, facts.realpath(root) ?? root))) {
    const leads = path === beacon.source ? "" : ` (which is ${path})`;
    fail(
      `${beacon.source}${leads} is not below ${roots.join(" or ")}: a misconfigured kubelet directory or an attack; ` +
        "os-volume.roots in the node's configuration says where volumes may be",
    );
  }
  const found = facts.stat(beacon.source);
  if (found?.type !== "directory")
    return fail(`the volume ${beacon.source} is not a directory but a ${found?.type ?? "dead link"}`);
  return { path, identity: { device: found.device, inode: found.inode } };
}

/** On path boundaries, and not the root itself. */
export function isBelow(path: string, root: string): boolean {
  const from = posix.resolve("/", root);
  return path.startsWith(from === "/" ? from : `${from}/`) && path !== from;
}
