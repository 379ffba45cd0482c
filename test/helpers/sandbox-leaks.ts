import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { attributedCgroups } from "./host.ts";
import type { Sandbox } from "./sandbox.ts";
import { waitFor } from "./wait.ts";

/** What is there in a sandbox: processes, mounts, cgroups, state directories; each a line of text. */
export type Inventory = ReadonlySet<string>;

/** The server of a daemon, and what belongs to it, stay as long as the daemon, and some time longer. */
const SERVER =
  /^process \d+: \S*(gantry-shimd -address|gantry-runtime worker|gantry-init watch|gantry-init serve|gantry-init serve-sealed) /;

/**
 * List it.
 *
 * @param stateRoots directories inside the sandbox whose entries are containers
 * @param ignored lines to leave out
 */
export function takeInventory(
  sandbox: Sandbox,
  stateRoots: readonly string[],
  ignored: readonly RegExp[] = [],
): Inventory {
  const root = `/proc/${sandbox.pid}/root`;
  const lines = [
    ...processesIn(join(root, "proc")),
    ...mountsOf(sandbox.pid),
    ...attributedCgroups({ dir: "\0", namespace: sandbox.namespace }).map((path) => `cgroup ${path}`),
    ...stateRoots.flatMap((directory) =>
      entriesOf(root, directory).map((name) => `state ${directory}/${name}`),
    ),
    ...entriesOf(root, join(sandbox.dir, "tmp")).map((name) => `temporary file ${name}`),
  ];
  return new Set(lines.filter((line) => ![SERVER, ...ignored].some((pattern) => pattern.test(line))));
}

/** Wait until nothing is there that was not there before. @throws Error that lists what is left */
export async function expectNothingNew(take: () => Inventory, before: Inventory): Promise<void> {
  let left: readonly string[] = [];
  await waitFor("leaks to go away", () => {
    left = [...take()].filter((line) => !before.has(line));
    return left.length === 0;
  }).catch(() => {
    throw new Error(`left behind:\n  ${left.join("\n  ")}`);
  });
}

function processesIn(proc: string): readonly string[] {
  return entriesOf("", proc)
    .filter((name) => /^\d+$/.test(name) && name !== "1")
    .flatMap((pid) => {
      try {
        const command = readFileSync(join(proc, pid, "cmdline"), "utf8")
          .replaceAll("\0", " ")
          .trim();
        return [`process ${pid}: ${command}`];
      } catch {
        return []; // ended meanwhile
      }
    });
}

function mountsOf(pid: number): readonly string[] {
  return readFileSync(`/proc/${pid}/mountinfo`, "utf8")
    .split("\n")
    .flatMap((line) => {
      const target = line.split(" ")[4];
      return target === undefined ? [] : [`mount ${target}`];
    });
}

function entriesOf(root: string, directory: string): readonly string[] {
  const path = `${root}${directory}`;
  // Names with a dot are caches (compiled seccomp profiles), not containers.
  return existsSync(path) ? readdirSync(path).filter((name) => !name.startsWith(".")) : [];
}
