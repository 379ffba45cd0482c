import type { Problem } from "./errors.ts";
import type { Draft } from "./rules-spec.ts";
import type { IdMapping } from "./types.ts";

/** The kernel takes 340 lines: user_namespaces(7). */
const MAX_MAPPINGS = 340;

/** Rules about one list of id mappings: how many, and that neither side holds an id twice. */
export function checkMappingList(
  mappings: readonly (Draft<IdMapping> | undefined)[],
  path: string,
  problems: Problem[],
): void {
  if (mappings.length > MAX_MAPPINGS) {
    problems.push({ path, message: `at most ${MAX_MAPPINGS} entries, got ${mappings.length}` });
  }
  for (const field of ["containerID", "hostID"] as const) {
    const ranges = mappings
      .map((mapping, index) => ({ index, start: mapping?.[field], size: mapping?.size }))
      .filter((range): range is { index: number; start: number; size: number } => {
        return range.start !== undefined && range.size !== undefined;
      })
      .sort((one, other) => one.start - other.start);
    for (const [position, range] of ranges.entries()) {
      const at = `${path}[${range.index}].${field}`;
      if (range.start + range.size > 2 ** 32)
        problems.push({ path: at, message: "the range ends above 2^32" });
      const next = ranges[position + 1];
      if (next !== undefined && range.start + range.size > next.start) {
        problems.push({ path: at, message: `the range overlaps with that of entry ${next.index}` });
      }
    }
  }
}
