import { CgroupError } from "./errors.ts";
import type { CgroupPaths } from "./types.ts";
import { freezeV1, isFrozenV1, thawV1 } from "./v1/freezer.ts";
import { freezeV2, isFrozenV2, thawV2 } from "./v2/freezer.ts";

/** A container's freezer, of whichever version holds it. */
export interface Freezer {
  freeze(): Promise<void>;
  thaw(): void;
  isFrozen(): Promise<boolean>;
}

/** On a hybrid host the v1 freezer, where there is one. Without any, nothing is frozen and freezing is an error. */
export function openFreezer({ paths }: CgroupPaths): Freezer {
  const { freezer, "": unified } = paths;
  if (freezer !== undefined) {
    return {
      freeze: () => freezeV1(freezer),
      thaw: () => thawV1(freezer),
      isFrozen: () => isFrozenV1(freezer),
    };
  }
  if (unified !== undefined) {
    return {
      freeze: () => freezeV2(unified),
      thaw: () => thawV2(unified),
      isFrozen: async () => isFrozenV2(unified),
    };
  }
  return {
    async freeze() {
      throw new CgroupError("missing-controller", "cannot freeze: the container is in no freezer cgroup");
    },
    thaw() {},
    isFrozen: async () => false,
  };
}
