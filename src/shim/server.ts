import { messageOf } from "../core/errors.ts";
import { parseServerArgs } from "./argv.ts";
import { Node, type NodeConfig } from "./relay/node.ts";
import type { ShimContext } from "./task/shim-context.ts";

/** What the server is started with. */
export interface ServerConfig extends Omit<NodeConfig, "args"> {
  readonly argv: readonly string[];
}

/**
 * Serve every pod of one containerd until nothing needs the server any more, SIGTERM or SIGINT.
 *
 * @returns the exit code
 * @throws {ShimError} code "bad-arguments"; it is a stub that reads it, in the node directory's `stderr`
 */
export async function runServer(config: ServerConfig): Promise<number> {
  const { argv, ...rest } = config;
  const node = new Node({ ...rest, args: parseServerArgs(argv) });
  onSignals(node);
  await node.serve();
  return 0;
}

function onSignals(node: Node): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => node.requestStop(signal));
  // Not a word about it: the log may be the pipe that broke.
  process.on("SIGPIPE", () => {});
  process.on("SIGUSR1", () => {
    for (const pod of node.pods.values()) {
      node.logger.log("info", "state", { socket: pod.socket, containers: describeContainers(pod.shim) });
    }
  });
  // Everything is on disk and every call has its own error path: one that slipped through ends its own work only.
  const survive = (error: unknown): void => {
    const stack = error instanceof Error ? error.stack : undefined;
    node.logger.log("error", `uncaught: ${messageOf(error)}`, stack === undefined ? {} : { stack });
  };
  process.on("uncaughtException", survive);
  process.on("unhandledRejection", survive);
}

/** For SIGUSR1: who is in which status, as one line of JSON. */
export function describeContainers(shim: Pick<ShimContext, "containers">): string {
  const list = [...shim.containers.values()].map(({ id, bundle, init, execs, pause }) => ({
    id,
    bundle,
    pause,
    processes: [init, ...execs.values()].map((process) => ({
      exec: process.execId,
      pid: process.pid,
      status: process.status,
      hasMonitor: process.followed?.link !== undefined,
      isAnnounced: process.announced.isSet,
    })),
  }));
  return JSON.stringify(list);
}
