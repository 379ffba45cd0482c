import { posix } from "node:path";

/** What the path of a pod's volume on the host says, as kubelet lays them out below its pods directory. */
export interface VolumePath {
  /** e.g. "csi", "local-volume", "empty-dir"; undefined for a `subPath`, whose path does not tell. */
  readonly plugin: string | undefined;
  /** The volume's name: of a claim, the name of its PersistentVolume. */
  readonly name: string;
}

const PLUGIN_PREFIX = "kubernetes.io~";

/** Plugins whose volumes end with the pod or are made by kubelet from API objects: nobody's system. */
const EPHEMERAL: ReadonlySet<string> = new Set([
  "empty-dir",
  "configmap",
  "secret",
  "projected",
  "downward-api",
  "git-repo",
]);

/**
 * `…/volumes/kubernetes.io~<plugin>/<name>[/mount]` or `…/volume-subpaths/<name>/<container>/<n>`; undefined for any other path. Only
 * whole segments count, after cleaning (SGS-7, SGS-9).
 */
export function parseVolumePath(path: string): VolumePath | undefined {
  const segments = posix.normalize(path).split("/");
  for (const [index, segment] of segments.entries()) {
    const [next = "", afterNext = ""] = segments.slice(index + 1);
    if (segment === "volumes" && next.startsWith(PLUGIN_PREFIX) && afterNext !== "") {
      return { plugin: next.slice(PLUGIN_PREFIX.length), name: afterNext };
    }
    if (segment === "volume-subpaths" && next !== "" && afterNext !== "")
      return { plugin: undefined, name: next };
  }
  return undefined;
}

/** Whether what is written to a volume of this path is gone with its pod. */
export function isEphemeral(path: VolumePath): boolean {
  return path.plugin !== undefined && EPHEMERAL.has(path.plugin);
}

/** Whether the volume outlives its pod, as far as its path tells. */
export function isPersistent(path: VolumePath): boolean {
  return path.plugin !== undefined && !EPHEMERAL.has(path.plugin);
}
