import { join } from "node:path";
import { readTextIfExists } from "../host/files.ts";

// The first that is there decides, as in runc's shim.
const GROUP_ANNOTATIONS = ["io.containerd.runc.v2.group", "io.kubernetes.cri.sandbox-id"];

/**
 * Which containers share one server: the group annotation, the pod's sandbox, or the container alone. Only reads the
 * annotations of config.json; a bundle without one (a sandbox of its own) or with a broken one is its own group, and
 * Create will say what is wrong with it.
 */
export function readGroup(bundle: string, id: string): string {
  return groupOf(readTextIfExists(join(bundle, "config.json")) ?? "{}") ?? id;
}

/** The group that a config.json's annotations name. */
export function groupOf(configText: string): string | undefined {
  let config: unknown;
  try {
    config = JSON.parse(configText); // 64-bit numbers may change, strings do not
  } catch {
    return undefined;
  }
  const annotations = property(config, "annotations");
  for (const key of GROUP_ANNOTATIONS) {
    const value = property(annotations, key);
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}

function property(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}
