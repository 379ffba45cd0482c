import { existsSync } from "node:fs";
import { join } from "node:path";
import type { HostPath } from "../core/brand.ts";
import { loadSpec } from "../spec/load.ts";

// The first that is there decides, as in runc's shim.
const GROUP_ANNOTATIONS = ["io.containerd.runc.v2.group", "io.kubernetes.cri.sandbox-id"];

/**
 * Which containers share one server: the group annotation, the pod's sandbox, or the container alone. A bundle without
 * config.json (a sandbox of its own) is its own group.
 *
 * A spec that Create would refuse is refused here, before there is a server: containerd 2.1 decodes the spec once more
 * between `start` and Create, and when that fails it forgets the server without a word to it.
 *
 * @throws {SpecError} as `loadSpec`
 */
export function readGroup(bundle: HostPath, id: string): string {
  if (!existsSync(join(bundle, "config.json"))) return id;
  return groupOf(loadSpec(bundle).annotations ?? {}) ?? id;
}

/** The group that a spec's annotations name. */
export function groupOf(annotations: Readonly<Record<string, string>>): string | undefined {
  return GROUP_ANNOTATIONS.map((key) => annotations[key]).find((value) => value);
}
