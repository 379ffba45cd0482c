import type { ContainerStatus, Spec, StateDocument } from "./types.ts";
import { OCI_VERSION } from "./version.ts";

/** What a state document is made of besides the spec. */
export interface StateDocumentInput {
  readonly id: string;
  readonly status: ContainerStatus;
  /** Absent when there is no process (`poststop`), or when the native part puts it in. */
  readonly pid?: number;
  readonly bundle: string;
}

/**
 * The state of a container as the specification has it (runtime.md, "State"). `ociVersion` is ours, not
 * the config's, as with runc; annotations are left out when there are none.
 */
export function stateDocument(spec: Pick<Spec, "annotations">, input: StateDocumentInput): StateDocument {
  const annotations = spec.annotations ?? {};
  return {
    ociVersion: OCI_VERSION,
    id: input.id,
    status: input.status,
    ...(input.pid === undefined ? {} : { pid: input.pid }),
    bundle: input.bundle,
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}
