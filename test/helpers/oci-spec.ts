/** What a test changes about an otherwise ordinary container. */
export interface SpecOptions {
  readonly args: readonly string[];
  readonly env?: readonly string[];
  readonly cwd?: string;
  readonly terminal?: boolean;
  readonly uid?: number;
  readonly gid?: number;
  readonly readonlyRoot?: boolean;
  /** Merged into linux.resources. */
  readonly resources?: object;
  readonly hostname?: string;
  /** Last word on the finished spec. */
  readonly change?: (spec: OciSpec) => void;
}

/** The parts of a spec that tests reach into. */
export interface OciSpec {
  ociVersion: string;
  process: Record<string, unknown> & { args: string[]; env: string[] };
  root: { path: string; readonly: boolean };
  hostname: string;
  mounts: { destination: string; type?: string; source: string; options: string[] }[];
  hooks?: object;
  annotations: Record<string, string>;
  linux: Record<string, unknown> & {
    resources: Record<string, unknown>;
    namespaces: { type: string; path?: string }[];
    cgroupsPath: string;
  };
}

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const CAPABILITIES = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_FSETID",
  "CAP_FOWNER",
  "CAP_MKNOD",
  "CAP_NET_RAW",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETFCAP",
  "CAP_SETPCAP",
  "CAP_NET_BIND_SERVICE",
  "CAP_SYS_CHROOT",
  "CAP_KILL",
  "CAP_AUDIT_WRITE",
];

/** A process document as clients of containerd send it, for init and for exec. */
export function processSpec(options: Omit<SpecOptions, "resources" | "change">): Record<string, unknown> & {
  args: string[];
  env: string[];
} {
  return {
    terminal: options.terminal ?? false,
    user: { uid: options.uid ?? 0, gid: options.gid ?? 0 },
    args: [...options.args],
    env: [PATH, ...(options.env ?? [])],
    cwd: options.cwd ?? "/",
    capabilities: { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES },
    rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
    noNewPrivileges: true,
  };
}

/** A spec such as containerd's clients make for an ordinary container on Linux. */
export function ordinarySpec(cgroupsPath: string, options: SpecOptions): OciSpec {
  const spec: OciSpec = {
    ociVersion: "1.0.2",
    process: processSpec(options),
    root: { path: "rootfs", readonly: options.readonlyRoot ?? false },
    hostname: options.hostname ?? "gantry-test",
    mounts: [
      mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
      mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
      mount(
        "/dev/pts",
        "devpts",
        "devpts",
        "nosuid",
        "noexec",
        "newinstance",
        "ptmxmode=0666",
        "mode=0620",
        "gid=5",
      ),
      mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
      mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
      mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
      mount("/run", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
    ],
    annotations: {},
    linux: {
      resources: { devices: [{ allow: false, access: "rwm" }], ...options.resources },
      cgroupsPath,
      namespaces: ["pid", "ipc", "uts", "mount", "network"].map((type) => ({ type })),
      maskedPaths: [
        "/proc/acpi",
        "/proc/kcore",
        "/proc/keys",
        "/proc/timer_list",
        "/sys/firmware",
        "/proc/scsi",
      ],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    },
  };
  options.change?.(spec);
  return spec;
}

function mount(destination: string, type: string, source: string, ...options: string[]) {
  return { destination, type, source, options };
}
