import type { IdMapping } from "../spec/types.ts";
import type { IdRange } from "./op.ts";

/** Mappings of a spec as the kernel has them. */
export function compileIdRanges(mappings: readonly IdMapping[] | undefined): readonly IdRange[] {
  return (mappings ?? []).map(({ containerID, hostID, size }) => {
    return { inside: containerID, outside: hostID, count: size };
  });
}
