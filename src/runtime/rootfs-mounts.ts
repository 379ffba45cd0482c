import { readFileSync } from "node:fs";

import { messageOf } from "../core/errors.ts";
import type { RootfsMount } from "../plan/input.ts";
import { parseJson } from "../spec/json.ts";
import { RuntimeError } from "./errors.ts";

/** Read the file of `create --rootfs-mounts`. @throws {RuntimeError} code "bad-mounts" */
export function readRootfsMounts(file: string): RootfsMount[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new RuntimeError("bad-mounts", `cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
  return parseRootfsMounts(parseJson(text, file), file);
}

/**
 * @param value `[{"type","source","target","options":[]}]`, as containerd's Create request has it
 * @throws {RuntimeError} code "bad-mounts", naming the field
 */
export function parseRootfsMounts(value: unknown, file: string): RootfsMount[] {
  if (!Array.isArray(value)) throw new RuntimeError("bad-mounts", `${file}: not a list of mounts`);
  return value.map((entry: unknown, index) => {
    if (typeof entry !== "object" || entry === null) {
      throw new RuntimeError("bad-mounts", `${file}: [${index}] is not an object`);
    }
    const fields = new Map(Object.entries(entry));
    const text = (name: string): string => {
      const field: unknown = fields.get(name) ?? "";
      if (typeof field === "string" && !field.includes("\0")) return field;
      throw new RuntimeError("bad-mounts", `${file}: [${index}].${name} is not a string`);
    };
    const options: unknown = fields.get("options") ?? [];
    if (!Array.isArray(options) || !options.every((option) => typeof option === "string")) {
      throw new RuntimeError("bad-mounts", `${file}: [${index}].options is not a list of strings`);
    }
    if (text("type") === "") throw new RuntimeError("bad-mounts", `${file}: [${index}].type is empty`);
    return { type: text("type"), source: text("source"), target: text("target"), options };
  });
}
