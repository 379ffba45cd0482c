import { join } from "node:path";
import { readTextIfExists } from "../host/files.ts";
import { ClientError } from "./errors.ts";

/** Where a container's cgroup is: controller → absolute directory, as `CgroupPaths` of cgroups/. */
export interface CgroupLocation {
  readonly mode: "v1" | "hybrid" | "v2";
  readonly paths: Readonly<Record<string, string>>;
}

/** What the shim must know of a container beyond what it was told at Create. */
export interface ContainerFacts {
  readonly cgroup: CgroupLocation;
  /** Init's death ends every other process of the container. */
  readonly hasPrivatePidNamespace: boolean;
  /** The `create` has come to its end. */
  readonly isCreated: boolean;
}

/**
 * Read `<stateRoot>/<id>/state.json`.
 *
 * @returns undefined when there is no such container
 * @throws {ClientError} code "corrupt", naming the field
 */
export function readContainerFacts(stateRoot: string, id: string): ContainerFacts | undefined {
  const file = join(stateRoot, id, "state.json");
  const text = readTextIfExists(file);
  return text === undefined ? undefined : parseContainerFacts(text, file);
}

/** Parse the text of a state.json. @throws {ClientError} code "corrupt", naming file and field */
export function parseContainerFacts(text: string, file: string): ContainerFacts {
  let value: unknown;
  try {
    value = JSON.parse(text); // 64-bit limits in it may change; nothing of those is used
  } catch (error) {
    throw new ClientError("corrupt", `Cannot read ${file}: not JSON`, { cause: error });
  }
  const state = (value ?? {}) as Readonly<Record<string, unknown>>;
  const cgroup = (state["cgroup"] ?? {}) as Readonly<Record<string, unknown>>;
  const mode = cgroup["mode"];
  if (mode !== "v1" && mode !== "hybrid" && mode !== "v2") {
    throw new ClientError("corrupt", `Cannot read ${file}: "cgroup.mode" is not v1, hybrid or v2`);
  }
  const paths = Object.entries(cgroup["paths"] ?? {});
  if (paths.some(([, path]) => typeof path !== "string")) {
    throw new ClientError("corrupt", `Cannot read ${file}: "cgroup.paths" holds something else than strings`);
  }
  return {
    cgroup: { mode, paths: Object.fromEntries(paths) },
    hasPrivatePidNamespace: state["hasPrivatePidNamespace"] === true,
    isCreated: state["creator"] === undefined,
  };
}
