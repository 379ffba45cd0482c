import { openCgroup } from "../../cgroups/open.ts";
import { readContainerFacts } from "../../client/state-file.ts";
import { containerd } from "../../gen/options.js";
import type { containerd as task } from "../../gen/task.js";
import type { Container } from "./container.ts";
import { getContainer, type ShimContext } from "./shim-context.ts";

const DETAILS_TYPE = "containerd.runc.v1.ProcessDetails";

/**
 * Pids: every process in the container's cgroup, by the host's numbers. Init is in the list until its container is deleted, come
 * what may: at a restart containerd up to 2.3 takes an empty list for a task that is gone and removes it, and with it the exit
 * status, and the output that nobody has read, of what ended meanwhile.
 */
export async function listPids(
  shim: ShimContext,
  id: string,
): Promise<{ readonly processes: task.v1.types.ProcessInfo.$Properties[] }> {
  const container = getContainer(shim, id);
  const pids = new Set(await cgroupPids(container));
  if (container.init.pid !== 0) pids.add(container.init.pid);
  const execIds = new Map(
    [...container.execs.values()]
      .filter((exec) => exec.status === "running")
      .map((exec) => [exec.pid, exec.execId]),
  );
  return {
    processes: [...pids].map((pid) => {
      const execId = execIds.get(pid);
      return execId === undefined
        ? { pid }
        : { pid, info: { typeUrl: DETAILS_TYPE, value: details(execId) } };
    }),
  };
}

async function cgroupPids(container: Container): Promise<number[]> {
  const facts = readContainerFacts(container.record.stateRoot, container.id);
  return facts === undefined ? [] : openCgroup(facts.cgroup).pids();
}

function details(execId: string): Uint8Array {
  return containerd.runc.v1.ProcessDetails.encode({ execId }).finish();
}
