import { isDeepStrictEqual } from "node:util";
import { parse } from "smol-toml";
import { messageOf } from "../core/errors.ts";
import { InstallError } from "./errors.ts";
import { type HandlerTable, isTable } from "./handlers.ts";

export type Toml = Readonly<Record<string, unknown>>;

/** @param name for the message @throws {InstallError} code "bad-config" */
export function parseToml(text: string, name: string): Toml {
  try {
    return parse(text, { integersAsBigInt: "asNeeded" });
  } catch (error) {
    throw new InstallError("bad-config", `${name} is not TOML that we understand: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The value at a path of keys, if each step is a table that has it. */
export function valueAt(toml: unknown, ...keys: readonly string[]): unknown {
  let value = toml;
  for (const key of keys) {
    if (!isTable(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** Handlers of a configuration file or dump, by the plugin's name in it. */
export function runtimesOf(toml: Toml, plugin: string): Readonly<Record<string, HandlerTable>> {
  const runtimes = valueAt(toml, "plugins", plugin, "containerd", "runtimes");
  if (!isTable(runtimes)) return {};
  return Object.fromEntries(Object.entries(runtimes).filter(([, table]) => isTable(table))) as Record<
    string,
    HandlerTable
  >;
}

/** The first place where two values differ, as a path of keys; undefined: nowhere. */
export function findDifference(before: unknown, after: unknown, path = ""): string | undefined {
  if (isDeepStrictEqual(before, after)) return undefined;
  if (!isTable(before) || !isTable(after)) {
    return `${path || "the whole"}: ${JSON.stringify(before) ?? "nothing"} becomes ${JSON.stringify(after) ?? "nothing"}`;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const found = findDifference(before[key], after[key], path === "" ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
