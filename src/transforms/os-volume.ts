import { posix } from "node:path";

import type { FactRequest } from "../host/path-facts.ts";
import type { Mount, Spec, ValidSpec } from "../spec/types.ts";
import { ANNOTATIONS } from "./annotations.ts";
import type { Facts } from "./facts.ts";
import { type Beacon, failWithoutBeacon, findBeacon, type OsVolumeWish } from "./os-volume/beacon.ts";
import { locateVolume } from "./os-volume/containment.ts";
import {
  assertCanOverlay,
  overlayOn,
  prepareOverlay,
  VOLUME_DIRECTORIES,
  type VolumeOverlay,
} from "./os-volume/overlay.ts";
import type { Requests } from "./requests.ts";
import type { Applies, Transform, TransformResult } from "./transform.ts";

// What the seed writes into a spec that it has rewritten.
const ORIGINAL_ROOT = "sgs.snucse.org/original-root";
const IS_ACTIVE = "sgs.snucse.org/boot-volume-active";
const OVERLAY = {
  lower: "sgs.snucse.org/overlay-lower",
  upper: "sgs.snucse.org/overlay-upper",
  merged: "sgs.snucse.org/overlay-merged",
} as const;

/**
 * The root from a volume (docs/os-volume.md): an annotation names a claim, a mount of the container is the beacon that tells where the
 * claim's volume is, and the volume takes the place of the image.
 */
export const osVolume: Transform = {
  name: "os-volume",
  stage: "rootfs-replacement",
  ownsRootfs: true,
  applies: whetherItApplies,
  facts: namedFacts,
  apply: swapRoot,
};

function whetherItApplies(spec: ValidSpec, requests: Requests): Applies {
  const wish = wishOf(requests);
  if (wish === undefined) return { applies: false, reason: "no annotation asks for it" };
  const { osVolumeContainer: only } = requests.wanted;
  const { container } = requests.kubernetes;
  if (only !== undefined && container === undefined) {
    throw new Error(`annotation ${wish.annotation}-container is ${only}, but the container has no name`);
  }
  if (only !== undefined && only !== container) {
    return { applies: false, reason: `it is wanted for container ${only}, this is ${container}` };
  }
  const before = earlierResult(spec);
  if (before === "swap") return { applies: false, reason: "the volume is the root already" };
  if (before !== undefined) return { applies: true, reason: "its overlay has to be mounted again" };
  return { applies: true, reason: `annotation ${wish.annotation} asks for claim ${wish.claim}` };
}

/**
 * What this transform has made of the spec before. Annotations alone would not do: a pod may bring them along. But its root is never
 * one that it has chosen.
 */
function earlierResult({ root: { path }, annotations = {} }: ValidSpec): "swap" | VolumeOverlay | undefined {
  if (annotations[IS_ACTIVE] !== "true" || !posix.isAbsolute(path) || path === annotations[ORIGINAL_ROOT]) {
    return undefined;
  }
  const lower = annotations[OVERLAY.lower];
  if (lower === undefined || annotations[OVERLAY.merged] !== path) return "swap";
  return overlayOn(posix.dirname(path), lower);
}

function wishOf({ wanted, annotations }: Requests): OsVolumeWish | undefined {
  if (wanted.osVolume === undefined) return undefined;
  const annotation = ANNOTATIONS.osVolume.keys.find((key) => Object.hasOwn(annotations, key));
  return {
    annotation: annotation ?? ANNOTATIONS.osVolume.keys[0],
    claim: wanted.osVolume,
    destination: wanted.osVolumeDestination,
  };
}

