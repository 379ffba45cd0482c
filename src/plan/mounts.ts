import { posix } from "node:path";
import { MS_BIND, MS_RDONLY, MS_REC, MS_SLAVE } from "../spec/mount-options.ts";
import { isBindMount, isIdMapped, mountDestination } from "../spec/rules-mounts.ts";
import type { Mount, ValidSpec } from "../spec/types.ts";
import { compileCgroupMount } from "./cgroup-mounts.ts";
import { PlanError } from "./errors.ts";
import { compileIdRanges } from "./id-ranges.ts";
import type { HostFacts } from "./input.ts";
import {
  MAX_DATA_BYTES,
  MOUNT_CGROUP_FALLBACK,
  MOUNT_ID_MAP_RECURSIVE,
  MOUNT_ID_MAP_SHIFT,
  MOUNT_READONLY_LATER,
  MOUNT_REAL_DIRECTORY,
  MOUNT_TAKE_MODE,
  MOUNT_TMPCOPYUP,
} from "./mount-bits.ts";
import { parseMountOptions } from "./mount-options.ts";
import type { Op, OpOf } from "./op.ts";

/** The operations for `mounts`, and for `remount` ones that must wait until nothing is created below them any more. */
export interface MountOps {
  /** What the mounts' id maps are made of, for stage `host`. */
  readonly idMaps: readonly OpOf<"mount-id-map">[];
  readonly mounts: readonly Op[];
  readonly remounts: readonly OpOf<"remount">[];
  readonly warnings: readonly string[];
}

/** Compile `mounts`, in their order: runtime-spec config.md, "Mounts". @throws {PlanError} code "bad-mount" */
export function compileMounts(spec: ValidSpec, bundle: string, facts: HostFacts): MountOps {
  const mounts: Op[] = [];
  const remounts: OpOf<"remount">[] = [];
  const warnings: string[] = [];
  const idMaps: OpOf<"mount-id-map">[] = [];
  const has = (type: string) => spec.linux?.namespaces?.some((namespace) => namespace.type === type) ?? false;
  const hasCgroupNamespace = has("cgroup");
  const isOnHost = !has("mount");
  for (const [index, mount] of (spec.mounts ?? []).entries()) {
    if (!mount.destination.startsWith("/")) {
      const path = mountDestination(mount.destination);
      warnings.push(`mounts[${index}].destination ${mount.destination} is relative, taken as ${path}`);
    }
    const idle = isBindMount(mount) ? parseMountOptions(mount.options ?? []).data : [];
    if (idle.length > 0)
      warnings.push(`mounts[${index}].options: a bind mount has no use for ${idle.join(",")}`);
    const ops =
      mount.type === "cgroup" && !isBindMount(mount)
        ? compileCgroupMount(mount, hasCgroupNamespace, facts)
        : [compileMount(mount, spec.linux?.mountLabel ?? "", bundle)];
    for (const op of ops) {
      if (op.kind === "mount") assertDataFits(op, index);
      const mapped = isIdMapped(mount) && op.kind === "mount" ? withIdMap(op, mount, spec, idMaps) : op;
      mounts.push(deferReadonly(isOnHost ? asSlave(mapped) : mapped, remounts));
    }
  }
  return { idMaps, mounts, remounts, warnings };
}

/**
 * In a mount namespace of its own a container's copy of the host's tree is a slave before anything is bound from it. In the
 * host's, a bind is its source's peer, and what happens below it would happen to the source, until it is made a slave itself.
 */
function asSlave(op: Op): Op {
  if (op.kind !== "mount") return op;
  const mayBind = (op.flags & MS_BIND) !== 0n || (op.options & MOUNT_CGROUP_FALLBACK) !== 0;
  return mayBind ? { ...op, propagation: [MS_SLAVE | MS_REC, ...op.propagation] } : op;
}

/** Whether `/dev` is bound from somewhere: then it is the caller's, and nothing is created in it. */
export function isDevBindMounted(spec: ValidSpec): boolean {
  return (spec.mounts ?? []).some(
    (mount) => mountDestination(mount.destination) === "/dev" && isBindMount(mount),
  );
}

