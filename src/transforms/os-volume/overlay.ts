import { posix } from "node:path";

import type { PrepareOperation } from "../../plan/prepare.ts";
import { TransformError } from "../errors.ts";
import type { Facts } from "../facts.ts";

/** statfs(2), f_type of overlayfs; it cannot be another overlay's upper layer. */
const OVERLAYFS_MAGIC = 0x794c7630;
/** The first kernel whose overlayfs does all that is wanted of it here; the seed's own condition. */
const LEAST_KERNEL = [5, 11] as const;

/** What an overlay has on its volume. */
export const VOLUME_DIRECTORIES = ["upper", "work", "merged"] as const;

/** An image under a volume: what the container changes is kept on the volume, what it does not is the image's. */
export interface VolumeOverlay {
  readonly lower: string;
  readonly upper: string;
  readonly work: string;
  readonly merged: string;
}

/** @param volume the volume's directory @param lower the image's rootfs, absolute */
export function overlayOn(volume: string, lower: string): VolumeOverlay {
  return {
    lower,
    upper: posix.join(volume, "upper"),
    work: posix.join(volume, "work"),
    merged: posix.join(volume, "merged"),
  };
}

/**
 * What is to be made before the container (SGS-28). The kernel empties the work directory itself. Two mounts of one upper layer are
 * undefined, hence the lease.
 */
export function prepareOverlay(volume: string, overlay: VolumeOverlay): PrepareOperation[] {
  const { lower, upper, work, merged } = overlay;
  return [
    { kind: "lease", name: volume },
    ...[upper, work, merged].map((path): PrepareOperation => ({ kind: "mkdir", path, isKept: true })),
    { kind: "unmount", target: merged },
    {
      kind: "mount",
      type: "overlay",
      source: "overlay",
      target: merged,
      options: [`lowerdir=${layer(lower)}`, `upperdir=${layer(upper)}`, `workdir=${layer(work)}`],
    },
  ];
}

/** A colon would begin another layer: Documentation/filesystems/overlayfs.rst, "Multiple lower layers". */
function layer(path: string): string {
  return path.replaceAll(/[\\:]/g, "\\$&");
}

/**
 * Refuse where it could not be mounted.
 *
 * @param source the volume, as the mount names it @param volume the same without links
 * @param facts uname, statfs of the source, realpath of its directories
 * @throws {TransformError} code "failed"
 */
export function assertCanOverlay(
  source: string,
  volume: string,
  overlay: VolumeOverlay,
  annotation: string,
  facts: Facts,
): void {
  const fail = (what: string): never => {
    throw new TransformError("failed", `annotation ${annotation}: overlay: ${what}`);
  };
  const { release } = facts.uname();
  const [major = 0, minor = 0] = release.split(".").map((part) => Number.parseInt(part, 10));
  const [leastMajor, leastMinor] = LEAST_KERNEL;
  if (major < leastMajor || (major === leastMajor && minor < leastMinor)) {
    fail(`Linux ${leastMajor}.${leastMinor} or newer is needed, this is ${release}`);
  }
  if (facts.statfs(source)?.type === OVERLAYFS_MAGIC) {
    fail(`the volume ${volume} is on an overlay itself, which cannot be the upper layer of another one`);
  }
  // Whoever wrote to the volume before may have left a link there, to a directory of the host.
  for (const name of VOLUME_DIRECTORIES) {
    const path = facts.realpath(posix.join(source, name));
    if (path !== undefined && path !== posix.join(volume, name)) {
      fail(`${posix.join(volume, name)} is a link, to ${path}: an attack, unless it is a mistake`);
    }
  }
  for (const path of [overlay.lower, volume]) {
    // The options are one string, and mount(2) knows no way to quote a comma in it.
    if (path.includes(",")) fail(`${path} has a comma in it`);
  }
}
