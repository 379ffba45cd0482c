import { messageOf } from "../../core/errors.ts";
import { runtime } from "../../gen/cri.js";
import { ShimError } from "../errors.ts";
import type { SandboxConfig } from "./record.ts";

const CRI_TYPE = "runtime.v1.PodSandboxConfig";

/** Nothing was said: everything the sandbox can have of its own. */
const DEFAULTS: SandboxConfig = {
  hostname: "",
  resolvConf: undefined,
  cgroupParent: "",
  sysctls: {},
  hasHostNetwork: false,
  hasHostPid: false,
  hasHostIpc: false,
};

/**
 * Understand the options of CreateSandbox: Kubernetes' PodSandboxConfig, or nothing.
 *
 * @throws {ShimError} codes "bad-request" (another type, not decodable), "unsupported" (a user namespace)
 */
export function parseSandboxConfig(
  any: { readonly typeUrl?: string | null; readonly value?: Uint8Array | null } | null | undefined,
): SandboxConfig {
  if (!any?.typeUrl) return DEFAULTS;
  if (any.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1) !== CRI_TYPE) {
    throw new ShimError("bad-request", `options of type ${JSON.stringify(any.typeUrl)} are not supported`);
  }
  let pod: runtime.v1.PodSandboxConfig;
  try {
    pod = runtime.v1.PodSandboxConfig.decode(any.value ?? new Uint8Array(0));
  } catch (error) {
    throw new ShimError("bad-request", `options: not a ${CRI_TYPE}: ${messageOf(error)}`, { cause: error });
  }
  const { NODE, POD } = runtime.v1.NamespaceMode;
  const namespaces = pod.linux?.securityContext?.namespaceOptions;
  const userns = namespaces?.usernsOptions;
  if (userns && (userns.mode ?? POD) === POD) {
    throw new ShimError(
      "unsupported",
      'userns_options: a pod with a user namespace needs a handler with sandboxer = "podsandbox"',
    );
  }
  const dns = pod.dnsConfig;
  return {
    hostname: pod.hostname,
    resolvConf: dns ? resolvConfOf(dns.servers ?? [], dns.searches ?? [], dns.options ?? []) : undefined,
    cgroupParent: pod.linux?.cgroupParent ?? "",
    sysctls: pod.linux?.sysctls ?? {},
    hasHostNetwork: namespaces?.network === NODE,
    hasHostPid: namespaces?.pid === NODE,
    hasHostIpc: namespaces?.ipc === NODE,
  };
}

/** resolv.conf(5), in the order in which containerd writes it. */
function resolvConfOf(
  servers: readonly string[],
  searches: readonly string[],
  options: readonly string[],
): string {
  return [
    ...(searches.length > 0 ? [`search ${searches.join(" ")}`] : []),
    ...servers.map((server) => `nameserver ${server}`),
    ...(options.length > 0 ? [`options ${options.join(" ")}`] : []),
  ]
    .map((line) => `${line}\n`)
    .join("");
}
