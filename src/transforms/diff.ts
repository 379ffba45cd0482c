/** Where in a JSON value: names of properties and indexes of lists. */
export type JsonPath = readonly (string | number)[];

/** One change of a JSON value. A list of them is applied from first to last, each to what those before have left. */
export type Edit =
  | { readonly op: "add"; readonly path: JsonPath; readonly value: unknown }
  | { readonly op: "remove"; readonly path: JsonPath; readonly old: unknown }
  | { readonly op: "replace"; readonly path: JsonPath; readonly old: unknown; readonly value: unknown };

/** Lists whose differing parts are longer are replaced as a whole. */
const MAX_CELLS = 250_000;

/**
 * What to do to `before` to get `after`. The order of properties is no difference, that of lists is; `undefined` is absence.
 * Numbers are equal when their values are, `bigint` or not.
 */
export function diffJson(before: unknown, after: unknown, path: JsonPath = []): Edit[] {
  if (isEqual(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) return diffLists(before, after, path);
  if (isObject(before) && isObject(after)) return diffObjects(before, after, path);
  return [{ op: "replace", path, old: before, value: after }];
}

/**
 * Do to a JSON value what the edits say. What they do not mention is the same object as before.
 *
 * @throws {TypeError} an edit names a place that is not there
 */
export function applyEdits(value: unknown, edits: readonly Edit[]): unknown {
  return edits.reduce((current, edit) => applyAt(current, edit, 0), value);
}

function applyAt(value: unknown, edit: Edit, depth: number): unknown {
  const key = edit.path[depth];
  if (key === undefined) return edit.op === "remove" ? undefined : edit.value;
  const isLast = depth === edit.path.length - 1;
  if (Array.isArray(value) && typeof key === "number") {
    const items: readonly unknown[] = value;
    if (isLast && edit.op === "add") return items.toSpliced(key, 0, edit.value);
    if (isLast && edit.op === "remove") return items.toSpliced(key, 1);
    return items.with(key, applyAt(items[key], edit, depth + 1));
  }
  // `null` counts as absent in a spec.
  const object = value ?? {};
  if (!isObject(object) || typeof key !== "string") {
    throw new TypeError(`there is no ${describePath(edit.path.slice(0, depth + 1))}`);
  }
  if (isLast && edit.op === "remove") {
    return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
  }
  // fromEntries defines properties, so a key named __proto__ stays a key; one that is there keeps its place.
  const child = applyAt(Object.hasOwn(object, key) ? object[key] : undefined, edit, depth + 1);
  return Object.fromEntries(new Map(Object.entries(object)).set(key, child));
}

/** `linux.resources.memory`, `mounts[3].options[0]`, `annotations["a/b"]`. */
export function describePath(path: JsonPath): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

function diffObjects(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  path: JsonPath,
): Edit[] {
  const has = (object: Readonly<Record<string, unknown>>, key: string): boolean =>
    Object.hasOwn(object, key) && object[key] !== undefined;
  const removed = Object.keys(before)
    .filter((key) => has(before, key) && !has(after, key))
    .map((key): Edit => ({ op: "remove", path: [...path, key], old: before[key] }));
  const others = Object.keys(after)
    .filter((key) => has(after, key))
    .flatMap((key): Edit[] =>
      has(before, key)
        ? diffJson(before[key], after[key], [...path, key])
        : [{ op: "add", path: [...path, key], value: after[key] }],
    );
  return [...removed, ...others];
}

/** By a longest common subsequence; between two parts in common, items at the same place are compared with one another. */
function diffLists(before: readonly unknown[], after: readonly unknown[], path: JsonPath): Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && isEqual(before[start], after[start])) start += 1;
  let [beforeEnd, afterEnd] = [before.length, after.length];
  while (beforeEnd > start && afterEnd > start && isEqual(before[beforeEnd - 1], after[afterEnd - 1])) {
    beforeEnd -= 1;
    afterEnd -= 1;
  }
  const old = before.slice(start, beforeEnd);
  const now = after.slice(start, afterEnd);
  if (old.length * now.length > MAX_CELLS) return [{ op: "replace", path, old: before, value: after }];
  const edits: Edit[] = [];
  let at = start; // in the list as the edits so far have left it
  let [i, j] = [0, 0];
  for (const [nextOld, nextNow] of [...commonPairs(old, now), [old.length, now.length] as const]) {
    for (; i < nextOld && j < nextNow; i += 1, j += 1, at += 1)
      edits.push(...diffJson(old[i], now[j], [...path, at]));
    for (; i < nextOld; i += 1) edits.push({ op: "remove", path: [...path, at], old: old[i] });
    for (; j < nextNow; j += 1, at += 1) edits.push({ op: "add", path: [...path, at], value: now[j] });
    i += 1;
    j += 1;
    at += 1;
  }
  return edits;
}

/** Indexes of equal items, rising in both lists. */
function commonPairs(before: readonly unknown[], after: readonly unknown[]): (readonly [number, number])[] {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const lengthAt = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  const equal = before.map((item) => after.map((other) => isEqual(item, other)));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = equal[i]?.[j]
        ? lengthAt(i + 1, j + 1) + 1
        : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < before.length && j < after.length; ) {
    if (equal[i]?.[j]) pairs.push([i++, j++]);
    else if (lengthAt(i + 1, j) >= lengthAt(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}

function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  // biome-ignore lint/suspicious/noDoubleEquals: 1 and 1n are the same number here
  if (isNumber(a) && isNumber(b)) return a == b;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isEqual(ownValue(a, key), ownValue(b, key)));
}

function ownValue(object: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
