import { toBigInt } from "../spec/int64.ts";
import type { NamespaceType, Spec } from "../spec/types.ts";
import type { ClockOffset, NamespaceJoin } from "./op.ts";

/**
 * CLONE_NEW* of clone(2), in the order in which namespaces are joined: the user namespace first, because it may own the
 * others; the mount namespace late, because paths are looked up in it afterwards.
 */
export const CLONE_FLAGS: Readonly<Record<NamespaceType, number>> = {
  user: 0x10000000,
  ipc: 0x08000000,
  uts: 0x04000000,
  network: 0x40000000,
  pid: 0x20000000,
  mount: 0x00020000,
  cgroup: 0x02000000,
  time: 0x00000080,
};

/** clock_gettime(2): the clocks a time namespace can move. */
const CLOCKS: Readonly<Record<string, number>> = { monotonic: 1, boottime: 7 };

/** The namespaces of a spec as clone(2) and setns(2) see them. */
export interface Namespaces {
  /** Namespaces to create. */
  readonly flags: bigint;
  /** Namespaces to join by path. */
  readonly joins: readonly NamespaceJoin[];
  readonly offsets: readonly ClockOffset[];
  /** All of the container's own namespaces, created or joined: what an exec joins. */
  readonly mask: bigint;
  readonly own: ReadonlySet<NamespaceType>;
  readonly created: ReadonlySet<NamespaceType>;
}

export function compileNamespaces(spec: Spec): Namespaces {
  const namespaces = spec.linux?.namespaces ?? [];
  const created = namespaces.filter((namespace) => !namespace.path).map((namespace) => namespace.type);
  const order = Object.values(CLONE_FLAGS);
  const joins = namespaces
    .flatMap(({ type, path }) => (path ? [{ type: CLONE_FLAGS[type], path }] : []))
    .sort((one, other) => order.indexOf(one.type) - order.indexOf(other.type));
  return {
    flags: bits(created),
    joins,
    offsets: compileOffsets(spec),
    mask: bits(namespaces.map((namespace) => namespace.type)),
    own: new Set(namespaces.map((namespace) => namespace.type)),
    created: new Set(created),
  };
}

function bits(types: readonly NamespaceType[]): bigint {
  return types.reduce((mask, type) => mask | BigInt(CLONE_FLAGS[type]), 0n);
}

function compileOffsets(spec: Spec): ClockOffset[] {
  return Object.entries(spec.linux?.timeOffsets ?? {}).flatMap(([name, offset]) => {
    const clock = CLOCKS[name];
    if (clock === undefined) return [];
    return [{ clock, secs: toBigInt(offset.secs ?? 0), nanos: offset.nanosecs ?? 0 }];
  });
}
