import { accessSync, constants, readdirSync } from "node:fs";
import { posix } from "node:path";
import { type HostFiles, hostFiles } from "../host/files.ts";
import { type MountEntry, parseMountinfo } from "../host/mountinfo.ts";
import { isInUserNamespace } from "../host/user-namespace.ts";
import type { Resources } from "../spec/types.ts";
import { CgroupError } from "./errors.ts";
import type { CgroupHost, CgroupMode, CgroupMount } from "./types.ts";

/** The v1 controllers we manage; others, and named hierarchies but systemd's, are left alone, as by runc. */
const V1_CONTROLLERS: readonly string[] = [
  "cpuset",
  "devices",
  "memory",
  "cpu",
  "cpuacct",
  "pids",
  "blkio",
  "hugetlb",
  "net_cls",
  "net_prio",
  "perf_event",
  "freezer",
  "rdma",
  "misc",
  "name=systemd",
];

/** Which io weight file child cgroups have; only looked for when a spec asks for a weight. */
const IO_WEIGHT_FILES = ["io.bfq.weight", "io.weight"] as const;

/**
 * Read how cgroups are mounted here and where this process is in them: two /proc files and, where there is a unified
 * hierarchy, its list of controllers.
 *
 * @param resources what a container wants: decides about the rarer questions
 * @throws {CgroupError} "no-hierarchy" when no cgroup filesystem is mounted
 */
export async function readCgroupHost(
  resources?: Resources,
  files: HostFiles = hostFiles,
): Promise<CgroupHost> {
  const ownPaths = parseOwnCgroups(files.readText("/proc/self/cgroup") ?? "");
  const entries = parseMountinfo(files.readText("/proc/self/mountinfo") ?? "", (line) =>
    line.includes(" - cgroup"),
  );
  const { mode, mounts } = findHierarchies(entries, ownPaths);
  const unified = mounts.find(({ controllers }) => controllers.length === 0);
  const wantsIoWeight = Boolean(resources?.blockIO?.weight || resources?.blockIO?.weightDevice?.length);
  return {
    mode,
    mounts,
    unifiedControllers: unified ? readWords(`${unified.mountPoint}/cgroup.controllers`, files) : [],
    ioWeightFiles: unified && wantsIoWeight ? findIoWeightFiles(unified.mountPoint, files) : [],
    unwritable: isRootless(files) ? mounts.filter(isUnwritable).map((mount) => mount.mountPoint) : [],
  };
}

function isRootless(files: HostFiles): boolean {
  return process.geteuid?.() !== 0 || isInUserNamespace(files);
}

/**
 * Sort out the mounted hierarchies; pure. The first mount of each counts.
 * @param ownPaths as `parseOwnCgroups` returns them
 */
export function findHierarchies(
  entries: readonly MountEntry[],
  ownPaths: ReadonlyMap<string, string>,
): { readonly mode: CgroupMode; readonly mounts: readonly CgroupMount[] } {
  const seen = new Set<string>();
  const v1 = entries
    .filter(({ fstype }) => fstype === "cgroup")
    .flatMap((entry): CgroupMount[] => {
      const controllers = entry.superOptions.filter((option) => V1_CONTROLLERS.includes(option));
      const first = controllers[0];
      if (first === undefined || seen.has(first)) return [];
      seen.add(first);
      return [{ mountPoint: entry.mountPoint, controllers, ownPath: placeBelow(entry, ownPaths.get(first)) }];
    });
  const v2Entries = entries.filter(({ fstype }) => fstype === "cgroup2");
  const v2 =
    v2Entries.find(
      ({ mountPoint }) => mountPoint === "/sys/fs/cgroup" || mountPoint === "/sys/fs/cgroup/unified",
    ) ?? v2Entries[0];
  const unified = v2
    ? [{ mountPoint: v2.mountPoint, controllers: [], ownPath: placeBelow(v2, ownPaths.get("")) }]
    : [];
  if (v1.length === 0 && unified.length === 0) {
    throw new CgroupError("no-hierarchy", "no cgroup hierarchy is mounted");
  }
  if (v1.length === 0 || v2?.mountPoint === "/sys/fs/cgroup") return { mode: "v2", mounts: unified };
  return { mode: unified.length > 0 ? "hybrid" : "v1", mounts: [...v1, ...unified] };
}

/** Parse /proc/PID/cgroup: controller (or "name=…", or "" for v2) → path. See cgroups(7). */
export function parseOwnCgroups(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split("\n")
      .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
      .flatMap((match) =>
        match ? (match[1] ?? "").split(",").map((name): [string, string] => [name, match[2] ?? "/"]) : [],
      ),
  );
}

/** A cgroup path as it is below a mount point, which may show only part of the hierarchy (in a container). */
function placeBelow({ root }: MountEntry, ownPath: string | undefined): string {
  if (ownPath === undefined) return "/";
  const below = posix.relative(root, ownPath);
  return below === "" || below === ".." || below.startsWith("../") ? "/" : `/${below}`;
}

/** The root cgroup has no weight; any child tells what children have. */
function findIoWeightFiles(mountPoint: string, files: HostFiles): string[] {
  const child = readdirSync(mountPoint, { withFileTypes: true }).find((entry) => entry.isDirectory());
  if (child === undefined) return ["io.weight"];
  return IO_WEIGHT_FILES.filter((file) => files.exists(`${mountPoint}/${child.name}/${file}`));
}

function readWords(path: string, files: HostFiles): string[] {
  return (files.readText(path) ?? "").split(/\s+/).filter((word) => word !== "");
}

function isUnwritable({ mountPoint, controllers, ownPath }: CgroupMount): boolean {
  const base = controllers.length === 0 ? posix.dirname(ownPath) : ownPath;
  try {
    accessSync(mountPoint + base, constants.W_OK);
    return false;
  } catch {
    return true; // whatever the reason, nothing can be created there
  }
}
