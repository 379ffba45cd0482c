import type { Problem } from "./errors.ts";

/** What a JSON value must look like; `checkShape` compares the two. A `check` returns what is wrong, or undefined. */
export type Shape =
  | { readonly type: "string"; readonly check?: (value: string) => string | undefined }
  | { readonly type: "boolean" }
  | { readonly type: "integer"; readonly min: number | bigint; readonly max: number | bigint }
  | { readonly type: "list"; readonly of: Shape }
  | { readonly type: "map"; readonly of: Shape }
  | {
      readonly type: "object";
      readonly fields: Readonly<Record<string, Shape>>;
      readonly required: readonly string[];
    };

/**
 * Compare a value with a shape and copy what fits. `null` counts as absent, as in Go, where the specification's
 * own types come from; unknown properties are kept as they are.
 *
 * @param path of the value, "" for the top level
 * @param problems receives one entry for each value that does not fit
 * @returns the copy; what does not fit is left out (in a list: undefined, so that indexes stay)
 */
export function checkShape(value: unknown, shape: Shape, path: string, problems: Problem[]): unknown {
  switch (shape.type) {
    case "string": {
      if (typeof value !== "string") return wrong(value, "a string", path, problems);
      const message = value.includes("\0") ? "must not contain a NUL byte" : shape.check?.(value);
      if (message === undefined) return value;
      problems.push({ path, message });
      return undefined;
    }
    case "boolean":
      return typeof value === "boolean" ? value : wrong(value, "true or false", path, problems);
    case "integer": {
      if (typeof value !== "bigint" && (typeof value !== "number" || !Number.isInteger(value))) {
        return wrong(value, "an integer", path, problems);
      }
      if (value >= shape.min && value <= shape.max) return value;
      problems.push({ path, message: `must be between ${shape.min} and ${shape.max}, got ${value}` });
      return undefined;
    }
    case "list":
      if (!Array.isArray(value)) return wrong(value, "a list", path, problems);
      return value.map((item: unknown, index) => checkShape(item, shape.of, `${path}[${index}]`, problems));
    case "map":
      return checkEntries(value, () => shape.of, path, problems);
    case "object": {
      const copy = checkEntries(value, (key) => ownValue(shape.fields, key), path, problems);
      if (copy === undefined) return undefined;
      for (const key of shape.required) {
        // A present value that does not fit has its own problem already.
        if (isAbsent(value, key)) problems.push({ path: join(path, key), message: "is required" });
      }
      return copy;
    }
  }
}

/** The path of a property: `linux.sysctl`, and with brackets where the name would be misread: `sysctl["net.x"]`. */
export function join(path: string, key: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function checkEntries(
  value: unknown,
  shapeOf: (key: string) => Shape | undefined,
  path: string,
  problems: Problem[],
): Record<string, unknown> | undefined {
  if (!isRecord(value)) {
    wrong(value, "an object", path, problems);
    return undefined;
  }
  const entries: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    const shape = shapeOf(key);
    if (shape === undefined) {
      entries.push([key, item]);
    } else if (item !== null && item !== undefined) {
      const checked = checkShape(item, shape, join(path, key), problems);
      if (checked !== undefined) entries.push([key, checked]);
    }
  }
  // fromEntries defines properties, so a key named __proto__ stays a key.
  return Object.fromEntries(entries);
}

function wrong(value: unknown, expected: string, path: string, problems: Problem[]): undefined {
  const got = value === null ? "null" : Array.isArray(value) ? "a list" : `${typeof value}`;
  problems.push({ path, message: `must be ${expected}, got ${got}` });
  return undefined;
}

function isAbsent(value: unknown, key: string): boolean {
  const item = isRecord(value) ? ownValue(value, key) : undefined;
  return item === undefined || item === null;
}

function ownValue<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
