import { join } from "node:path";
import { readTextIfExists } from "../host/files.ts";
import { ClientError } from "./errors.ts";

/** Where a container's cgroup is: controller → absolute directory, as `CgroupPaths` of cgroups/. */
export interface CgroupLocation {
  readonly mode: "v1" | "hybrid" | "v2";
  readonly paths: Readonly<Record<string, string>>;
}

/**
 * Read the cgroup from `<stateRoot>/<id>/state.json`; it is all the shim needs of that file.
 *
 * @returns undefined when there is no such container
 * @throws {ClientError} code "corrupt"
 */
export function readCgroupLocation(stateRoot: string, id: string): CgroupLocation | undefined {
  const file = join(stateRoot, id, "state.json");
  const text = readTextIfExists(file);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ClientError("corrupt", `Cannot read ${file}: not JSON`, { cause: error });
  }
  const { cgroup } = (value ?? {}) as { readonly cgroup?: Readonly<Record<string, unknown>> };
  const mode = cgroup?.["mode"];
  if (mode !== "v1" && mode !== "hybrid" && mode !== "v2") {
    throw new ClientError("corrupt", `Cannot read ${file}: "cgroup.mode" is not v1, hybrid or v2`);
  }
  const paths = Object.entries(cgroup?.["paths"] ?? {});
  if (paths.some(([, path]) => typeof path !== "string")) {
    throw new ClientError("corrupt", `Cannot read ${file}: "cgroup.paths" holds something else than strings`);
  }
  return { mode, paths: Object.fromEntries(paths) };
}
