import { CAPABILITIES } from "./capabilities.ts";
import { MEMORY_POLICY_FLAGS, MEMORY_POLICY_MODES } from "./kernel-names.ts";
import {
  FLAG_OPTIONS,
  IDMAP_OPTIONS,
  PROPAGATION_OPTIONS,
  RECURSIVE_OPTIONS,
  TMPCOPYUP_OPTION,
} from "./mount-options.ts";
import { SECCOMP_ACTIONS, SECCOMP_ARCHS, SECCOMP_FLAGS, SECCOMP_OPERATORS } from "./seccomp-names.ts";
import { OCI_VERSION, OCI_VERSION_MIN } from "./version.ts";

/** What this host and this build add to what the code can do. */
export interface FeatureFacts {
  /** /proc/sys/kernel/cap_last_cap: capabilities above it do not exist here. */
  readonly capLastCap: number;
  readonly isAppArmorEnabled: boolean;
  readonly isSeLinuxEnabled: boolean;
  readonly version: string;
  /** Of the libseccomp in gantry-init, when it told. */
  readonly libseccompVersion?: string;
}

/** Newer than libseccomp 2.5, which we may have been built with: a profile that lists them may be refused. */
const UNCERTAIN_ARCHS = ["SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB"];

/**
 * The document of `gantry-runtime features`: runtime-spec features.md. Only what is true: it lists a thing when a spec
 * with that thing runs.
 */
export function featuresDocument(facts: FeatureFacts): Readonly<Record<string, unknown>> {
  return {
    ociVersionMin: OCI_VERSION_MIN,
    ociVersionMax: OCI_VERSION,
    hooks: ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"],
    mountOptions: [
      ...Object.keys(FLAG_OPTIONS).filter((option) => option !== "remount"),
      ...Object.keys(PROPAGATION_OPTIONS),
      ...Object.keys(RECURSIVE_OPTIONS),
      ...IDMAP_OPTIONS,
      TMPCOPYUP_OPTION,
    ].sort(),
    linux: {
      namespaces: ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"],
      capabilities: CAPABILITIES.slice(0, facts.capLastCap + 1),
      cgroup: { v1: true, v2: true, systemd: true, systemdUser: true, rdma: true },
      seccomp: {
        enabled: true,
        actions: Object.keys(SECCOMP_ACTIONS).sort(),
        operators: Object.keys(SECCOMP_OPERATORS).sort(),
        archs: Object.keys(SECCOMP_ARCHS)
          .filter((arch) => !UNCERTAIN_ARCHS.includes(arch))
          .sort(),
        knownFlags: Object.keys(SECCOMP_FLAGS).sort(),
        supportedFlags: Object.keys(SECCOMP_FLAGS).sort(),
      },
      apparmor: { enabled: facts.isAppArmorEnabled },
      selinux: { enabled: facts.isSeLinuxEnabled },
      intelRdt: { enabled: false },
      mountExtensions: { idmap: { enabled: true } },
      memoryPolicy: {
        modes: Object.keys(MEMORY_POLICY_MODES).sort(),
        flags: Object.keys(MEMORY_POLICY_FLAGS).sort(),
      },
      netDevices: { enabled: true },
    },
    // A value of these may change what the host does: criu's options from a file, properties of the container's systemd unit.
    potentiallyUnsafeConfigAnnotations: ["org.criu.config", "org.systemd.property."],
    annotations: {
      "dev.gantry.version": facts.version,
      "dev.gantry.checkpoint.enabled": "true",
      ...(facts.libseccompVersion === undefined
        ? {}
        : { "io.github.seccomp.libseccomp.version": facts.libseccompVersion }),
    },
  };
}
