import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { InstallError } from "./errors.ts";
import { NODE_PATH, type NodeRoot } from "./node-root.ts";

/** A containerd of a node: where it is configured, and how it is started. All paths are the node's. */
export interface Daemon {
  readonly kind: DaemonKind;
  /** The file that containerd is started with; it need not exist. */
  readonly config: string;
  /** Absent: the file is the administrator's. Otherwise it is generated from a template in its directory at each start. */
  readonly generator?: "rancher";
  /** containerd's executable. */
  readonly program: string;
  /** systemd units, one of which runs it. */
  readonly units: readonly string[];
}

export type DaemonKind = "containerd" | "k3s" | "rke2" | "k0s" | "microk8s";
export const DAEMON_KINDS: readonly DaemonKind[] = ["containerd", "k3s", "rke2", "k0s", "microk8s"];

type Known = Omit<Daemon, "kind" | "program"> & { readonly programs: readonly string[] };

const RANCHER = "/var/lib/rancher";
/** Where each distribution keeps its containerd. */
const KNOWN: Readonly<Record<DaemonKind, Known>> = {
  containerd: {
    config: "/etc/containerd/config.toml",
    programs: NODE_PATH.split(":").map((dir) => join(dir, "containerd")),
    units: ["containerd.service"],
  },
  k3s: {
    config: `${RANCHER}/k3s/agent/etc/containerd/config.toml`,
    generator: "rancher",
    programs: [`${RANCHER}/k3s/data/current/bin/containerd`],
    units: ["k3s.service", "k3s-agent.service"],
  },
  rke2: {
    config: `${RANCHER}/rke2/agent/etc/containerd/config.toml`,
    generator: "rancher",
    programs: [`${RANCHER}/rke2/bin/containerd`],
    units: ["rke2-server.service", "rke2-agent.service"],
  },
  k0s: {
    config: "/etc/k0s/containerd.toml",
    programs: ["/var/lib/k0s/bin/containerd"],
    units: ["k0scontroller.service", "k0sworker.service"],
  },
  microk8s: {
    // A template only by name: variables such as ${SNAP_DATA} stand within strings.
    config: "/var/snap/microk8s/current/args/containerd-template.toml",
    programs: ["/snap/microk8s/current/bin/containerd"],
    units: ["snap.microk8s.daemon-containerd.service"],
  },
};

export interface DaemonWish {
  readonly kind?: DaemonKind;
  readonly config?: string;
  readonly program?: string;
}

/**
 * The containerd that runs the node's pods. A distribution's own comes before /etc/containerd, which on such nodes is docker's.
 *
 * @throws {InstallError} code "no-daemon"
 */
export function findDaemon(root: NodeRoot, wish: DaemonWish): Daemon {
  const kind = wish.kind ?? (wish.config === undefined ? findKind(root, wish) : "containerd");
  const { programs, ...known } = KNOWN[kind];
  const config = wish.config ?? known.config;
  const candidates = wish.program === undefined ? programs : [wish.program];
  const program = candidates.find((file) => existsSync(root.path(file)));
  if (program === undefined) {
    throw new InstallError(
      "no-daemon",
      `${kind}: no containerd at ${candidates.join(", ")} below ${root.dir}; name it with --containerd`,
    );
  }
  return { kind, ...known, config, program };
}

function findKind(root: NodeRoot, wish: DaemonWish): DaemonKind {
  const isThere = (kind: DaemonKind) => existsSync(root.path(dirname(KNOWN[kind].config)));
  const special = DAEMON_KINDS.filter((kind) => kind !== "containerd" && isThere(kind));
  if (special.length > 1) {
    throw new InstallError(
      "no-daemon",
      `several kinds of node at once: choose with --daemon ${special.join("|")}`,
    );
  }
  const [only] = special;
  if (only !== undefined) return only;
  const hasProgram = [wish.program ?? [], KNOWN.containerd.programs]
    .flat()
    .some((file) => existsSync(root.path(file)));
  if (isThere("containerd") || hasProgram) return "containerd";
  throw new InstallError(
    "no-daemon",
    `found no containerd below ${root.dir}: looked for ${DAEMON_KINDS.map((kind) => KNOWN[kind].config).join(", ")}; ` +
      "name its configuration with --containerd-config",
  );
}
