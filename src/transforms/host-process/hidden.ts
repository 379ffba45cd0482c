import { posix } from "node:path";

import type { OverlayFile } from "../../plan/prepare.ts";
import type { Mount } from "../../spec/types.ts";
import type { NodeConfig } from "../config.ts";
import type { Facts } from "../facts.ts";

/** Files with password hashes: host processes get a copy without, which they may change. */
export const PASSWORD_FILES = ["/etc/shadow", "/etc/gshadow"] as const;

/** Where the keys of the node's own SSH server are. */
export const SSH_DIRECTORY = "/etc/ssh";

/** What a process of a pod has no business with although it is root. */
const HIDDEN = [
  "/root/.ssh",
  "/etc/shadow-",
  "/etc/gshadow-",
  "/etc/security/opasswd",
  "/etc/ssl/private",
  "/etc/sudoers",
  "/etc/sudoers.d",
  "/etc/kubernetes",
  "/run/secrets",
  // Whoever can talk to these, or change their files, is root on the node.
  "/run/gantry",
  "/run/containerd",
  "/run/crio",
  "/run/docker.sock",
  "/var/lib/containerd",
  "/var/lib/docker",
  // What other pods were given.
  "/var/lib/kubelet",
];

/** Paths that a host process does not see, after the node's configuration. */
export function hiddenPaths({ hostProcess }: NodeConfig, facts: Facts): readonly string[] {
  const { filter, hide, hideMode, show, overlayBase } = hostProcess;
  if (!filter) return [];
  const keys = (facts.listdir(SSH_DIRECTORY) ?? []).filter((name) => /^ssh_host_.*_key$/.test(name));
  const own = [...HIDDEN, ...keys.map((name) => posix.join(SSH_DIRECTORY, name))];
  const paths = new Set([...(hideMode === "replace" ? [] : own), ...hide, overlayBase]);
  return [...paths].filter((path) => !show.includes(path));
}

/** How the hidden paths are hidden: those below which volumes are mounted by an empty filesystem before these, all others by masks. */
export function hide(
  hidden: readonly string[],
  destinations: readonly string[],
): { readonly mounts: readonly Mount[]; readonly masked: readonly string[] } {
  const mounts: Mount[] = [];
  const masked: string[] = [];
  for (const path of hidden) {
    if (destinations.includes(path)) continue; // the volume hides it
    if (destinations.some((destination) => isBelow(destination, path))) {
      const options = ["nosuid", "nodev", "noexec", "mode=755", "size=64k"];
      mounts.push({ destination: path, type: "tmpfs", source: "tmpfs", options });
    } else {
      masked.push(path);
    }
  }
  return { mounts, masked };
}

/** Copies of the password files in which nobody has a password. */
export function withoutPasswords({ hostProcess }: NodeConfig, facts: Facts): readonly OverlayFile[] {
  if (!hostProcess.filter) return [];
  return PASSWORD_FILES.filter((path) => !hostProcess.show.includes(path)).flatMap((path) => {
    const stat = facts.stat(path);
    const text = facts.readFile(path);
    if (stat === undefined || text === undefined) return [];
    const { mode, uid, gid } = stat;
    return [{ path, mode, uid, gid, content: text.split("\n").map(withoutPassword).join("\n") }];
  });
}

/** Fields are separated by colons; the second one is the hash: shadow(5), gshadow(5). */
function withoutPassword(line: string): string {
  const [name, hash, ...rest] = line.split(":");
  return hash === undefined ? line : [name, "*", ...rest].join(":");
}

export function isBelow(path: string, directory: string): boolean {
  return path.startsWith(directory === "/" ? "/" : `${directory}/`);
}
