import type { FactAnswer, FactRequest } from "../../host/path-facts.ts";
import type { ValidSpec } from "../../spec/types.ts";
import type { TransformRequests } from "../define.ts";
import type { Applies } from "../transform.ts";

/*
 * Between a runtime and the process that holds a node's own transforms (`gantry-runtime transforms`): one line of JSON for each
 * call on its standard input, one for each answer on descriptor 3, in the same order.
 */

/** Where the answers are written. */
export const ANSWER_FD = 3;

export type HostCall =
  | { readonly call: "load"; readonly file: string }
  | {
      readonly call: "decide";
      readonly file: string;
      readonly spec: ValidSpec;
      readonly requests: TransformRequests;
    }
  | {
      readonly call: "apply";
      readonly file: string;
      readonly spec: ValidSpec;
      readonly requests: TransformRequests;
      readonly facts: readonly FactAnswer[];
    };

/** `said`: what it has written to the console. */
export type HostAnswer =
  | { readonly value: unknown; readonly said: readonly string[] }
  | { readonly error: string; readonly said: readonly string[] };

/** Of `load`. */
export interface LoadedTransform {
  readonly ownsRootfs: boolean;
  readonly takesSandboxes: boolean;
  readonly annotations: readonly string[];
}

/** Of `decide`; not asked for facts when it does not apply. */
export interface Decision extends Applies {
  readonly facts: readonly FactRequest[];
}
