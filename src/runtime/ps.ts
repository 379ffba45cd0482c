import type { ContainerId } from "../core/brand.ts";
import type { RuntimeContext } from "./context.ts";
import { inspectContainer } from "./inspect.ts";

/** Process ids of a container in the runtime's pid namespace, ascending. @throws {StateError} code "missing" */
export async function listProcesses(context: RuntimeContext, id: ContainerId): Promise<number[]> {
  const { cgroup } = await inspectContainer(context, id);
  return cgroup.pids();
}

/**
 * The lines of `ps` that belong to the container, its heading first.
 *
 * @param table what `ps` printed
 * @returns undefined when the heading has no column PID
 */
export function filterProcessTable(table: string, pids: ReadonlySet<number>): string | undefined {
  const [heading = "", ...lines] = table.split("\n");
  const column = heading.trim().split(/\s+/).indexOf("PID");
  if (column < 0) return undefined;
  const own = lines.filter((line) => pids.has(Number(line.trim().split(/\s+/)[column])));
  return `${[heading, ...own].join("\n")}\n`;
}
