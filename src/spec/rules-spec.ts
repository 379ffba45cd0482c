import type { Problem } from "./errors.ts";
import { checkLinux } from "./rules-linux.ts";
import { checkMappingList } from "./rules-mappings.ts";
import { checkMounts } from "./rules-mounts.ts";
import { checkSysctls } from "./rules-sysctl.ts";
import type { NamespaceType, Resources, Spec } from "./types.ts";

/**
 * A value whose shape was checked and whose bad parts were left out, so that every rule can look at what remains and
 * all problems are reported at once.
 */
export type Draft<Type> = Type extends string | number | bigint | boolean
  ? Type
  : Type extends readonly (infer Item)[]
    ? readonly (Draft<Item> | undefined)[]
    : { readonly [Key in keyof Type]?: Draft<Type[Key]> | undefined };

const VERSION = /^1\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

/** Rules over more than one field of a spec, without process and seccomp: runtime-spec config.md and config-linux.md. */
export function checkSpec(spec: Draft<Spec>, problems: Problem[]): void {
  if (spec.ociVersion !== undefined && !VERSION.test(spec.ociVersion)) {
    const message = `must be a version 1.x.y, got ${JSON.stringify(spec.ociVersion)}`;
    problems.push({ path: "ociVersion", message });
  }
  const namespaces = checkNamespaces(spec, problems);
  if (spec.hostname && !namespaces.has("uts")) {
    problems.push({ path: "hostname", message: "needs a uts namespace" });
  }
  if (spec.domainname && !namespaces.has("uts")) {
    problems.push({ path: "domainname", message: "needs a uts namespace" });
  }
  if (!namespaces.has("mount")) checkWithoutMountNamespace(spec, namespaces, problems);
  checkMappings(spec, namespaces, problems);
  checkTimeOffsets(spec, namespaces, problems);
  checkMounts(spec, problems);
  checkDevices(spec, problems);
  checkSysctls(spec.linux?.sysctl ?? {}, new Set(namespaces.keys()), problems);
  checkPropagation(spec, problems);
  checkLinux(spec.linux ?? {}, new Set(namespaces.keys()), problems);
  if (spec.linux?.resources !== undefined) {
    checkResources(spec.linux.resources, "linux.resources", problems);
  }
}

/** Rules over more than one field of `linux.resources`: runtime-spec config-linux.md, "Control groups". */
export function checkResources(resources: Draft<Resources>, path: string, problems: Problem[]): void {
  const { limit, swap } = resources.memory ?? {};
  if (swap !== undefined && swap > 0 && limit !== undefined && limit > 0 && swap < limit) {
    const message = `${swap} is memory and swap together, and less than the memory limit ${limit}`;
    problems.push({ path: `${path}.memory.swap`, message });
  }
  for (const [index, rule] of (resources.devices ?? []).entries()) {
    if (rule?.access === "") {
      problems.push({ path: `${path}.devices[${index}].access`, message: "must not be empty" });
    }
  }
  for (const key of Object.keys(resources.unified ?? {})) {
    if (key === "" || key.includes("/") || key.includes("\0") || key === "." || key === "..") {
      const message = `${JSON.stringify(key)} is not the name of a cgroup file`;
      problems.push({ path: `${path}.unified`, message });
    }
  }
}

/** The namespaces of the spec with their path, "" for a new one. */
function checkNamespaces(spec: Draft<Spec>, problems: Problem[]): ReadonlyMap<NamespaceType, string> {
  const namespaces = new Map<NamespaceType, string>();
  for (const [index, namespace] of (spec.linux?.namespaces ?? []).entries()) {
    if (namespace?.type === undefined) continue;
    if (namespaces.has(namespace.type)) {
      const message = `the ${namespace.type} namespace is given twice`;
      problems.push({ path: `linux.namespaces[${index}]`, message });
    }
    namespaces.set(namespace.type, namespace.path ?? "");
  }
  return namespaces;
}

/** What would change the host, or cannot work: the container's mounts are the host's then. */
function checkWithoutMountNamespace(
  spec: Draft<Spec>,
  namespaces: ReadonlyMap<NamespaceType, string>,
  problems: Problem[],
): void {
  if (namespaces.has("user")) {
    problems.push({ path: "linux.namespaces", message: "a user namespace needs a mount namespace" });
  }
  for (const field of ["maskedPaths", "readonlyPaths"] as const) {
    if (!spec.linux?.[field]?.length) continue;
    const message = "unable to restrict sys entries without a private MNT namespace"; // runc's words
    problems.push({ path: `linux.${field}`, message });
  }
  if (spec.linux?.rootfsPropagation) {
    problems.push({ path: "linux.rootfsPropagation", message: "needs a mount namespace" });
  }
}

function checkMappings(
  spec: Draft<Spec>,
  namespaces: ReadonlyMap<NamespaceType, string>,
  problems: Problem[],
): void {
  const path = namespaces.get("user");
  for (const field of ["uidMappings", "gidMappings"] as const) {
    const mappings = spec.linux?.[field] ?? [];
    const at = `linux.${field}`;
    if (mappings.length > 0 && path === undefined) {
      problems.push({ path: at, message: "needs a user namespace" });
    }
    if (mappings.length === 0 && path === "") {
      problems.push({ path: at, message: "a new user namespace needs at least one mapping" });
    }
    checkMappingList(mappings, at, problems);
  }
}

function checkTimeOffsets(
  spec: Draft<Spec>,
  namespaces: ReadonlyMap<NamespaceType, string>,
  problems: Problem[],
): void {
  const clocks = Object.keys(spec.linux?.timeOffsets ?? {});
  if (clocks.length > 0 && namespaces.get("time") !== "") {
    problems.push({ path: "linux.timeOffsets", message: "needs a new time namespace" });
  }
  for (const clock of clocks) {
    if (clock !== "monotonic" && clock !== "boottime") {
      const message = `unknown clock ${JSON.stringify(clock)}: there are monotonic and boottime`;
      problems.push({ path: "linux.timeOffsets", message });
    }
  }
}

function checkDevices(spec: Draft<Spec>, problems: Problem[]): void {
  for (const [index, device] of (spec.linux?.devices ?? []).entries()) {
    if (device?.type === undefined || device.type === "p") continue;
    for (const field of ["major", "minor"] as const) {
      if (device[field] === undefined) {
        const message = `is required for a device of type ${device.type}`;
        problems.push({ path: `linux.devices[${index}].${field}`, message });
      }
    }
  }
}

const ROOT_PROPAGATIONS: readonly string[] = ["private", "shared", "slave", "unbindable"];

function checkPropagation(spec: Draft<Spec>, problems: Problem[]): void {
  const value = spec.linux?.rootfsPropagation;
  // runc also takes the recursive names, and docker and podman send them.
  if (!value || ROOT_PROPAGATIONS.includes(value.replace(/^r/, ""))) return;
  const message = `must be one of ${ROOT_PROPAGATIONS.join(", ")}, got ${JSON.stringify(value)}`;
  problems.push({ path: "linux.rootfsPropagation", message });
}
