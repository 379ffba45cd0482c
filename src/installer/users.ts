import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { readTextIfExists } from "../host/files.ts";
import type { NodeRoot } from "./node-root.ts";
import { SHIM } from "./programs.ts";

const NODE_DIR = "/run/gantry/.node";

/**
 * Containers that run with gantry, as `namespace/id`, and pods that only our server knows.
 *
 * @param state containerd's state directory
 */
export function findUsers(root: NodeRoot, state: string): string[] {
  const tasks = ["io.containerd.runtime.v2.task", "io.containerd.sandbox.controller.v1.shim"].flatMap(
    (plugin) => {
      const dir = join(state, plugin);
      return list(root, dir).flatMap((namespace) =>
        list(root, join(dir, namespace))
          .filter((id) => isOurs(root, join(dir, namespace, id)))
          .map((id) => `${namespace}/${id}`),
      );
    },
  );
  const pods = list(root, NODE_DIR)
    .filter((name) => /^[\da-f]{16}$/.test(name))
    .flatMap((name) => list(root, join(NODE_DIR, name, "pods")).map((pod) => `pod ${pod}`));
  return tasks.length > 0 ? tasks : pods;
}

/** containerd notes in the bundle which program it has started. */
function isOurs(root: NodeRoot, bundle: string): boolean {
  const program = readTextIfExists(root.path(join(bundle, "shim-binary-path")));
  return program !== undefined && basename(program.trim()) === SHIM;
}

function list(root: NodeRoot, dir: string): string[] {
  try {
    return readdirSync(root.path(dir));
  } catch {
    return []; // none, or not a directory
  }
}
