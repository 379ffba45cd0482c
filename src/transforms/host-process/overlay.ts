import { posix } from "node:path";

import type { OverlayFile, PrepareOperation } from "../../plan/prepare.ts";
import type { NodeConfig } from "../config.ts";
import type { Facts } from "../facts.ts";
import type { Requests } from "../requests.ts";

/** A label as DNS has it, of lower case letters: what Kubernetes calls a namespace, too. */
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** The changes that host processes make to the node's files, kept apart from the node. */
export interface HostOverlay {
  /** Who shares it: `node`, `ns-<Kubernetes namespace>`, either with `.<name>` for one that a pod has named. */
  readonly key: string;
  /** Holds everything of it. */
  readonly directory: string;
  /** Where the node's root with the changes is mounted. */
  readonly root: string;
}

/**
 * Which overlay a container uses. A name that a pod gives makes one more of its namespace's own: it never leads into
 * another namespace's.
 */
export function chooseOverlay(requests: Requests): HostOverlay & { readonly notes: readonly string[] } {
  const { hostProcess } = requests.config;
  const { namespace } = requests.kubernetes;
  const isNamespace = namespace !== undefined && LABEL.test(namespace);
  const sharers = hostProcess.overlay === "namespace" && isNamespace ? `ns-${namespace}` : "node";
  const name = requests.wanted.hostOverlayName;
  const isName = name !== undefined && LABEL.test(name);
  const key = isName ? `${sharers}.${name}` : sharers;
  const directory = posix.join(hostProcess.overlayBase, key);
  const notes =
    name === undefined || isName
      ? []
      : [`the overlay's name ${JSON.stringify(name)} is no DNS label and ignored`];
  return { key, directory, root: posix.join(directory, "merged"), notes };
}

/** What makes the overlay. */
export function prepareOverlay(
  overlay: HostOverlay,
  replaced: readonly OverlayFile[],
): readonly PrepareOperation[] {
  return [{ kind: "shared-overlay", directory: overlay.directory, lower: "/", files: replaced }];
}

/**
 * The kernel refuses an upper directory that is inside the lower one.
 *
 * @throws an Error that names the setting
 */
export function assertOverlayPossible(config: NodeConfig, facts: Facts): void {
  const { overlayBase } = config.hostProcess;
  if (/[:,\\]/.test(overlayBase)) {
    throw new Error(`host_process.overlay_base ${overlayBase}: no colon, comma or backslash can be in it`);
  }
  const nearest = ancestorsOf(overlayBase).find((path) => facts.stat(path) !== undefined) ?? "/";
  if (facts.stat(nearest)?.device === facts.stat("/")?.device) {
    throw new Error(
      `host_process.overlay_base ${overlayBase} is on the root filesystem; choose a directory on another one, e.g. a tmpfs`,
    );
  }
}

/** A path and everything above it, the path first. */
export function ancestorsOf(path: string): string[] {
  return path === "/" ? ["/"] : [path, ...ancestorsOf(posix.dirname(path))];
}
