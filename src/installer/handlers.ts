import { stringify } from "smol-toml";

/** A runtime handler as containerd's configuration describes it. */
export type HandlerTable = Readonly<Record<string, unknown>>;

export const HANDLERS = ["gantry", "gantry-host", "gantry-os-volume"] as const;
export type Handler = (typeof HANDLERS)[number];

/** Annotations of pods that may reach us; containerd passes none on that is not listed. */
export const POD_ANNOTATIONS = ["gantry.dev/*", "sgs.snucse.org/*", "reaper.runtime/*"];

/** The CRI plugin's table of runtimes, by the version of the file that names it. */
export function criPlugin(configVersion: number): string {
  return configVersion >= 3 ? "io.containerd.cri.v1.runtime" : "io.containerd.grpc.v1.cri";
}

/** Configuration of their own that handlers have, by name; `gantry` has the node's, /etc/gantry/config.toml. */
export function configPath(handler: Handler): string | undefined {
  return handler === "gantry" ? undefined : `/etc/gantry/${handler}.toml`;
}

/**
 * What the daemon is told of a handler.
 *
 * @param shim absolute path of containerd-shim-gantry-v2, for daemons that do not only look on their PATH (1.7 and newer)
 * @param isSystemdCgroup as of the daemon's runc handler
 */
export function handlerTable(handler: Handler, shim: string, isSystemdCgroup: boolean): HandlerTable {
  const path = configPath(handler);
  return {
    // Not runc's type with our runtime_path: containerd 1.6 would start runc's shim, and say nothing.
    runtime_type: "io.containerd.gantry.v2",
    runtime_path: shim,
    pod_annotations: POD_ANNOTATIONS,
    // The driver reaches us by the form of the cgroup's path, too (src/runtime/prepare.ts).
    options: { SystemdCgroup: isSystemdCgroup, ...(path === undefined ? {} : { ConfigPath: path }) },
  };
}

const BEGIN =
  "# >>> gantry (gantry node install): keep these lines together, gantry node uninstall removes them";
const END = "# <<< gantry";

/**
 * The lines that register handlers, from marker to marker.
 *
 * @param tables by handler: ours, and others that would be lost otherwise
 */
export function formatBlock(plugin: string, tables: Readonly<Record<string, HandlerTable>>): string {
  const lines = Object.entries(tables).flatMap(([name, table]) => {
    const head = `plugins.${JSON.stringify(plugin)}.containerd.runtimes.${JSON.stringify(name)}`;
    const { options, ...scalars } = table;
    const body = [`[${head}]`, ...assignments(scalars)];
    return isTable(options) && Object.keys(options).length > 0
      ? [...body, `[${head}.options]`, ...assignments(options)]
      : body;
  });
  return [BEGIN, ...lines, END, ""].join("\n");
}

function assignments(table: HandlerTable): string[] {
  return Object.entries(table).map(([key, value]) => `  ${stringify({ [key]: value }).trim()}`);
}

/** The text with our lines behind it. */
export function appendBlock(text: string, block: string): string {
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${block}`;
}

/** The text without our lines. */
export function removeBlock(text: string): string {
  const from = text.indexOf(BEGIN);
  if (from < 0) return text;
  const end = text.indexOf(END, from);
  if (end < 0) return text;
  const rest = text.slice(end + END.length);
  return text.slice(0, from) + (rest.startsWith("\n") ? rest.slice(1) : rest);
}

/** Whether our lines are there, from marker to marker. */
export function hasBlock(text: string): boolean {
  return removeBlock(text) !== text;
}

export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
