/**
 * Refuses containers that would see a path of the node other than those the node's owner allows, whatever links lead there.
 *
 *     [transforms]
 *     enabled = ["no-host-paths"]
 *     [transforms.options.no-host-paths]
 *     allowed = ["/var/lib/kubelet/pods", "/var/lib/containerd", "/run/containerd"]
 *
 * A policy is a transform that changes nothing: it lets the container be, or it throws.
 */
import { type ContainerSpec, defineTransform, type TransformRequests } from "gantry";

const DEFAULT = ["/var/lib/kubelet/pods", "/var/lib/containerd", "/run/containerd"];

function allowedOf({ options }: TransformRequests): readonly string[] {
  const { allowed } = options;
  return Array.isArray(allowed) ? allowed.map(String) : DEFAULT;
}

/** Sources of the bind mounts. */
function sourcesOf(spec: ContainerSpec): string[] {
  const isBind = (options: readonly string[] = []): boolean =>
    options.includes("bind") || options.includes("rbind");
  return (spec.mounts ?? []).flatMap(({ type, source, options }) =>
    source?.startsWith("/") && (type === "bind" || isBind(options)) ? [source] : [],
  );
}

export default defineTransform({
  applies(spec) {
    const count = sourcesOf(spec).length;
    return { applies: count > 0, reason: `there are ${count} bind mounts` };
  },

  facts: (spec) => sourcesOf(spec).map((path) => ({ kind: "realpath", path })),

  apply(spec, facts, requests) {
    for (const source of sourcesOf(spec)) {
      // Not there: the container would fail anyway, and meanwhile anything could come there.
      const real = facts.realpath(source) ?? source;
      const isAllowed = allowedOf(requests).some((root) => real === root || real.startsWith(`${root}/`));
      if (!isAllowed)
        throw new Error(
          `containers may not have ${source} of the node${real === source ? "" : ` (${real})`}`,
        );
    }
    return { spec };
  },
});
