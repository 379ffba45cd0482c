import type { Logger } from "../core/log.ts";
import type { RunInit } from "../executor/init-process.ts";
import { StateStore } from "../state/store.ts";
import type { NodeConfig } from "../transforms/config.ts";
import type { Transform } from "../transforms/transform.ts";
import { type FaultPoint, Faults } from "./faults.ts";
import type { Remembered } from "./remembered.ts";

/** What every verb needs: where containers are kept, who changes the kernel, where to log. */
export interface RuntimeContext {
  readonly store: StateStore;
  /** The gantry-init executable, absolute. */
  readonly gantryInit: string;
  /** How to wait for it. */
  readonly runInit: RunInit;
  /** The environment this program was started with, scrubbed of what steers JavaScript engines. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: Logger;
  /** Descriptors this program has opened itself: never a container's. */
  readonly ownFds: readonly number[];
  /** None outside tests. */
  readonly faults: Faults;
  /** Where it is noted which container holds what only one may: for the whole node, whatever the state root. */
  readonly leaseDir: string;
  /** The node's configuration. @throws {TransformError} code "bad-config" */
  readonly readConfig: () => Promise<NodeConfig>;
  /** Absent in a process that carries out one command. */
  readonly remembered?: Remembered | undefined;
  readonly withUserTransforms: WithUserTransforms;
}

/** Runs `use` with the transforms of the node's own. @throws {TransformError} for one that cannot be had; what `use` throws */
export type WithUserTransforms = <Value>(
  config: NodeConfig,
  use: (transforms: readonly Transform[]) => Promise<Value>,
) => Promise<Value>;

/** @param options.stateRoot absolute */
export function createRuntimeContext(options: {
  readonly stateRoot: string;
  readonly gantryInit: string;
  readonly runInit: RunInit;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly log: Logger;
  readonly ownFds: readonly number[];
  readonly leaseDir: string;
  readonly readConfig: () => Promise<NodeConfig>;
  readonly withUserTransforms: WithUserTransforms;
  /** Nowhere outside tests. */
  readonly fault: FaultPoint;
  readonly remembered?: Remembered | undefined;
}): RuntimeContext {
  const { stateRoot, fault, ...rest } = options;
  const faults = new Faults(fault);
  return { ...rest, faults, store: new StateStore(stateRoot, (what) => faults.step(what)) };
}

/** `NAME=value` of the environment: what hooks without an `env` of their own get, as with runc. */
export function environmentList(context: RuntimeContext): string[] {
  return Object.entries(context.env).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
}
