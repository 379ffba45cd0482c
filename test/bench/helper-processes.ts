import { readFileSync } from "node:fs";
import type { Containerd } from "../helpers/containerd.ts";
import { attributedProcesses, type HostProcess } from "../helpers/host.ts";

/**
 * The processes around the containers of this containerd: shims, servers, monitors. Neither the daemon nor this
 * process, nor what lies in a container's cgroup, nor what `openCpuAccount` has counted already.
 */
export function helperProcesses(containerd: Containerd): readonly HostProcess[] {
  return attributedProcesses(containerd).filter(({ pid }) => {
    try {
      return !readFileSync(`/proc/${pid}/cgroup`, "utf8").includes(`/${containerd.namespace}/`);
    } catch {
      return false; // ended meanwhile
    }
  });
}
