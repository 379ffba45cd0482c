import { type HostFiles, hostFiles } from "./files.ts";

/**
 * Whether this process is in a user namespace other than the machine's first, as below rootless podman: user 0 is not
 * root there. Told by the id map, which is 1:1 in the first one only; see user_namespaces(7).
 */
export function isInUserNamespace(files: HostFiles = hostFiles): boolean {
  const map = files.readText("/proc/self/uid_map");
  return map !== undefined && map.trim().replace(/\s+/g, " ") !== "0 0 4294967295";
}
