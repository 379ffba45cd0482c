/** Numbers from `first` to `last`, both included. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Parse a list of CPUs or memory nodes such as `0-3, 7`: cpuset(7), "List format". As in runc, blanks around the
 * entries and empty entries are fine.
 *
 * @returns the ranges as they stand there, none for a blank text; undefined for what is no list, or beyond `max`
 */
export function parseRanges(text: string, max: number): readonly NumberRange[] | undefined {
  const ranges: NumberRange[] = [];
  for (const entry of text.split(",").map((part) => part.trim())) {
    if (entry === "") continue;
    const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(entry);
    if (match === null) return undefined;
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (first > last || last > max) return undefined;
    ranges.push({ first, last });
  }
  return ranges;
}
