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
 * @param shim absolute path of containerd-shim-gantry-v2: nothing depends on the daemon's PATH
 * @param isSystemdCgroup as of the daemon's runc handler
 */
export function handlerTable(handler: Handler, shim: string, isSystemdCgroup: boolean): HandlerTable {
  const shared = { runtime_path: shim, pod_annotations: POD_ANNOTATIONS };
  const path = configPath(handler);
  if (path === undefined) {
    // runc's type with our program: then the options are encoded as runc's, in which alone SystemdCgroup reaches
    // the shim from every version of containerd.
    return { runtime_type: "io.containerd.runc.v2", ...shared, options: { SystemdCgroup: isSystemdCgroup } };
  }
  // Options of another type name a file; the cgroup driver is seen by the path that the daemon gives (src/shim/options.ts).
  const options = { TypeUrl: "runtimeoptions.v1.Options", ConfigPath: path };
  return { runtime_type: "io.containerd.gantry.v2", ...shared, options };
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
