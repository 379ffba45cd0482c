import { posix } from "node:path";
import type { Problem } from "./errors.ts";
import { TMPCOPYUP_OPTION } from "./mount-options.ts";
import { checkMappingList } from "./rules-mappings.ts";
import type { Draft } from "./rules-spec.ts";
import type { Mount, Spec } from "./types.ts";

/**
 * What may be bound onto a file below /proc (lxcfs and the like); anything else there could hide from us whether an LSM
 * label or a sysctl really reached the kernel (CVE-2019-16884). The list is runc's.
 */
const PROC_FILES: readonly string[] = [
  "/proc/cpuinfo",
  "/proc/diskstats",
  "/proc/meminfo",
  "/proc/stat",
  "/proc/swaps",
  "/proc/uptime",
  "/proc/loadavg",
  "/proc/slabinfo",
  "/proc/sys/kernel/ns_last_pid",
  "/proc/sys/crypto/fips_enabled",
];

/** Whether a mount is a bind: by type, or by an option, which wins over the type as in runc. */
export function isBindMount(mount: {
  readonly type?: string | undefined;
  readonly options?: readonly unknown[] | undefined;
}): boolean {
  return (
    mount.type === "bind" || (mount.options ?? []).some((option) => option === "bind" || option === "rbind")
  );
}

/** A mount's destination as an absolute, clean path: a relative one starts at the root (runtime-spec, "Mounts"). */
export function mountDestination(destination: string): string {
  return posix.normalize(`/${destination}`).replace(/(.)\/$/, "$1");
}

/** Rules about `mounts`: runtime-spec config.md, "Mounts". */
export function checkMounts(spec: Draft<Spec>, problems: Problem[]): void {
  const hasUserNamespace = spec.linux?.namespaces?.some((namespace) => namespace?.type === "user") ?? false;
  for (const [index, mount] of (spec.mounts ?? []).entries()) {
    if (mount === undefined) continue;
    checkMount(mount, `mounts[${index}]`, problems);
    if (isIdMapped(mount)) checkIdMap(mount, hasUserNamespace, `mounts[${index}]`, problems);
  }
}

/** Whether the mount shows other owners than its source has: runtime-spec config.md, "Mounts", `uidMappings`. */
export function isIdMapped(mount: {
  readonly options?: readonly (string | undefined)[] | undefined;
  readonly uidMappings?: readonly unknown[] | undefined;
  readonly gidMappings?: readonly unknown[] | undefined;
}): boolean {
  const hasMappings = (mount.uidMappings?.length ?? 0) > 0 || (mount.gidMappings?.length ?? 0) > 0;
  return hasMappings || (mount.options ?? []).some((option) => option !== undefined && isIdmapOption(option));
}

/** Mappings come in pairs; a mount without takes those of the container's user namespace, if there is one. */
function checkIdMap(mount: Draft<Mount>, hasUserNamespace: boolean, path: string, problems: Problem[]): void {
  const { uidMappings = [], gidMappings = [] } = mount;
  if (!isBindMount(mount)) problems.push({ path, message: "only a bind mount can be id-mapped" });
  checkMappingList(uidMappings, `${path}.uidMappings`, problems);
  checkMappingList(gidMappings, `${path}.gidMappings`, problems);
  if ((uidMappings.length === 0) !== (gidMappings.length === 0)) {
    problems.push({ path, message: "an id-mapped mount needs both uidMappings and gidMappings, or neither" });
  } else if (uidMappings.length === 0 && !hasUserNamespace) {
    problems.push({
      path,
      message: "an id-mapped mount needs mappings, or a container with a user namespace",
    });
  }
  for (const [index, option] of (mount.options ?? []).entries()) {
    if (option?.includes("=") && isIdmapOption(option)) {
      const message = `${JSON.stringify(option)} takes no value: write uidMappings and gidMappings`;
      problems.push({ path: `${path}.options[${index}]`, message });
    }
  }
}

function checkMount(mount: Draft<Mount>, path: string, problems: Problem[]): void {
  const isBind = isBindMount(mount);
  if (!isBind && !mount.type)
    problems.push({ path: `${path}.type`, message: "is required unless the mount is a bind" });
  if (isBind && !mount.source)
    problems.push({ path: `${path}.source`, message: "is required for a bind mount" });
  if (mount.destination !== undefined) checkDestination(mount, isBind, `${path}.destination`, problems);
  for (const [index, option] of (mount.options ?? []).entries()) {
    const at = `${path}.options[${index}]`;
    if (option === undefined) continue;
    if (option === "remount") {
      problems.push({ path: at, message: "remount has nothing to act on" });
    } else if (option === TMPCOPYUP_OPTION && (mount.type !== "tmpfs" || isBind)) {
      problems.push({ path: at, message: `${TMPCOPYUP_OPTION} is for tmpfs only` });
    }
  }
}

function checkDestination(mount: Draft<Mount>, isBind: boolean, path: string, problems: Problem[]): void {
  const destination = mountDestination(mount.destination ?? "");
  if (destination === "/") {
    problems.push({ path, message: "must not be the rootfs itself" });
  } else if (destination === "/proc") {
    // A bind of /proc is a procfs; a bind of anything else, or a tmpfs, could answer for it.
    const isProcBind = isBind && mountDestination(mount.source ?? "") === "/proc";
    if (!isProcBind && (isBind || mount.type !== "proc")) {
      problems.push({ path, message: "only a procfs may be mounted on /proc" });
    }
  } else if (destination.startsWith("/proc/") && !(isBind && PROC_FILES.includes(destination))) {
    problems.push({
      path,
      message: `${destination} is inside /proc, where only some files may be bound over`,
    });
  }
}

/** `idmap`, `ridmap`, and crun's form with the mapping behind it, which is refused. */
export function isIdmapOption(option: string): boolean {
  return /^r?idmap(=|$)/.test(option);
}
