import { messageOf } from "../core/errors.ts";
import { parseJson } from "../spec/json.ts";
import type { Resources } from "../spec/types.ts";
import { StateError } from "./errors.ts";

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, clock ticks since boot. */
  readonly startTime: number;
}

/** How to take back something that `create` was about to make on the host. What is not there is fine. */
export type UndoStep =
  | {
      readonly kind: "unmount";
      /** Absolute path of the mount point. */
      readonly target: string;
      /** Only the mount that gantry-init has noted in this file; absent: everything at and below the target. */
      readonly noted?: string;
    }
  /** Stays when it holds something. */
  | { readonly kind: "remove-dir"; readonly path: string }
  /** Stays when it is another container's. */
  | { readonly kind: "release"; readonly lease: string }
  /** An overlay with other users stays mounted. */
  | { readonly kind: "leave"; readonly overlay: string };

/** What one transform has changed in a container's spec. */
export interface TransformRecord {
  readonly name: string;
  /** Why it applied. */
  readonly reason: string;
  /** Paths of the fields that it has added, changed or removed. */
  readonly changed: readonly string[];
  readonly notes: readonly string[];
}

/**
 * What is kept about a container, in `<stateRoot>/<id>/state.json`. The status is not in it: it is computed from
 * facts (`computeStatus`). Process configuration and hooks are in the frozen `config.json` beside it.
 */
export interface ContainerRecord {
  readonly ociVersion: string;
  readonly id: string;
  /** Init's pid in the runtime's pid namespace; 0 until `create` has finished. */
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, in clock ticks; 0 until `create` has finished. */
  readonly startTime: number;
  /** The `create` that is making the container; absent once it has finished. */
  readonly creator?: ProcessIdentity;
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339 with up to nine fractional digits, UTC. */
  readonly created: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** User name of whoever ran `create`; empty when unknown. */
  readonly owner: string;
  /** As `CgroupPaths` of cgroups/: controller → absolute directory. */
  readonly cgroup: {
    readonly mode: "v1" | "hybrid" | "v2";
    readonly paths: Readonly<Record<string, string>>;
    /** systemd's unit, when it made the cgroup. */
    readonly unit?: { readonly name: string; readonly bus: string };
  };
  /** The limits as they were last applied. */
  readonly resources: Resources;
  /** What to undo, in the order in which it is made: what was made last goes first. Written before any of it is made. */
  readonly undo: readonly UndoStep[];
  /** The transforms that have applied; what they made is in `config.json` beside this file. */
  readonly transforms: readonly TransformRecord[];
  /** Another runtime has made the container and is asked for every change. */
  readonly delegate?: {
    readonly path: string;
    /** Before every command. */
    readonly args: readonly string[];
    /** Its state root. */
    readonly root: string;
  };
  /** False: init's death does not end the container's other processes, so the cgroup must be killed. */
  readonly hasPrivatePidNamespace: boolean;
  /** Made with `--no-new-keyring`: there is no session keyring of the container's for an exec to join. */
  readonly noNewKeyring: boolean;
  /** Namespaces the container has of its own, by the specification's names ("pid", "mount", …): what exec joins. */
  readonly namespaces: readonly string[];
}

/**
 * Parse the text of a state.json. Unknown fields are ignored, so that a newer version's file can be read.
 *
 * @param file the path, for the message
 * @throws {StateError} code "corrupt", naming file and field
 */
export function parseContainerRecord(text: string, file: string): ContainerRecord {
  const fields = new Fields(parseObject(text, file), file, "");
  const cgroup = fields.fields("cgroup");
  const creator = fields.has("creator") ? fields.fields("creator") : undefined;
  return {
    ociVersion: fields.string("ociVersion"),
    id: fields.string("id"),
    pid: fields.count("pid"),
    startTime: fields.count("startTime"),
    ...(creator && { creator: { pid: creator.count("pid"), startTime: creator.count("startTime") } }),
    bundle: fields.string("bundle"),
    rootfs: fields.string("rootfs"),
    created: fields.string("created"),
    annotations: fields.strings("annotations"),
    owner: fields.string("owner"),
    cgroup: { mode: parseMode(cgroup), paths: cgroup.strings("paths"), ...parseUnit(cgroup) },
    // Written by us from a validated spec and read by nobody but `update`, which merges and validates it again.
    resources: fields.object("resources") as Resources,
    // Up to 0.1.0 there were only mounts to undo, and no transforms.
    undo: fields.has("undo")
      ? fields.objects("undo").map(parseUndoStep)
      : fields.objects("mounts").map(parseUnmount),
    transforms: (fields.has("transforms") ? fields.objects("transforms") : []).map((transform) => ({
      name: transform.string("name"),
      reason: transform.string("reason"),
      changed: transform.stringList("changed"),
      notes: transform.stringList("notes"),
    })),
    ...(fields.has("delegate") ? { delegate: parseDelegate(fields.fields("delegate")) } : {}),
    hasPrivatePidNamespace: fields.boolean("hasPrivatePidNamespace"),
    noNewKeyring: fields.boolean("noNewKeyring"),
    namespaces: fields.stringList("namespaces"),
  };
}

