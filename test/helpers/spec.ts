import type { Linux, Process, Spec } from "../../src/spec/types.ts";

/**
 * A small spec that is valid: a shell in namespaces of its own, without mounts and resources.
 *
 * @param change replaces top-level fields; give `process` and `linux` through `aProcess` and `aLinux`
 */
export function aSpec(change: Partial<Spec> = {}): Spec {
  return {
    ociVersion: "1.2.0",
    process: aProcess(),
    root: { path: "rootfs" },
    linux: aLinux(),
    ...change,
  };
}

/** The process of `aSpec`. */
export function aProcess(change: Partial<Process> = {}): Process {
  return {
    user: { uid: 0, gid: 0 },
    args: ["/bin/sh"],
    env: ["PATH=/usr/bin:/bin"],
    cwd: "/",
    ...change,
  };
}

/** The `linux` section of `aSpec`: every namespace but user, cgroup and time, all new. */
export function aLinux(change: Partial<Linux> = {}): Linux {
  return {
    namespaces: [{ type: "pid" }, { type: "network" }, { type: "ipc" }, { type: "uts" }, { type: "mount" }],
    ...change,
  };
}
