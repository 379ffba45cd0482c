/** What a server says of itself and its pods. Sent as JSON: what is added later may be absent in what an older server sends. */
export interface NodeReport {
  readonly version: string;
  /** Of the relay protocol. */
  readonly protocol: number;
  readonly pid: number;
  /** The path that it was started from. */
  readonly executable: string;
  readonly uptimeSeconds: number;
  readonly nodeDir: string;
  /** containerd's gRPC socket. */
  readonly address: string;
  /** Servers of this node so far. */
  readonly starts: number;
  /** Those of them that did not end by themselves. */
  readonly deaths: number;
  /** Pids of `gantry-runtime worker`. */
  readonly workers: readonly number[];
  readonly commandsInProgress: number;
  readonly tasksWaiting: number;
  readonly events: {
    readonly pending: number;
    /** How long the oldest of them has been tried. */
    readonly waitedMs: number;
  };
  readonly pods: readonly PodReport[];
}

export interface PodReport {
  /** Of its sandbox or its only container; empty for a pod that an older version has started. */
  readonly id: string;
  readonly containerdNamespace: string;
  readonly socket: string;
  /** 0: it has none at the moment. */
  readonly stubPid: number;
  /** Clients that are connected. */
  readonly connections: number;
  readonly containers: readonly ContainerReport[];
}

export interface ContainerReport {
  readonly id: string;
  readonly bundle: string;
  readonly stateRoot: string;
  /** created, running, pausing, paused or stopped. */
  readonly status: string;
  /** Init first, then execs. */
  readonly processes: readonly ReportedProcess[];
}

export interface ReportedProcess {
  /** Empty for init. */
  readonly execId: string;
  /** 0 before there is one. */
  readonly pid: number;
  readonly status: "created" | "running" | "stopped";
}
