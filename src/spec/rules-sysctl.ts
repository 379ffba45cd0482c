import type { Problem } from "./errors.ts";
import { join } from "./shape.ts";
import type { NamespaceType } from "./types.ts";

/** Sysctls that belong to an ipc namespace: ipc_namespaces(7). */
const IPC_SYSCTLS: readonly string[] = [
  "kernel/msgmax",
  "kernel/msgmnb",
  "kernel/msgmni",
  "kernel/sem",
  "kernel/shmall",
  "kernel/shmmax",
  "kernel/shmmni",
  "kernel/shm_rmid_forced",
];

/**
 * A sysctl's path below /proc/sys. The first separator decides the style: after a dot, dots separate and a slash stands
 * for a dot (`net.ipv4.conf.eth0/100.forwarding`); after a slash, the path is as it is: sysctl.d(5).
 */
export function sysctlPath(key: string): string {
  const separator = /[./]/.exec(key)?.[0];
  if (separator !== ".") return key;
  return key.replace(/[./]/g, (found) => (found === "." ? "/" : "."));
}

/** Only sysctls that a namespace of the container keeps apart from the host's: the rule of runc and crun. */
export function checkSysctls(
  sysctls: Readonly<Record<string, string | undefined>>,
  namespaces: ReadonlySet<NamespaceType>,
  problems: Problem[],
): void {
  for (const key of Object.keys(sysctls)) {
    const message = problemOf(sysctlPath(key), namespaces);
    if (message !== undefined) problems.push({ path: join("linux.sysctl", key), message });
  }
}

function problemOf(path: string, namespaces: ReadonlySet<NamespaceType>): string | undefined {
  const parts = path.split("/");
  if (path.includes("\0") || parts.some((part) => part === "" || part === "." || part === "..")) {
    return "is not the name of a sysctl";
  }
  if (path === "kernel/hostname") return "is set by hostname";
  const owner = ownerOf(path);
  if (owner === undefined) return "belongs to the host, not to a namespace";
  return namespaces.has(owner) ? undefined : `needs a ${owner} namespace of the container's own`;
}

function ownerOf(path: string): NamespaceType | undefined {
  if (IPC_SYSCTLS.includes(path) || path.startsWith("fs/mqueue/")) return "ipc";
  if (path.startsWith("net/")) return "network";
  if (path === "kernel/domainname") return "uts";
  if (path.startsWith("user/")) return "user";
  return undefined;
}
