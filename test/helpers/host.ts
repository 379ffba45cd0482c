import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync } from "node:fs";
import { basename, join } from "node:path";
import { run } from "./run.ts";

/** What makes a process, mount or socket recognisable as belonging to one test run. */
export interface Run {
  readonly dir: string;
  readonly namespace: string;
}

export interface HostProcess {
  readonly pid: number;
  readonly command: string;
}

/** Programs whose processes may not outlive a test. */
const OURS = /^(gantry|containerd-shim|runc$|crun$)/;

/** Processes that provably belong to the run: by command line, environment, cgroup, working directory or open file. */
export function attributedProcesses(run: Run): readonly HostProcess[] {
  return processes().filter(({ pid }) => isAttributed(pid, run));
}

/** Processes of shims, runtimes and monitors, whoever started them. */
export function runtimeProcesses(): readonly HostProcess[] {
  return processes().filter(({ pid }) => {
    try {
      return OURS.test(basename(readlinkSync(`/proc/${pid}/exe`)).replace(/ \(deleted\)$/, ""));
    } catch {
      return false; // ended, or a kernel thread
    }
  });
}

function processes(): HostProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => !isAdopted(name))
    .map((name) => ({
      pid: Number(name),
      command: readQuietly(`/proc/${name}/cmdline`).replaceAll("\0", " ").trim(),
    }));
}

/** Dead, and left to pid 1, which takes its time here: no leak of ours. */
function isAdopted(pid: string): boolean {
  const status = readQuietly(`/proc/${pid}/status`);
  return /^PPid:\t1$/m.test(status) && /^State:\tZ/m.test(status);
}

function isAttributed(pid: number, { dir, namespace }: Run): boolean {
  const marks = [dir, namespace];
  const texts = ["cmdline", "environ", "cgroup"].map((name) => readQuietly(`/proc/${pid}/${name}`));
  // The daemon itself and its clients are no leak; they are recognised by their executable.
  if (/^(containerd|ctr)$/.test(basename(linkQuietly(`/proc/${pid}/exe`)))) return false;
  texts.push(linkQuietly(`/proc/${pid}/cwd`), ...openFiles(pid));
  return texts.some((text) => marks.some((mark) => text.includes(mark)));
}

/** What the descriptors of a process point to. */
export function openFiles(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => linkQuietly(`/proc/${pid}/fd/${fd}`));
  } catch {
    return []; // ended meanwhile
  }
}

/** Mount points that belong to the run. */
export function attributedMounts({ dir, namespace }: Run): readonly string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((target) => target.startsWith(`${dir}/`) || target.includes(`/${namespace}/`));
}

/** Lines of a process's mountinfo, without those of other tests that run at the same time. */
export function mountinfoBesides(
  { dir }: Pick<Run, "dir">,
  pid: number | "self" = "self",
): readonly string[] {
  return readFileSync(`/proc/${pid}/mountinfo`, "utf8")
    .split("\n")
    .filter(
      (line) => line !== "" && (line.includes(dir) || !/\/(gt|gb|gc|gn|gantry-[a-z]+)-|\/netns/.test(line)),
    );
}

/** Cgroup directories of the run's containers, in every hierarchy. */
export function attributedCgroups({ namespace }: Run): readonly string[] {
  return hierarchies().flatMap((root) => {
    const parent = join(root, namespace);
    return existsSync(parent) ? directoriesIn(parent) : [];
  });
}

/** Remove the run's own parent cgroups, and what a failed test left in them. */
export async function removeCgroups(namespace: string): Promise<void> {
  for (const root of hierarchies()) {
    const parent = join(root, namespace);
    if (!existsSync(parent)) continue;
    for (const directory of [...directoriesIn(parent).reverse(), parent]) {
      try {
        rmdirSync(directory);
      } catch {
        // A process that is still dying holds it; the leak check has already complained.
      }
    }
  }
}

/** Entries of containerd's fixed socket directory. */
export function shimSockets(): readonly string[] {
  return existsSync("/run/containerd/s") ? readdirSync("/run/containerd/s") : [];
}

/** Whether somebody listens on this unix socket. */
export function isListening(path: string): boolean {
  return readFileSync("/proc/net/unix", "utf8").includes(` ${path}\n`);
}

/** Unmount everything below a directory, innermost first. */
export async function unmountBelow(dir: string): Promise<void> {
  const targets = attributedMounts({ dir, namespace: "\0" });
  for (const target of [...targets].reverse()) await run("umount", ["-l", target]);
}

function hierarchies(): readonly string[] {
  if (existsSync("/sys/fs/cgroup/cgroup.controllers")) return ["/sys/fs/cgroup"];
  return directoriesDirectlyIn("/sys/fs/cgroup");
}

function directoriesIn(parent: string): string[] {
  return directoriesDirectlyIn(parent).flatMap((directory) => [directory, ...directoriesIn(directory)]);
}

function directoriesDirectlyIn(parent: string): string[] {
  try {
    return readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(parent, entry.name));
  } catch {
    return []; // removed while we looked
  }
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the process ended while we looked
  }
}

function linkQuietly(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ""; // the process ended while we looked
  }
}
