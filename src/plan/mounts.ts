import { posix } from "node:path";
import { MS_BIND, MS_RDONLY, MS_REC } from "../spec/mount-options.ts";
import { isBindMount, mountDestination } from "../spec/rules-mounts.ts";
import type { Mount, ValidSpec } from "../spec/types.ts";
import { compileCgroupMount } from "./cgroup-mounts.ts";
import { PlanError } from "./errors.ts";
import type { HostFacts } from "./input.ts";
import {
  MAX_DATA_BYTES,
  MOUNT_READONLY_LATER,
  MOUNT_REAL_DIRECTORY,
  MOUNT_TAKE_MODE,
  MOUNT_TMPCOPYUP,
} from "./mount-bits.ts";
import { parseMountOptions } from "./mount-options.ts";
import type { Op, OpOf } from "./op.ts";

/** The operations for `mounts`, and for `remount` ones that must wait until nothing is created below them any more. */
export interface MountOps {
  readonly mounts: readonly Op[];
  readonly remounts: readonly OpOf<"remount">[];
  readonly warnings: readonly string[];
}

/** Compile `mounts`, in their order: runtime-spec config.md, "Mounts". @throws {PlanError} code "bad-mount" */
export function compileMounts(spec: ValidSpec, bundle: string, facts: HostFacts): MountOps {
  const mounts: Op[] = [];
  const remounts: OpOf<"remount">[] = [];
  const warnings: string[] = [];
  const hasCgroupNamespace =
    spec.linux?.namespaces?.some((namespace) => namespace.type === "cgroup") ?? false;
  for (const [index, mount] of (spec.mounts ?? []).entries()) {
    if (!mount.destination.startsWith("/")) {
      const path = mountDestination(mount.destination);
      warnings.push(`mounts[${index}].destination ${mount.destination} is relative, taken as ${path}`);
    }
    const ops =
      mount.type === "cgroup" && !isBindMount(mount)
        ? compileCgroupMount(mount, hasCgroupNamespace, facts)
        : [compileMount(mount, spec.linux?.mountLabel ?? "", bundle)];
    for (const op of ops) {
      if (op.kind === "mount") assertDataFits(op, index);
      mounts.push(deferReadonly(op, remounts));
    }
  }
  return { mounts, remounts, warnings };
}

/** Whether `/dev` is bound from somewhere: then it is the caller's, and nothing is created in it. */
export function isDevBindMounted(spec: ValidSpec): boolean {
  return (spec.mounts ?? []).some(
    (mount) => mountDestination(mount.destination) === "/dev" && isBindMount(mount),
  );
}

function compileMount(mount: Mount, label: string, bundle: string): OpOf<"mount"> {
  const { flags, cleared, propagation, attrSet, attrClear, isTmpcopyup, data } = parseMountOptions(
    mount.options ?? [],
  );
  const isBind = isBindMount(mount);
  const fstype = isBind ? "bind" : (mount.type ?? "");
  let options = 0;
  if (fstype === "proc" || fstype === "sysfs") options |= MOUNT_REAL_DIRECTORY;
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
    data: [...data, ...labelOption(fstype, label)].join(","),
    attrSet,
    attrClear,
    options,
  };
}

/** File systems whose files have labels of their own take none as an option. */
const UNLABELLED: readonly string[] = ["bind", "proc", "sysfs", "mqueue", "cgroup", "cgroup2"];

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
