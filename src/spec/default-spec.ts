import type { LinuxNamespace, Mount, Spec } from "./types.ts";
import { OCI_VERSION } from "./version.ts";

/** Who the new bundle is for. */
export interface DefaultSpecOptions {
  /** For a caller without privileges: a user namespace in which the caller is root, the host's network, no limits. */
  readonly isRootless: boolean;
  readonly euid: number;
  readonly egid: number;
  /** On v2 hosts the container also gets a cgroup namespace. */
  readonly isCgroupV2: boolean;
}

const CAPABILITIES = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

/** The `config.json` that `gantry-runtime spec` writes: that of `runc spec`, field by field, but for the hostname. */
export function defaultSpec(options: DefaultSpecOptions): Spec {
  return {
    ociVersion: OCI_VERSION,
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ["sh"],
      env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
      cwd: "/",
      capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
      rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: "rootfs", readonly: true },
    hostname: "gantry",
    mounts: defaultMounts(options.isRootless),
    linux: {
      ...(options.isRootless
        ? {
            uidMappings: [{ containerID: 0, hostID: options.euid, size: 1 }],
            gidMappings: [{ containerID: 0, hostID: options.egid, size: 1 }],
          }
        : { resources: { devices: [{ allow: false, access: "rwm" }] } }),
      namespaces: defaultNamespaces(options),
      maskedPaths: [
        "/proc/acpi",
        "/proc/asound",
        "/proc/kcore",
        "/proc/keys",
        "/proc/latency_stats",
        "/proc/timer_list",
        "/proc/timer_stats",
        "/proc/sched_debug",
        "/sys/firmware",
        "/proc/scsi",
      ],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    },
  };
}

function defaultMounts(isRootless: boolean): Mount[] {
  const ptsOptions = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"];
  return [
    { destination: "/proc", type: "proc", source: "proc" },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      // Group 5 (tty) is not mapped in a rootless user namespace.
      options: isRootless ? ptsOptions : [...ptsOptions, "gid=5"],
    },
    {
      destination: "/dev/shm",
      type: "tmpfs",
      source: "shm",
      options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
    },
    { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
    // A fresh sysfs needs a network namespace of one's own.
    isRootless
      ? {
          destination: "/sys",
          type: "none",
          source: "/sys",
          options: ["rbind", "nosuid", "noexec", "nodev", "ro"],
        }
      : { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
    {
      destination: "/sys/fs/cgroup",
      type: "cgroup",
      source: "cgroup",
      options: ["nosuid", "noexec", "nodev", "relatime", "ro"],
    },
  ];
}

function defaultNamespaces(options: DefaultSpecOptions): LinuxNamespace[] {
  return [
    { type: "pid" },
    ...(options.isRootless ? [] : [{ type: "network" } as const]),
    { type: "ipc" },
    { type: "uts" },
    { type: "mount" },
    ...(options.isCgroupV2 ? [{ type: "cgroup" } as const] : []),
    ...(options.isRootless ? [{ type: "user" } as const] : []),
  ];
}
