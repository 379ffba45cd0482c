import type { Problem } from "../spec/errors.ts";
import { checkShape, join, type Shape } from "../spec/shape.ts";
import { TransformError } from "./errors.ts";

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
