import type { Shape } from "../../spec/shape.ts";

/** Table `host_process` of the node's configuration; docs/host-process.md. */
export interface HostProcessConfig {
  /** Which containers become processes on the node: none, those whose annotation asks for it, or all. */
  readonly mode: "never" | "on-request" | "always";
  /** Who shares one overlay: the pods of a Kubernetes namespace, or of the node. */
  readonly overlay: "namespace" | "node";
  /** Holds the overlays; on another filesystem than the root. */
  readonly overlayBase: string;
  /** Whose /etc/hosts, hostname and resolv.conf. */
  readonly dns: "host" | "kubernetes";
  /** Whether the node's secrets are hidden. */
  readonly filter: boolean;
  /** More paths to hide, or all of them. */
  readonly hide: readonly string[];
  readonly hideMode: "extend" | "replace";
  /** Paths not to hide. */
  readonly show: readonly string[];
  /** Leave the container its capabilities, although some of them make the hiding void. */
  readonly keepCapabilities: boolean;
}

export const DEFAULT_HOST_PROCESS: HostProcessConfig = {
  mode: "never",
  overlay: "namespace",
  overlayBase: "/run/gantry/.overlays",
  dns: "host",
  filter: true,
  hide: [],
  hideMode: "extend",
  show: [],
  keepCapabilities: false,
};

/** The table as it is in the file. */
export interface HostProcessTable
  extends Partial<Pick<HostProcessConfig, "mode" | "overlay" | "dns" | "filter" | "hide" | "show">> {
  readonly overlay_base?: string;
  readonly hide_mode?: "extend" | "replace";
  readonly keep_capabilities?: boolean;
}

/** @param path a string that is an absolute path */
export function hostProcessShape(path: Shape, oneOf: (...values: readonly string[]) => Shape): Shape {
  return {
    type: "object",
    required: [],
    fields: {
      mode: oneOf("never", "on-request", "always"),
      overlay: oneOf("namespace", "node"),
      overlay_base: path,
      dns: oneOf("host", "kubernetes"),
      filter: { type: "boolean" },
      hide: { type: "list", of: path },
      hide_mode: oneOf("extend", "replace"),
      show: { type: "list", of: path },
      keep_capabilities: { type: "boolean" },
    },
  };
}

export function parseHostProcess(table: HostProcessTable = {}): HostProcessConfig {
  const { overlay_base, hide_mode, keep_capabilities, ...same } = table;
  return {
    ...DEFAULT_HOST_PROCESS,
    ...same,
    ...(overlay_base === undefined ? {} : { overlayBase: overlay_base }),
    ...(hide_mode === undefined ? {} : { hideMode: hide_mode }),
    ...(keep_capabilities === undefined ? {} : { keepCapabilities: keep_capabilities }),
  };
}
