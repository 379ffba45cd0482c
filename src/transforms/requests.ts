import type { ContainerId, HostPath } from "../core/brand.ts";
import type { RootfsMount } from "../plan/input.ts";
import type { Spec } from "../spec/types.ts";
import { parseAnnotations, type Wanted } from "./annotations.ts";
import type { NodeConfig } from "./config.ts";

/** Everything that may trigger a transform, whatever it came from. */
export interface Requests {
  readonly id: ContainerId;
  /** The directory of config.json; a relative `root.path` is relative to it. */
  readonly bundle: HostPath;
  /** What the caller has mounted on `<bundle>/rootfs` before any prepare operation. */
  readonly rootfsMounts: readonly RootfsMount[];
  /** The pod's own container, which holds its namespaces and runs nothing. */
  readonly isSandbox: boolean;
  readonly kubernetes: KubernetesNames;
  /** What allow-listed annotations ask for. Empty when the administrator has switched that off, and for a sandbox. */
  readonly wanted: Wanted;
  /** All annotations, under the same condition. The parsed ones are in `wanted`. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly config: NodeConfig;
}

/** As the CRI plugin of containerd, or CRI-O, notes them in the spec. */
export interface KubernetesNames {
  readonly namespace?: string;
  readonly pod?: string;
  /** Absent for a sandbox. */
  readonly container?: string;
}

/** What `parseRequests` is told besides the spec. */
export interface RequestInput {
  readonly id: ContainerId;
  readonly bundle: HostPath;
  readonly rootfsMounts: readonly RootfsMount[];
  readonly config: NodeConfig;
}

/**
 * Find everything that asks for a transform.
 *
 * @returns also what is to be logged
 * @throws {TransformError} code "bad-annotation"
 */
export function parseRequests(
  spec: Spec,
  input: RequestInput,
): { readonly requests: Requests; readonly warnings: readonly string[] } {
  const all = spec.annotations ?? {};
  const isSandbox = ["io.kubernetes.cri.container-type", "io.kubernetes.cri-o.ContainerType"].some(
    (key) => all[key] === "sandbox",
  );
  // The annotations of a pod are on its sandbox, too, where a bad one must not do any harm.
  const annotations = isSandbox || !input.config.annotations ? {} : all;
  const { wanted, warnings } = parseAnnotations(annotations);
  return {
    requests: { ...input, isSandbox, kubernetes: kubernetesNames(all), wanted, annotations },
    warnings,
  };
}

function kubernetesNames(annotations: Readonly<Record<string, string>>): KubernetesNames {
  const namespace =
    annotations["io.kubernetes.cri.sandbox-namespace"] ?? annotations["io.kubernetes.pod.namespace"];
  const pod = annotations["io.kubernetes.cri.sandbox-name"] ?? annotations["io.kubernetes.pod.name"];
  const container =
    annotations["io.kubernetes.cri.container-name"] ?? annotations["io.kubernetes.container.name"];
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(pod === undefined ? {} : { pod }),
    ...(container === undefined ? {} : { container }),
  };
}
