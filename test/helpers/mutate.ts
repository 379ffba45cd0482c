/** Mutations of a JSON document by path, for fuzzing: the same seed gives the same documents. */

export type Json =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** mulberry32: small, seeded, good enough to choose with. @returns numbers from 0 to below `below` */
export function randomOf(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Where a value stands: keys and indexes from the top. */
type Path = readonly (string | number)[];

/** Deeper than any field of a configuration. */
const MAX_DEPTH = 8;

/** Every path of a document but the top itself. */
function pathsOf(value: Json, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null || at.length > MAX_DEPTH) return [];
  const entries: [string | number, Json][] = Array.isArray(value)
    ? value.map((item: Json, index): [number, Json] => [index, item])
    : Object.entries(value);
  return entries.flatMap(([key, item]) => [[...at, key], ...pathsOf(item, [...at, key])]);
}

const DEEP: Json = Array.from({ length: 500 }).reduce<Json>((inner) => ({ a: [inner] }), 0);

/** Values of every kind that a field may not expect. */
const STRANGE: readonly Json[] = [
  null,
  true,
  [],
  {},
  "",
  "\0",
  "a\0b",
  "/",
  "..",
  "../../../etc",
  "\uFFFD\u202E\uD800",
  "x".repeat(70_000),
  "%s%n",
  "__proto__",
  "rbind",
  -1,
  0,
  0.5,
  1e308,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 63,
  2 ** 64,
  [null],
  [[], {}],
  ["x", 1, null],
  { __proto__x: 1, constructor: "x", toString: null },
  DEEP,
];

/** A document with one to four places of `document` changed. */
export function mutate(document: Json, random: (below: number) => number): Json {
  let mutated = document;
  for (let count = 1 + random(4); count > 0; count--) {
    const paths = pathsOf(mutated);
    const path = paths[random(paths.length)];
    if (path !== undefined) mutated = change(mutated, path, random);
  }
  return mutated;
}

function change(value: Json, path: Path, random: (below: number) => number): Json {
  const [key, ...rest] = path;
  if (key === undefined) return STRANGE[random(STRANGE.length)] ?? null;
  if (Array.isArray(value)) {
    const list: Json[] = [...value];
    const index = Number(key);
    if (rest.length > 0) list[index] = change(list[index] ?? null, rest, random);
    else list.splice(index, 1, ...replacements(list[index] ?? null, random));
    return list;
  }
  const entries = Object.entries(value as { readonly [key: string]: Json });
  return Object.fromEntries(
    entries.flatMap(([name, item]): [string, Json][] => {
      if (name !== key) return [[name, item]];
      if (rest.length > 0) return [[name, change(item, rest, random)]];
      if (random(4) === 0) return []; // left out
      if (random(8) === 0) return [[`${name}x`, item]]; // another name
      if (random(8) === 0) return [[name, [item]]];
      return [[name, change(item, [], random)]];
    }),
  );
}

/** What stands in a list instead of an item: something else, nothing, the item twice. */
function replacements(item: Json, random: (below: number) => number): Json[] {
  switch (random(4)) {
    case 0:
      return [];
    case 1:
      return [item, item];
    default:
      return [change(item, [], random)];
  }
}

/** Bytes of a JSON text, damaged: cut off, with bytes that are no UTF-8, a key twice, a number of hundreds of digits. */
export function damage(text: string, random: (below: number) => number): Buffer {
  const bytes = Buffer.from(text);
  const at = random(bytes.length);
  const insert = (piece: string) =>
    Buffer.concat([bytes.subarray(0, at), Buffer.from(piece, "latin1"), bytes.subarray(at)]);
  switch (random(7)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return insert("\xff\xfe");
    case 2:
      return insert("\0");
    case 3:
      return insert("9".repeat(400));
    case 4:
      return Buffer.from(
        text.replaceAll(/"(\w+)":/g, (key) => (random(9) === 0 ? `${key}null,${key}` : key)),
      );
    case 5:
      return Buffer.from(
        text.replaceAll(/:(\d+)/g, (number) => (random(3) === 0 ? `${number}e400` : number)),
      );
    default:
      return Buffer.from(
        text.replaceAll(/:(\d+)/g, () => `:${"18446744073709551616".slice(0, 1 + random(20))}`),
      );
  }
}
