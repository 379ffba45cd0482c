/**
 * What a transform of a node's own is written against: `import { defineTransform } from "gantry"`. Everything here is public: the
 * package exports it, and the shipped programs hand it to the files in transforms.d.
 */
import type { FactRequest } from "../host/path-facts.ts";
import type { Process, Root, Spec } from "../spec/types.ts";
import type { Facts } from "./facts.ts";
import type { KubernetesNames } from "./requests.ts";
import type { Applies, TransformResult } from "./transform.ts";

export type { MountEntry } from "../host/mountinfo.ts";
export type { FactRequest, StatFact, StatfsFact, UnameFact } from "../host/path-facts.ts";
export type { PrepareOperation } from "../plan/prepare.ts";
export type * from "../spec/types.ts";
export type { Facts } from "./facts.ts";
export type { KubernetesNames } from "./requests.ts";
export type { Applies, TransformResult } from "./transform.ts";

/** What a transform gets to know of a container besides its spec. */
export interface TransformRequests {
  readonly id: string;
  /** The directory of config.json; a relative `root.path` is relative to it. */
  readonly bundle: string;
  /** The pod's own container, which holds its namespaces and runs nothing. */
  readonly isSandbox: boolean;
  readonly kubernetes: KubernetesNames;
  /**
   * Those of the annotations it has named that the container has; none when the administrator has switched annotations off. The
   * values were written by whoever writes pods.
   */
  readonly annotations: Readonly<Record<string, string>>;
  /** `[transforms.options.NAME]` of the node's configuration. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A spec that was checked: what a transform gets. */
export type ContainerSpec = Spec & {
  readonly process: Process & { readonly args: readonly string[] };
  readonly root: Root;
};

/** A transform; see docs/transforms.md. Its name is that of its file. */
export interface UserTransform {
  /** It decides what the container's root is: no other that does may apply. Only such a one may change `root.path`. */
  readonly ownsRootfs?: boolean;
  /** It wants pod sandboxes, too. */
  readonly takesSandboxes?: boolean;
  /** The annotations it goes by. */
  readonly annotations?: readonly string[];
  applies(spec: ContainerSpec, requests: TransformRequests): Applies | Promise<Applies>;
  /** What it needs to know of the host; asked only when it applies. */
  facts?(
    spec: ContainerSpec,
    requests: TransformRequests,
  ): readonly FactRequest[] | Promise<readonly FactRequest[]>;
  /** Its result is checked; what it throws fails the create. */
  apply(
    spec: ContainerSpec,
    facts: Facts,
    requests: TransformRequests,
  ): TransformResult | Promise<TransformResult>;
}

/** Declare a transform, with its types checked: `export default defineTransform({ … })`. */
export function defineTransform(transform: UserTransform): UserTransform {
  return transform;
}
