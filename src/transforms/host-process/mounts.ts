import { posix } from "node:path";

import type { FactRequest, FactValues } from "../../host/path-facts.ts";
import { mountDestination } from "../../spec/rules-mounts.ts";
import type { Mount, Spec } from "../../spec/types.ts";
import type { NodeConfig } from "../config.ts";
import type { Facts } from "../facts.ts";
import type { Requests } from "../requests.ts";
import { isBelow } from "./hidden.ts";
import { ancestorsOf } from "./overlay.ts";

/** Where a container has filesystems of its own, a host process has the node's. */
const HOST_DIRECTORIES = ["/proc", "/sys", "/dev", "/run"] as const;
const KERNEL_FILESYSTEMS = ["proc", "sysfs", "cgroup", "cgroup2", "mqueue", "devpts"];
const OWN_FILESYSTEMS = [...HOST_DIRECTORIES, "/dev/shm", "/dev/pts", "/dev/mqueue", "/sys/fs/cgroup"];
/** What kubelet makes for every container. */
const DNS_FILES = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];
const DNS_MODES = ["host", "kubernetes"] as const;

/** Mounts of the spec that a host process keeps: the pod's volumes. */
export function volumesOf(spec: Spec, dns: NodeConfig["hostProcess"]["dns"]): readonly Mount[] {
  return (spec.mounts ?? []).filter(({ destination, type = "" }) => {
    const path = mountDestination(destination);
    if (KERNEL_FILESYSTEMS.includes(type) || OWN_FILESYSTEMS.includes(path)) return false;
    return dns === "kubernetes" || !DNS_FILES.includes(path);
  });
}

/** Whose names the process resolves: the pod may say, within what there is. */
export function chooseDns(requests: Requests): {
  readonly dns: NodeConfig["hostProcess"]["dns"];
  readonly notes: readonly string[];
} {
  const wanted = requests.wanted.hostDnsMode;
  const dns = DNS_MODES.find((mode) => mode === wanted);
  if (dns !== undefined) return { dns, notes: [] };
  const notes =
    wanted === undefined ? [] : [`the DNS mode ${JSON.stringify(wanted)} is not known and ignored`];
  return { dns: requests.config.hostProcess.dns, notes };
}

/** Facts that `resolveDestination` reads. */
export function destinationFacts(mounts: readonly Mount[]): FactRequest[] {
  const paths = new Set(mounts.flatMap(({ destination }) => ancestorsOf(mountDestination(destination))));
  return [...paths].map((path) => ({ kind: "realpath", path }));
}

/** Where on the node a mount will be, links followed: /var/run is /run. */
export function resolveDestination({ destination }: Mount, facts: Facts): string {
  const path = mountDestination(destination);
  for (const ancestor of ancestorsOf(path)) {
    const real = facts.realpath(ancestor);
    if (real !== undefined) return posix.join(real, posix.relative(ancestor, path));
  }
  return path;
}

/** The node's kernel filesystems and /run. Read-only ones stay so, with everything that is mounted on them. */
export function hostDirectories(spec: Spec): readonly Mount[] {
  return HOST_DIRECTORIES.map((path) => {
    const own = (spec.mounts ?? []).find(({ destination }) => mountDestination(destination) === path);
    const options = ["rbind", "rslave", ...(own?.options?.includes("ro") ? ["rro"] : [])];
    return { destination: path, type: "bind", source: path, options };
  });
}

/**
 * Filesystems of the node's disks besides the root, e.g. a /usr of its own. The overlay does not show them and a write could not
 * be kept away from them: they are read-only.
 */
export function otherFilesystems(
  mountinfo: FactValues["mountinfo"],
  hidden: readonly string[],
): readonly Mount[] {
  const leftOut = [...HOST_DIRECTORIES, "/tmp", ...hidden];
  const points = mountinfo
    .filter(({ source, mountPoint }) => source.startsWith("/dev/") && mountPoint !== "/")
    .map(({ mountPoint }) => mountPoint)
    .filter((point) => !leftOut.some((path) => point === path || isBelow(point, path)));
  return [...new Set(points)].map((point) => {
    return { destination: point, type: "bind", source: point, options: ["bind", "ro", "rslave"] };
  });
}
