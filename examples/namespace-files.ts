/**
 * Gives every container of one Kubernetes namespace a read-only directory of the node and a variable that says where it is.
 *
 *     [transforms]
 *     enabled = ["namespace-files"]
 *     [transforms.options.namespace-files]
 *     namespace = "shop"
 *     source = "/opt/company-ca"
 *     destination = "/etc/company-ca"
 *     variable = "SSL_CERT_DIR"
 */
import { defineTransform, type TransformRequests } from "gantry";

function optionsOf({ options }: TransformRequests) {
  const text = (name: string): string => {
    const value = options[name];
    if (typeof value === "string" && value !== "") return value;
    throw new Error(`transforms.options.namespace-files.${name} must be a text`);
  };
  return {
    namespace: text("namespace"),
    source: text("source"),
    destination: text("destination"),
    variable: text("variable"),
  };
}

export default defineTransform({
  applies(spec, requests) {
    const { namespace, destination } = optionsOf(requests);
    if (requests.kubernetes.namespace !== namespace) {
      return { applies: false, reason: `the pod is not in namespace ${namespace}` };
    }
    if (spec.mounts?.some((mount) => mount.destination === destination)) {
      return { applies: false, reason: `something is mounted on ${destination} already` };
    }
    return { applies: true, reason: `the pod is in namespace ${namespace}` };
  },

  facts: (_spec, requests) => [{ kind: "stat", path: optionsOf(requests).source }],

  apply(spec, facts, requests) {
    const { source, destination, variable } = optionsOf(requests);
    if (facts.stat(source)?.type !== "directory")
      throw new Error(`${source} is not a directory of this node`);
    const mount = { destination, type: "bind", source, options: ["rbind", "ro", "nosuid", "nodev"] };
    // What the pod says itself stays.
    const isSet = spec.process.env?.some((entry) => entry.startsWith(`${variable}=`)) ?? false;
    const env = isSet ? [] : [`${variable}=${destination}`];
    return {
      spec: {
        ...spec,
        mounts: [...(spec.mounts ?? []), mount],
        process: { ...spec.process, env: [...(spec.process.env ?? []), ...env] },
      },
    };
  },
});
