import type { Resources } from "../spec/types.ts";

/** A mount that `create` made on the host and `delete` undoes. */
export interface UndoMount {
  /** Absolute path of the mount point. */
  readonly target: string;
}

/**
 * What is kept about a container, in `<stateRoot>/<id>/state.json`. The status is not in it: it is computed from
 * facts (`computeStatus`). Process configuration and hooks are in the frozen `config.json` beside it.
 */
export interface ContainerRecord {
  readonly ociVersion: string;
  readonly id: string;
  /** Init's pid in the runtime's pid namespace; 0 until it exists. */
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, in clock ticks; 0 until the process exists. */
  readonly startTime: number;
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339 with up to nine fractional digits, UTC. */
  readonly created: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** User name of whoever ran `create`; empty when unknown. */
  readonly owner: string;
  /** As `CgroupPaths` of cgroups/: controller → absolute directory. */
  readonly cgroup: {
    readonly mode: "v1" | "hybrid" | "v2";
    readonly paths: Readonly<Record<string, string>>;
  };
  /** The limits as they were last applied. */
  readonly resources: Resources;
  /** Mounts to undo, in the order they were made. */
  readonly mounts: readonly UndoMount[];
  /** False: init's death does not end the container's other processes, so the cgroup must be killed. */
  readonly hasPrivatePidNamespace: boolean;
  /** Namespaces the container has of its own, by the specification's names ("pid", "mount", …): what exec joins. */
  readonly namespaces: readonly string[];
}
