import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Containerd } from "../helpers/containerd.ts";
import { helperProcesses } from "./helper-processes.ts";

/**
 * CPU time of everything around one container that is neither daemon nor client. Its shim, and its monitors, are
 * moved into a cgroup of their own; what they start from then on begins its life there (or is moved on into the
 * container's cgroup, which is counted separately). The kernel keeps adding up after a process has ended.
 */
export interface CpuAccount {
  /** Shim, runtime processes and monitors so far, in µs. */
  helpersUs(): number;
  /** The container's cgroup so far, in µs: the workload, and the runtime's last steps before it. */
  containerUs(): number;
}

/**
 * Open an account for the container that was started last. The cgroups lie below the run's own parent, with which
 * they are removed.
 *
 * @throws Error when no helper process is found
 */
export function openCpuAccount(containerd: Containerd, containerId: string): CpuAccount {
  const { namespace } = containerd;
  const account = join(hierarchy(), namespace, `helpers-of-${containerId}`);
  mkdirSync(account);
  const helpers = helperProcesses(containerd);
  if (helpers.length === 0) throw new Error(`no process is recognised as the shim of "${containerId}"`);
  for (const { pid } of helpers) writeFileSync(join(account, "cgroup.procs"), String(pid));
  return {
    helpersUs: () => usageUs(account),
    containerUs: () => usageUs(join(hierarchy(), namespace, containerId)),
  };
}

/** Where CPU time is accounted: the unified hierarchy, or version 1's "cpuacct". */
function hierarchy(): string {
  return existsSync("/sys/fs/cgroup/cgroup.controllers") ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpuacct";
}

function usageUs(cgroup: string): number {
  // cpuacct.usage is in ns; see Documentation/admin-guide/cgroup-v1/cpuacct.rst
  const v1 = join(cgroup, "cpuacct.usage");
  if (existsSync(v1)) return Number(readFileSync(v1, "utf8")) / 1000;
  const [, usec] = /^usage_usec (\d+)$/m.exec(readFileSync(join(cgroup, "cpu.stat"), "utf8")) ?? [];
  if (usec === undefined) throw new Error(`no usage_usec in ${cgroup}/cpu.stat`);
  return Number(usec);
}
