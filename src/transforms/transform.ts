import type { FactRequest } from "../host/path-facts.ts";
import type { DirectoryIdentity } from "../plan/input.ts";
import type { PrepareOperation } from "../plan/prepare.ts";
import type { Spec, ValidSpec } from "../spec/types.ts";
import type { Facts } from "./facts.ts";
import type { Requests } from "./requests.ts";

/** When a transform runs; the order is fixed. */
export const STAGES = [
  "rootfs-source",
  "rootfs-replacement",
  "system-container",
  "host-process",
  "user",
] as const;
export type TransformStage = (typeof STAGES)[number];

/** Whether a transform has anything to do, and why (not): one clause for a person, e.g. `no annotation asks for it`. */
export interface Applies {
  readonly applies: boolean;
  readonly reason: string;
}

/** What a transform makes of a spec. */
export interface TransformResult {
  /** A new spec; it is validated again. `root.path` may name what a prepare operation makes. */
  readonly spec: Spec;
  /** What `root.path` was when it was looked at; the create fails when another directory is there by then. */
  readonly rootIdentity?: DirectoryIdentity;
  /** What is to be made on the host first, in this order. */
  readonly prepare?: readonly PrepareOperation[];
  /** For the log and for whoever asks why: one sentence each. */
  readonly notes?: readonly string[];
}

type Awaitable<T> = T | Promise<T>;

/**
 * A rewrite of a spec. All three functions are pure: what they need to know of the host they name in `facts`. What they throw
 * fails the create, with the transform's name in front. Applied to its own output a transform changes nothing: `applies` says no, or
 * `apply` returns the same.
 */
export interface Transform {
  /** Lower case, with dashes. */
  readonly name: string;
  readonly stage: TransformStage;
  /** It decides what the container's root is: no other that does may apply. Only such a one may change `root.path`. */
  readonly ownsRootfs: boolean;
  /** It wants pod sandboxes, too. Default: they are left alone. */
  readonly takesSandboxes?: boolean;
  applies(spec: ValidSpec, requests: Requests): Awaitable<Applies>;
  /** Asked for only when it applies. Absent: none. */
  facts?(spec: ValidSpec, requests: Requests): Awaitable<readonly FactRequest[]>;
  apply(spec: ValidSpec, facts: Facts, requests: Requests): Awaitable<TransformResult>;
}
