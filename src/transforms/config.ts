import type { Problem } from "../spec/errors.ts";
import { checkShape, join, type Shape } from "../spec/shape.ts";
import { TransformError } from "./errors.ts";
import {
  DEFAULT_HOST_PROCESS,
  type HostProcessConfig,
  type HostProcessTable,
  hostProcessShape,
  parseHostProcess,
} from "./host-process/config.ts";

/** `/etc/gantry/config.toml`, or the file a handler or `--config` names: what the administrator of the node wants. */
export interface NodeConfig {
  /** Whether annotations of a container may ask for anything. */
  readonly annotations: boolean;
  readonly transforms: {
    /** The node's own transforms by name, in the order in which they run; each is `<directory>/<name>.mjs` or `.ts`. */
    readonly enabled: readonly string[];
    readonly directory: string;
    /** How long one call of such a transform may take. */
    readonly timeoutMs: number;
    /** Files whose content they may ask for. */
    readonly readFiles: readonly string[];
    /** By the transform's name; handed to it as it is. */
    readonly options: Readonly<Record<string, unknown>>;
  };
  /** Who runs containers: gantry itself, or another runtime on what the transforms have made of the bundle. */
  readonly engine: "native" | "delegate";
  readonly delegate: {
    /** Absent: the first `runc` of PATH. */
    readonly path?: string;
    /** Before the command, e.g. `["--platform=ptrace"]`. */
    readonly args: readonly string[];
    /** What was done to which bundle; absent: below /var/log. */
    readonly log?: string;
    readonly logFormat: "text" | "json";
    /** When it has grown beyond, it is renamed to `<log>.1` and begun anew. */
    readonly logMaxBytes: number;
  };
  /** Of the transform of that name. */
  readonly osVolume: {
    /** Directories below which a volume may be. */
    readonly roots: readonly string[];
    /** A mount there is the volume that is meant, unless the pod says otherwise. */
    readonly destination: string;
  };
  readonly hostProcess: HostProcessConfig;
}

export const DEFAULT_CONFIG: NodeConfig = {
  annotations: true,
  transforms: {
    enabled: [],
    directory: "/etc/gantry/transforms.d",
    timeoutMs: 2000,
    readFiles: [],
    options: {},
  },
  engine: "native",
  delegate: { args: [], logFormat: "text", logMaxBytes: 10 * 1024 * 1024 },
  osVolume: { roots: ["/var/lib/kubelet/pods"], destination: "/sgs-os-volume" },
  hostProcess: DEFAULT_HOST_PROCESS,
};

const PATH: Shape = {
  type: "string",
  check: (value) => (value.startsWith("/") ? undefined : "must be an absolute path"),
};
const NAME: Shape = {
  type: "string",
  check: (value) =>
    /^[a-z0-9][a-z0-9-]*$/.test(value) ? undefined : "must be lower case letters, digits and dashes",
};
const TEXT: Shape = { type: "string" };
function oneOf(...values: readonly string[]): Shape {
  return {
    type: "string",
    check: (value) =>
      values.includes(value) ? undefined : `must be ${values.map((v) => JSON.stringify(v)).join(" or ")}`,
  };
}
/** A table of whatever its owner likes. */
const ANYTHING: Shape = { type: "object", required: [], fields: {} };
const SHAPE: Shape = {
  type: "object",
  required: [],
  fields: {
    annotations: { type: "boolean" },
    transforms: {
      type: "object",
      required: [],
      fields: {
        enabled: { type: "list", of: NAME },
        directory: PATH,
        timeout_ms: { type: "integer", min: 10, max: 60_000 },
        read_files: { type: "list", of: PATH },
        options: { type: "map", of: ANYTHING },
      },
    },
    engine: oneOf("native", "delegate"),
    delegate: {
      type: "object",
      required: [],
      fields: {
        path: PATH,
        args: { type: "list", of: TEXT },
        log: PATH,
        log_format: oneOf("text", "json"),
        log_max_bytes: { type: "integer", min: 4096, max: 1024 ** 4 },
      },
    },
    os_volume: {
      type: "object",
      required: [],
      fields: { roots: { type: "list", of: PATH }, destination: PATH },
    },
    host_process: hostProcessShape(PATH, oneOf),
  },
};

/** The tables of the file, when their shape is right. */
interface ConfigFile {
  readonly annotations?: boolean;
  readonly transforms?: {
    readonly enabled?: readonly string[];
    readonly directory?: string;
    readonly timeout_ms?: number;
    readonly read_files?: readonly string[];
    readonly options?: Readonly<Record<string, unknown>>;
  };
  readonly engine?: NodeConfig["engine"];
  readonly delegate?: {
    readonly path?: string;
    readonly args?: readonly string[];
    readonly log?: string;
    readonly log_format?: "text" | "json";
    readonly log_max_bytes?: number;
  };
  readonly os_volume?: Partial<NodeConfig["osVolume"]>;
  readonly host_process?: HostProcessTable;
}

/**
 * Check the tables of a configuration file. A key that nobody knows is an error: a typing mistake must not switch something off.
 *
 * @param file for the message
 * @throws {TransformError} code "bad-config", naming every field that is wrong
 */
export function parseConfig(tables: unknown, file: string): NodeConfig {
  const problems: Problem[] = [];
  const given = checkShape(tables, SHAPE, "", problems) as ConfigFile;
  findUnknown(tables, SHAPE, "", problems);
  if (problems.length > 0) {
    const lines = problems.map(({ path, message }) => `${path}: ${message}`);
    throw new TransformError("bad-config", `${file}: ${lines.join("; ")}`);
  }
  const own = DEFAULT_CONFIG.transforms;
  const { enabled, directory, timeout_ms, read_files, options } = given.transforms ?? {};
  return {
    annotations: given.annotations ?? DEFAULT_CONFIG.annotations,
    transforms: {
      enabled: enabled ?? own.enabled,
      directory: directory ?? own.directory,
      timeoutMs: timeout_ms ?? own.timeoutMs,
      readFiles: read_files ?? own.readFiles,
      options: options ?? own.options,
    },
    engine: given.engine ?? DEFAULT_CONFIG.engine,
    delegate: delegateOf(given.delegate ?? {}),
    osVolume: { ...DEFAULT_CONFIG.osVolume, ...given.os_volume },
    hostProcess: parseHostProcess(given.host_process),
  };
}

function delegateOf(given: NonNullable<ConfigFile["delegate"]>): NodeConfig["delegate"] {
  const own = DEFAULT_CONFIG.delegate;
  return {
    ...(given.path === undefined ? {} : { path: given.path }),
    ...(given.log === undefined ? {} : { log: given.log }),
    args: given.args ?? own.args,
    logFormat: given.log_format ?? own.logFormat,
    logMaxBytes: given.log_max_bytes ?? own.logMaxBytes,
  };
}

function findUnknown(value: unknown, shape: Shape, path: string, problems: Problem[]): void {
  if (shape.type !== "object" || shape === ANYTHING || typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    const field = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
    if (field === undefined) problems.push({ path: join(path, key), message: "is not known" });
    else findUnknown(item, field, join(path, key), problems);
  }
}
