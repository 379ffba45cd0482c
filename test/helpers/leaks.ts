import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { bundlesOf, type Containerd } from "./containerd.ts";
import {
  attributedCgroups,
  attributedMounts,
  attributedProcesses,
  isListening,
  openFiles,
  runtimeProcesses,
  shimSockets,
} from "./host.ts";
import { isSharedMachine } from "./paths.ts";
import { waitFor } from "./wait.ts";

/** What was there before a test. */
export interface Snapshot {
  readonly processes: ReadonlySet<number>;
  readonly sockets: ReadonlySet<string>;
  readonly daemonFiles: number;
}

/** Remember the host's state before a test. */
export function snapshotHost(containerd: Containerd): Snapshot {
  return {
    processes: new Set(runtimeProcesses().map(({ pid }) => pid)),
    sockets: new Set(shimSockets()),
    daemonFiles: openFiles(containerd.pid()).length,
  };
}

/**
 * Wait until nothing is left of what a test made: processes, mounts, cgroups, bundles, state directories, sockets,
 * fifos, temporary files, descriptors of the daemon.
 *
 * @throws Error that lists what is left after the deadline
 */
export async function expectNoLeaks(
  containerd: Containerd,
  before: Snapshot,
  timeoutMs = 10_000,
): Promise<void> {
  let left: readonly string[] = [];
  await waitFor(
    "leaks to go away",
    () => {
      left = leaksSince(containerd, before);
      return left.length === 0;
    },
    timeoutMs,
  ).catch(() => {
    throw new Error(`left behind:\n  ${left.join("\n  ")}`);
  });
}

/** Descriptors the daemon may open for itself during a test (its database, a listener). */
const DAEMON_FILES_TOLERANCE = 4;

function leaksSince(containerd: Containerd, before: Snapshot): readonly string[] {
  const { dir, namespace } = containerd;
  // The server of this containerd stays as long as its daemon.
  const isServer = ({ command }: { readonly command: string }) =>
    command.includes(`gantry-shimd -address ${containerd.socket} `) ||
    command.includes(`worker ${dir}/n/`) ||
    // the worker's, which it dies with
    /gantry-runtime transforms$/.test(command.trim()) ||
    // who sees to it that the server does not hang, and ends with it
    /gantry-init watch \d+ /.test(command) ||
    // the worker's
    (/gantry-init serve(-sealed)? /.test(command) && command.includes(` ${dir}/n/`));
  const own = attributedProcesses(containerd).filter((one) => !isServer(one));
  const strangers = isSharedMachine
    ? []
    : runtimeProcesses().filter((one) => !before.processes.has(one.pid) && !isServer(one));
  const running = new Map([...own, ...strangers].map((one) => [one.pid, one.command]));
  const sockets = shimSockets().filter(
    (name) =>
      !before.sockets.has(name) &&
      !(isSharedMachine && isListening(`/run/containerd/s/${name.replace(/\.d$/, "")}`)),
  );
  const files = openFiles(containerd.pid()).length;
  return [
    ...[...running].map(([pid, command]) => `process ${pid}: ${command}`),
    ...attributedMounts(containerd).map((target) => `mount ${target}`),
    ...attributedCgroups(containerd).map((path) => `cgroup ${path}`),
    ...bundlesOf(containerd).map((id) => `bundle ${id}`),
    ...entriesOf(`/run/gantry/${namespace}`).map((id) => `state directory /run/gantry/${namespace}/${id}`),
    ...entriesOf(`/run/containerd/runc/${namespace}`).map((id) => `runc state of ${id}`),
    ...sockets.map((name) => `socket /run/containerd/s/${name}`),
    ...entriesOf(join(dir, "fifo")).map((name) => `fifo ${name}`),
    ...entriesOf(join(dir, "tmp")).map((name) => `temporary file ${name}`),
    ...(files > before.daemonFiles + DAEMON_FILES_TOLERANCE
      ? [
          `${files - before.daemonFiles} more descriptors of containerd: ${openFiles(containerd.pid()).join(" ")}`,
        ]
      : []),
  ];
}

function entriesOf(directory: string): readonly string[] {
  // Names with a dot are caches (compiled seccomp profiles), not containers: ids may not begin with one there.
  return existsSync(directory) ? readdirSync(directory).filter((name) => !name.startsWith(".")) : [];
}
