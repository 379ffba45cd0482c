import { existsSync, rmSync } from "node:fs";
import {
  attributedCgroups,
  attributedMounts,
  attributedProcesses,
  type Run,
  removeCgroups,
  unmountBelow,
} from "../helpers/host.ts";
import { waitFor } from "../helpers/wait.ts";

/**
 * Kill, unmount and remove whatever belongs to a directory and its parent cgroup.
 *
 * @throws Error that lists what cannot be removed
 */
export async function removeTraces(run: Run): Promise<void> {
  for (const { pid } of attributedProcesses(run)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
  await unmountBelow(run.dir);
  rmSync(run.dir, { recursive: true, force: true });
  // A cgroup is busy until its last process is gone.
  await waitFor("everything to be removed", async () => {
    await removeCgroups(run.namespace);
    return tracesOf(run).length === 0;
  }).catch(() => {
    throw new Error(`left behind:\n  ${tracesOf(run).join("\n  ")}`);
  });
}

/** What is left of a run on the host, a line each. */
export function tracesOf(run: Run): readonly string[] {
  return [
    ...attributedProcesses(run).map(({ pid, command }) => `process ${pid}: ${command}`),
    ...attributedMounts(run).map((target) => `mount ${target}`),
    ...attributedCgroups(run).map((path) => `cgroup ${path}`),
    ...(existsSync(run.dir) ? [`directory ${run.dir}`] : []),
  ];
}
