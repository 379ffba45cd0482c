import { posix } from "node:path";

import type { Mount } from "../../spec/types.ts";
import { TransformError } from "../errors.ts";
import { isEphemeral, isPersistent, parseVolumePath } from "./volume-path.ts";

/** What a pod asks for. */
export interface OsVolumeWish {
  /** The annotation that asks, for messages. */
  readonly annotation: string;
  /** The name of the claim, or of its PersistentVolume. */
  readonly claim: string;
  /** Where the beacon is mounted, if the pod says so. */
  readonly destination: string | undefined;
}

/** A mount by its place in the list. */
export interface Beacon {
  readonly index: number;
  /** Its source, on the host. */
  readonly source: string;
  /** Why it is the beacon: one clause. */
  readonly reason: string;
}

interface Candidate extends Beacon {
  readonly destination: string;
}

/**
 * The mount that stands for the volume (SGS-6 to SGS-9). Tried in this order: the destination that the pod names, or else the one that
 * the node's owner does; the volume of that name; the only volume that outlives the pod (a provisioned claim's volume does not
 * bear the claim's name).
 *
 * @returns undefined when no mount is meant by any of these
 * @throws {TransformError} code "failed" when the destination holds no volume of its own, or several volumes could be meant
 */
export function findBeacon(
  mounts: readonly Mount[],
  wish: OsVolumeWish,
  defaultDestination: string,
): Beacon | undefined {
  const candidates = mounts.flatMap((mount, index): Candidate[] => {
    const { source = "", destination } = mount;
    return source.startsWith("/") ? [{ index, source, destination, reason: "" }] : [];
  });
  const byDestination = atDestination(candidates, wish, defaultDestination);
  if (byDestination !== undefined) return byDestination;
  if (wish.destination !== undefined) return undefined;
  const volumes = candidates.flatMap((candidate) => {
    const volume = parseVolumePath(candidate.source);
    return volume === undefined || isEphemeral(volume) ? [] : [{ ...candidate, volume }];
  });
  const named = volumes.find(({ volume }) => volume.name === wish.claim);
  if (named !== undefined) return { ...named, reason: `its volume is called ${wish.claim}` };
  const persistent = volumes.filter(({ volume }) => isPersistent(volume));
  const sources = new Set(persistent.map(({ source }) => posix.normalize(source)));
  if (sources.size > 1) {
    throw new TransformError(
      "failed",
      `annotation ${wish.annotation}: several volumes could be ${JSON.stringify(wish.claim)}: ` +
        `${describeMounts(persistent)}; say which by mounting it on ${defaultDestination}`,
    );
  }
  const [only] = persistent;
  return only === undefined ? undefined : { ...only, reason: "it is the only volume that outlives the pod" };
}

function atDestination(
  candidates: readonly Candidate[],
  wish: OsVolumeWish,
  defaultDestination: string,
): Beacon | undefined {
  const wanted = posix.resolve("/", wish.destination ?? defaultDestination);
  const found = candidates.find(({ destination }) => posix.resolve("/", destination) === wanted);
  if (found === undefined) return undefined;
  const volume = parseVolumePath(found.source);
  if (volume !== undefined && isEphemeral(volume)) {
    throw new TransformError(
      "failed",
      `annotation ${wish.annotation}: the volume on ${wanted} ends with the pod (${volume.plugin}): ${found.source}`,
    );
  }
  return { ...found, reason: `it is mounted on ${wanted}` };
}

/** @throws {TransformError} code "failed", always: what was looked for and what there is (SGS-10) */
export function failWithoutBeacon(mounts: readonly Mount[], wish: OsVolumeWish): never {
  const where = wish.destination === undefined ? "" : ` on ${wish.destination}`;
  const all = mounts.map(({ source = "", destination }) => ({ source, destination }));
  throw new TransformError(
    "failed",
    `annotation ${wish.annotation}: no volume ${JSON.stringify(wish.claim)} among the mounts: ` +
      `mount the claim into the container${where}; there are ${describeMounts(all)}`,
  );
}

function describeMounts(
  mounts: readonly { readonly source: string; readonly destination: string }[],
): string {
  if (mounts.length === 0) return "none";
  return mounts.map(({ source, destination }) => `${source} -> ${destination}`).join(", ");
}
