import { posix } from "node:path";

import { TransformError } from "../errors.ts";
import type { Facts } from "../facts.ts";
import type { Beacon, OsVolumeWish } from "./beacon.ts";

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
): string {
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
  const type = facts.stat(beacon.source)?.type;
  if (type !== "directory")
    fail(`the volume ${beacon.source} is not a directory but a ${type ?? "dead link"}`);
  return path;
}

/** On path boundaries, and not the root itself. */
export function isBelow(path: string, root: string): boolean {
  const from = posix.resolve("/", root);
  return path.startsWith(from === "/" ? from : `${from}/`) && path !== from;
}