function namedFacts(spec: ValidSpec, requests: Requests): FactRequest[] {
  const { mounts = [] } = spec;
  const before = earlierResult(spec);
  const source = typeof before === "object" ? posix.dirname(before.merged) : beaconOf(spec, requests).source;
  const paths = new Set([...mounts.flatMap(hostSource), source, ...requests.config.osVolume.roots]);
  const isOverlay = requests.wanted.osVolumeMode === "overlay";
  if (isOverlay) for (const name of VOLUME_DIRECTORIES) paths.add(posix.join(source, name));
  return [
    ...[...paths].map((path): FactRequest => ({ kind: "realpath", path })),
    { kind: "stat", path: source },
    ...(isOverlay ? [{ kind: "statfs", path: source } as const, { kind: "uname" } as const] : []),
  ];
}

/** @throws {TransformError} code "failed" when there is none, or none that is certain */
function beaconOf(spec: ValidSpec, requests: Requests): Beacon & { readonly wish: OsVolumeWish } {
  const { mounts = [] } = spec;
  const wish = wishOf(requests);
  if (wish === undefined) throw new Error("applied without having been asked for");
  const beacon = findBeacon(mounts, wish, requests.config.osVolume.destination);
  return { ...(beacon ?? failWithoutBeacon(mounts, wish)), wish };
}

function swapRoot(spec: ValidSpec, facts: Facts, requests: Requests): TransformResult {
  const before = earlierResult(spec);
  if (typeof before === "object") return mountAgain(spec, before, requests, facts);
  const beacon = beaconOf(spec, requests);
  const { wish } = beacon;
  const { path: volume, identity } = locateVolume(beacon, wish, requests.config.osVolume.roots, facts);
  const { mounts = [] } = spec;
  const isVolume = (mount: Mount): boolean =>
    hostSource(mount).some((source) => facts.realpath(source) === volume);
  const notes = [
    `the volume of ${wish.claim} is ${volume}: ${beacon.reason}`,
    ...mounts.filter(isVolume).map((mount) => `mount on ${mount.destination} removed`),
  ];
  const image = posix.resolve(requests.bundle, spec.root.path);
  const rewritten = {
    ...spec,
    root: { ...spec.root, path: volume, readonly: false },
    mounts: mounts.filter((mount) => !isVolume(mount)),
    annotations: { ...spec.annotations, [ORIGINAL_ROOT]: spec.root.path, [IS_ACTIVE]: "true" },
  };
  if (requests.wanted.osVolumeMode !== "overlay") return { spec: rewritten, rootIdentity: identity, notes };
  return {
    ...overlaid(rewritten, volume, image, beacon, facts),
    notes: [...notes, `over the image ${image}`],
  };
}

function overlaid(
  spec: Spec & { readonly root: NonNullable<Spec["root"]> },
  volume: string,
  image: string,
  beacon: Beacon & { readonly wish: OsVolumeWish },
  facts: Facts,
): TransformResult {
  const overlay = overlayOn(volume, image);
  assertCanOverlay(beacon.source, volume, overlay, beacon.wish.annotation, facts);
  return {
    spec: {
      ...spec,
      root: { ...spec.root, path: overlay.merged },
      annotations: {
        ...spec.annotations,
        [OVERLAY.lower]: overlay.lower,
        [OVERLAY.upper]: overlay.upper,
        [OVERLAY.merged]: overlay.merged,
      },
    },
    prepare: prepareOverlay(volume, overlay),
  };
}

/** A retried create, of a bundle that was rewritten. */
function mountAgain(
  spec: ValidSpec,
  overlay: VolumeOverlay,
  requests: Requests,
  facts: Facts,
): TransformResult {
  const source = posix.dirname(overlay.merged);
  const wish = wishOf(requests);
  if (wish === undefined) throw new Error("applied without having been asked for");
  const beacon = { index: -1, source, reason: "" };
  const { path: volume } = locateVolume(beacon, wish, requests.config.osVolume.roots, facts);
  assertCanOverlay(source, volume, overlay, wish.annotation, facts);
  return { spec, prepare: prepareOverlay(volume, overlay) };
}

/** The source of a mount that is a path on the host. */
function hostSource({ source = "" }: Mount): string[] {
  return source.startsWith("/") ? [source] : [];
}