/**
 * Number the id map of a mount. Mounts with the same one share it: each costs a process and a user namespace. Without
 * mappings of its own a mount takes the container's.
 */
function withIdMap(
  op: OpOf<"mount">,
  mount: Mount,
  spec: ValidSpec,
  idMaps: OpOf<"mount-id-map">[],
): OpOf<"mount"> {
  const source = mount.uidMappings?.length ? mount : (spec.linux ?? {});
  const joined = spec.linux?.namespaces?.find((namespace) => namespace.type === "user")?.path ?? "";
  const idMap: OpOf<"mount-id-map"> =
    source !== mount && joined !== ""
      ? { kind: "mount-id-map", path: joined, uids: [], gids: [] }
      : {
          kind: "mount-id-map",
          path: "",
          uids: compileIdRanges(source.uidMappings),
          gids: compileIdRanges(source.gidMappings),
        };
  const known = idMaps.findIndex((one) => JSON.stringify(one) === JSON.stringify(idMap));
  const number = known >= 0 ? known + 1 : idMaps.push(idMap);
  return { ...op, options: op.options | (number << MOUNT_ID_MAP_SHIFT) };
}

function compileMount(mount: Mount, label: string, bundle: string): OpOf<"mount"> {
  const { flags, cleared, propagation, attrSet, attrClear, isTmpcopyup, isIdMapRecursive, data } =
    parseMountOptions(mount.options ?? []);
  const isBind = isBindMount(mount);
  const fstype = isBind ? "bind" : (mount.type ?? "");
  let options = 0;
  if (fstype === "proc" || fstype === "sysfs") options |= MOUNT_REAL_DIRECTORY;
  if (isIdMapRecursive) options |= MOUNT_ID_MAP_RECURSIVE;
  if (isTmpcopyup) options |= MOUNT_TMPCOPYUP;
  if (fstype === "tmpfs" && !data.some((option) => option.startsWith("mode="))) options |= MOUNT_TAKE_MODE;
  return {
    kind: "mount",
    // A relative source of a bind starts at the bundle (runtime-spec, "Mounts").
    source: isBind ? posix.resolve(bundle, mount.source ?? "") : mount.source || fstype,
    target: mountDestination(mount.destination),
    fstype,
    flags: isBind ? flags | MS_BIND : flags,
    cleared,
    propagation,
    data: isBind ? "" : [...data, ...labelOption(fstype, label)].join(","),
    attrSet,
    attrClear,
    options,
  };
}

/** File systems whose files have labels of their own take none as an option. */
const UNLABELLED: readonly string[] = ["proc", "sysfs", "mqueue", "cgroup", "cgroup2"];

function labelOption(fstype: string, label: string): string[] {
  return label === "" || UNLABELLED.includes(fstype) ? [] : [`context="${label}"`];
}

function assertDataFits(op: OpOf<"mount">, index: number): void {
  const bytes = Buffer.byteLength(op.data);
  if (bytes <= MAX_DATA_BYTES) return;
  const message = `mounts[${index}].options: ${bytes} bytes of file system options, mount(2) takes ${MAX_DATA_BYTES}`;
  throw new PlanError("bad-mount", message);
}

/**
 * A read-only tmpfs, or anything read-only on /dev, is mounted writable: mount points and devices are still made in it.
 * The remount comes last, after the pivot.
 */
function deferReadonly(op: Op, remounts: OpOf<"remount">[]): Op {
  if (op.kind !== "mount" || (op.flags & MS_RDONLY) === 0n) return op;
  if (op.fstype !== "tmpfs" && op.target !== "/dev") return op;
  remounts.push({ kind: "remount", target: op.target, flags: op.flags & ~(MS_BIND | MS_REC) });
  return { ...op, flags: op.flags & ~MS_RDONLY, options: op.options | MOUNT_READONLY_LATER };
}
