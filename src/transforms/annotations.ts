import { TransformError } from "./errors.ts";

/** Annotations below it are ours: those nobody knows are logged and ignored. */
export const OWN_PREFIX = "gantry.dev/";

/** An annotation that may ask for something. Its value was written by whoever writes pods. */
export interface AnnotationDef<Value> {
  /** Ours first, then the names that mean the same. */
  readonly keys: readonly [`gantry.dev/${string}`, ...string[]];
  /** @throws an Error that says what is wrong with the value; the key is put in front */
  readonly parse: (value: string) => Value;
}

/** Every annotation that acts. The name is the field of `Requests.wanted`. */
export const ANNOTATIONS = {
  /** The claim whose volume becomes the root. */
  osVolume: { keys: ["gantry.dev/os-volume", "sgs.snucse.org/os-volume"], parse: parseName },
  /** Where that volume is mounted. */
  osVolumeDestination: {
    keys: ["gantry.dev/os-volume-destination", "sgs.snucse.org/os-volume-destination"],
    parse: parseAbsolutePath,
  },
  /** The only container of the pod that is meant. */
  osVolumeContainer: {
    keys: ["gantry.dev/os-volume-container", "sgs.snucse.org/os-volume-container"],
    parse: parseName,
  },
  osVolumeMode: {
    keys: ["gantry.dev/os-volume-mode", "sgs.snucse.org/os-volume-mode"],
    parse: parseOsVolumeMode,
  },
  /** Whether it is to be a process on the node. */
  hostProcess: { keys: ["gantry.dev/host-process"], parse: parseBoolean },
  // As in the seed, a value that means nothing is ignored: the transform decides.
  hostOverlayName: { keys: ["gantry.dev/host-overlay-name", "reaper.runtime/overlay-name"], parse: parseAny },
  hostDnsMode: { keys: ["gantry.dev/host-dns-mode", "reaper.runtime/dns-mode"], parse: parseAny },
} as const satisfies Readonly<Record<string, AnnotationDef<unknown>>>;

/** What annotations ask for, parsed; absent fields were not asked for. */
export type Wanted = {
  readonly [Name in keyof typeof ANNOTATIONS]?: ReturnType<(typeof ANNOTATIONS)[Name]["parse"]>;
};

/**
 * Find the annotations that act and parse them.
 *
 * @returns also one sentence for each key of ours that nobody knows
 * @throws {TransformError} code "bad-annotation"
 */
export function parseAnnotations(annotations: Readonly<Record<string, string>>): {
  readonly wanted: Wanted;
  readonly warnings: readonly string[];
} {
  const known = new Set<string>();
  const wanted = Object.entries<AnnotationDef<unknown>>(ANNOTATIONS).flatMap(([name, { keys, parse }]) => {
    for (const key of keys) known.add(key);
    const given = keys.filter((key) => Object.hasOwn(annotations, key));
    const [key] = given;
    if (key === undefined) return [];
    const other = given.find((alias) => annotations[alias] !== annotations[key]);
    if (other !== undefined)
      throw new TransformError("bad-annotation", `annotations ${key} and ${other} differ`);
    return [[name, parseOne(key, annotations[key] ?? "", parse)]];
  });
  const unknown = Object.keys(annotations).filter((key) => key.startsWith(OWN_PREFIX) && !known.has(key));
  return {
    wanted: Object.fromEntries(wanted) as Wanted,
    warnings: unknown.map((key) => `annotation ${JSON.stringify(key)} is not known and ignored`),
  };
}

function parseOne(key: string, value: string, parse: (value: string) => unknown): unknown {
  try {
    return parse(value);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new TransformError("bad-annotation", `annotation ${key}: ${problem}`, { cause: error });
  }
}

const MAX_NAME_LENGTH = 253;

/** A name as Kubernetes gives to objects, as far as it matters: one path segment. */
function parseName(value: string): string {
  if (value === "") throw new Error("is empty");
  if (value.length > MAX_NAME_LENGTH) throw new Error(`has more than ${MAX_NAME_LENGTH} characters`);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value)) throw new Error(`${JSON.stringify(value)} is not a name`);
  return value;
}

function parseAbsolutePath(value: string): string {
  if (!value.startsWith("/")) throw new Error(`${JSON.stringify(value)} is not an absolute path`);
  return value;
}

/** `swap`: the volume is the root; `overlay`: it is the upper layer over the image. */
function parseOsVolumeMode(value: string): "swap" | "overlay" {
  if (value !== "swap" && value !== "overlay") {
    throw new Error(`${JSON.stringify(value)} is neither "swap" nor "overlay"`);
  }
  return value;
}

function parseBoolean(value: string): boolean {
  if (value !== "true" && value !== "false")
    throw new Error(`${JSON.stringify(value)} is neither "true" nor "false"`);
  return value === "true";
}

function parseAny(value: string): string {
  return value;
}
