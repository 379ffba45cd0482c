import type { ContainerId } from "../core/brand.ts";
import type { ContainerStatus } from "../spec/types.ts";
import type { ContainerRecord } from "../state/record.ts";
import type { RuntimeContext } from "./context.ts";
import { inspectContainer } from "./inspect.ts";
import { processDirectory } from "./process-directory.ts";

/** What `state` prints: runc's keys in runc's order, then ours. */
export interface StateOutput {
  readonly ociVersion: string;
  readonly id: string;
  /** 0 when there is no process. */
  readonly pid: number;
  readonly status: ContainerStatus;
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339, UTC. */
  readonly created: string;
  /** Absent when there are none. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner: string;
}

/** `state` tells the shim more than runc does: docs/ARCHITECTURE.md, "What the shim asks of gantry-runtime". */
export interface ExtendedStateOutput extends StateOutput {
  readonly gantry: {
    readonly processDir: string;
    readonly cgroup: ContainerRecord["cgroup"];
    /** Those that have applied; absent when none has. */
    readonly transforms?: ContainerRecord["transforms"];
  };
}

/** @throws {StateError} codes "missing", "corrupt" */
export async function readContainerState(
  context: RuntimeContext,
  id: ContainerId,
): Promise<ExtendedStateOutput> {
  const { record, status, init, stateDir } = await inspectContainer(context, id);
  return {
    ...stateOutput(record, status, init?.pid, ""),
    gantry: {
      processDir: processDirectory(stateDir),
      cgroup: record.cgroup,
      ...(record.transforms.length === 0 ? {} : { transforms: record.transforms }),
    },
  };
}

/** @param owner user name; "" in `state`, filled in `list` */
export function stateOutput(
  record: ContainerRecord,
  status: ContainerStatus,
  pid: number | undefined,
  owner: string,
): StateOutput {
  return {
    ociVersion: record.ociVersion,
    id: record.id,
    pid: pid ?? 0,
    status,
    bundle: record.bundle,
    rootfs: record.rootfs,
    created: record.created,
    ...(Object.keys(record.annotations).length === 0 ? {} : { annotations: record.annotations }),
    owner,
  };
}