function parseObject(text: string, file: string): unknown {
  try {
    return parseJson(text, file);
  } catch (error) {
    throw new StateError("corrupt", `Cannot read state: ${messageOf(error)}`, { cause: error });
  }
}

function parseMode(cgroup: Fields): "v1" | "hybrid" | "v2" {
  const mode = cgroup.string("mode");
  if (mode !== "v1" && mode !== "hybrid" && mode !== "v2") return cgroup.fail("mode", "v1, hybrid or v2");
  return mode;
}

function parseDelegate(fields: Fields): NonNullable<ContainerRecord["delegate"]> {
  return { path: fields.string("path"), args: fields.stringList("args"), root: fields.string("root") };
}

function parseUnit(cgroup: Fields): Pick<ContainerRecord["cgroup"], "unit"> {
  if (!cgroup.has("unit")) return {};
  const unit = cgroup.fields("unit");
  return { unit: { name: unit.string("name"), bus: unit.string("bus") } };
}

function parseUndoStep(step: Fields): UndoStep {
  const kind = step.string("kind");
  switch (kind) {
    case "unmount":
      return parseUnmount(step);
    case "remove-dir":
      return { kind, path: step.string("path") };
    case "release":
      return { kind, lease: step.string("lease") };
    case "leave":
      return { kind, overlay: step.string("overlay") };
    default:
      return step.fail("kind", "a way to undo something");
  }
}

function parseUnmount(step: Fields): UndoStep {
  const noted = step.has("noted") ? { noted: step.string("noted") } : {};
  return { kind: "unmount", target: step.string("target"), ...noted };
}

/** Typed reads of one JSON object; every complaint names the file and the field's path. */
class Fields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #file: string;
  readonly #path: string;

  constructor(value: unknown, file: string, path: string) {
    this.#file = file;
    this.#path = path;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new StateError("corrupt", `Cannot read state: ${file}${path && `: "${path}"`} is not an object`);
    }
    this.#object = value as Readonly<Record<string, unknown>>;
  }

  has(name: string): boolean {
    return this.#object[name] !== undefined;
  }

  string(name: string): string {
    const value = this.#object[name];
    return typeof value === "string" ? value : this.fail(name, "a string");
  }

  boolean(name: string): boolean {
    const value = this.#object[name];
    return typeof value === "boolean" ? value : this.fail(name, "true or false");
  }

  count(name: string): number {
    const value = this.#object[name];
    return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
      ? value
      : this.fail(name, "a whole number");
  }

  object(name: string): Readonly<Record<string, unknown>> {
    return this.fields(name).#object;
  }

  fields(name: string): Fields {
    return new Fields(this.#object[name], this.#file, this.#join(name));
  }

  strings(name: string): Readonly<Record<string, string>> {
    const fields = this.fields(name);
    return Object.fromEntries(Object.keys(fields.#object).map((key) => [key, fields.string(key)]));
  }

  objects(name: string): Fields[] {
    return this.#list(name).map((item, i) => new Fields(item, this.#file, `${this.#join(name)}[${i}]`));
  }

  stringList(name: string): string[] {
    return this.#list(name).map((item, i) =>
      typeof item === "string" ? item : this.fail(`${name}[${i}]`, "a string"),
    );
  }

  fail(name: string, expected: string): never {
    const value = this.#object[name];
    const problem =
      value === undefined ? `has no "${this.#join(name)}"` : `"${this.#join(name)}" is not ${expected}`;
    throw new StateError(
      "corrupt",
      `Cannot read state: ${this.#file}${value === undefined ? " " : ": "}${problem}`,
    );
  }

  #list(name: string): readonly unknown[] {
    const value = this.#object[name];
    return Array.isArray(value) ? value : this.fail(name, "a list");
  }

  #join(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }
}
