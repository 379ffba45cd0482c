import { basename, join } from "node:path";
import type { RootfsMountRequest } from "../../client/create.ts";
import type { LinuxNamespace, Spec } from "../../spec/types.ts";
import type { SandboxRecord } from "./record.ts";

/** What Kubernetes' pause containers have: the last to be killed for want of memory, and hardly any share of the CPU. */
export const HOLDER_OOM_SCORE_ADJ = -998;
const CPU_SHARES = 2;

/** containerd's defaults for pods with a network of their own (`enable_unprivileged_ports`, `enable_unprivileged_icmp`). */
const NETWORK_SYSCTLS = {
  "net.ipv4.ip_unprivileged_port_start": "0",
  "net.ipv4.ping_group_range": "0 2147483647",
};

/** Where the pod's /dev/shm lies in the holder's rootfs. */
export const SHM = "shm";
const SHM_BYTES = 64 * 1024 * 1024;

/**
 * The container that holds a sandbox's namespaces: one process without any privilege, in a rootfs of nothing but its own
 * executable.
 *
 * @param gantryInit the executable
 */
export function holderSpec(
  { id, config, netnsPath, isSystemdCgroup }: SandboxRecord,
  gantryInit: string,
  oomScoreAdj: number,
): Spec {
  const own = (type: LinuxNamespace["type"], isHost: boolean): LinuxNamespace[] => (isHost ? [] : [{ type }]);
  const network: LinuxNamespace[] = config.hasHostNetwork
    ? []
    : [{ type: "network", ...(netnsPath !== "" && { path: netnsPath }) }];
  const cgroupsPath = cgroupsPathOf(config.cgroupParent, id, isSystemdCgroup);
  return {
    ociVersion: "1.1.0",
    process: {
      user: { uid: 0, gid: 0 },
      args: ["/gantry-init", "reap"],
      cwd: "/",
      noNewPrivileges: true,
      oomScoreAdj,
    },
    root: { path: "rootfs", readonly: true },
    // The host name belongs to the host where its network does, as with containerd's pause containers.
    ...(config.hasHostNetwork || config.hostname === "" ? {} : { hostname: config.hostname }),
    mounts: [
      {
        destination: "/gantry-init",
        type: "bind",
        source: gantryInit,
        options: ["bind", "ro", "nosuid", "nodev"],
      },
      // Sysctls are written through it.
      { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
    ],
    // Transforms leave it alone, as the CRI plugin's own sandboxes.
    annotations: { "io.kubernetes.cri.container-type": "sandbox" },
    linux: {
      namespaces: [
        { type: "mount" },
        ...network,
        ...own("uts", config.hasHostNetwork),
        ...own("ipc", config.hasHostIpc),
        ...own("pid", config.hasHostPid),
      ],
      sysctl: { ...(config.hasHostNetwork ? {} : NETWORK_SYSCTLS), ...config.sysctls },
      resources: { cpu: { shares: CPU_SHARES } },
      ...(cgroupsPath !== "" && { cgroupsPath }),
    },
  };
}

/** The pod's /dev/shm, on the directory `SHM` of the holder's rootfs: the runtime mounts it, and takes it away. */
export function holderMounts(config: SandboxRecord["config"]): RootfsMountRequest[] {
  if (config.hasHostIpc) return [];
  const options = ["nosuid", "nodev", "noexec", "mode=1777", `size=${SHM_BYTES}`];
  return [{ type: "tmpfs", source: "shm", target: SHM, options }];
}

/** As containerd names the cgroup of a pod's containers. */
function cgroupsPathOf(parent: string, id: string, isSystemdCgroup: boolean): string {
  if (parent === "") return "";
  return isSystemdCgroup ? `${basename(parent)}:cri-containerd:${id}` : join("/", parent, id);
}
