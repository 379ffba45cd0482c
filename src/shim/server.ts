import { closeSync, writeSync } from "node:fs";
import { scrubEnvironment } from "../client/environment.ts";
import { createRuntimeClient } from "../client/runtime-client.ts";
import { findRuntime } from "../client/runtime-path.ts";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { EventPublisher, type EventSink } from "../events/publisher.ts";
import { TtrpcServer } from "../ttrpc/server.ts";
import type { ShimArgs } from "./argv.ts";
import { ShimError } from "./errors.ts";
import { listenOrJoin } from "./listen.ts";
import { openServerLog, type ServerLog } from "./log.ts";
import type { Container } from "./task/container.ts";
import { forgetRemoved } from "./task/forget-removed.ts";
import { Latch } from "./task/queue.ts";
import { recoverContainers } from "./task/recover.ts";
import { taskServices } from "./task/service.ts";
import type { ShimContext } from "./task/shim-context.ts";

/** What the server is started with. */
export interface ServerConfig {
  readonly args: ShimArgs;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of our own executable; gantry-runtime is looked for beside it. */
  readonly executable: string;
}

/** How long calls in progress may take to end when the server ends. */
const CALLS_GRACE_MS = 1000;
/** How long events may take to reach containerd when the server ends. */
const EVENTS_GRACE_MS = 5000;
/**
 * A server without containers and without connections: its Shutdown was lost (containerd was killed, or 2.3 deleted the
 * sandbox before a container). Long enough for a daemon that has just started it to connect.
 */
const IDLE_CHECK_MS = 30_000;
const IDLE_CHECKS = 4;

/**
 * Serve the task service of one group of containers on a socket until Shutdown, SIGTERM or SIGINT.
 *
 * @returns the exit code
 */
export async function runServer(config: ServerConfig): Promise<number> {
  const { args } = config;
  const report = readyReporter(args.readyFd);
  try {
    // The first bundle of the group, our working directory, goes before the others do.
    process.chdir("/");
    if (args.socket === "") throw new ShimError("bad-arguments", "flag is missing: -socket");
    const listening = await listenOrJoin(args.socket);
    if (listening.type === "taken") {
      report("taken");
      return 0;
    }
    return await serve(config, listening.server, report);
  } catch (error) {
    report(`failed ${messageOf(error).replaceAll("\n", " ")}`);
    return 1;
  }
}

async function serve(
  config: ServerConfig,
  listener: Parameters<TtrpcServer["serve"]>[0],
  report: (line: string) => void,
): Promise<number> {
  const { args } = config;
  const logger = openServerLog({
    file: config.env["GANTRY_SHIM_LOG"] ?? "",
    bundle: args.bundle,
    isDebug: args.isDebug,
    fields: { runtime: "io.containerd.gantry.v2", namespace: args.containerdNamespace },
  });
  const publisher = openPublisher(config, logger);
  const stop = stopper();
  const recovered = new Latch<void>();
  const shim = shimContext(config, { logger, events: publisher, ready: recovered.done }, stop.request);
  onSignals(shim, stop.request);
  const server = new TtrpcServer(taskServices(shim), { logger });
  // At once: containerd may have a connection in the backlog, and a connection that nobody takes up hangs.
  server.serve(listener);
  await recoverContainers(shim);
  recovered.set();
  report("listening");
  logger.log("debug", "serving", { socket: args.socket, pid: process.pid, containers: shim.containers.size });
  const check = idleCheck(shim, server, stop.request);
  const idle = setInterval(() => void check(), IDLE_CHECK_MS);
  logger.log("info", `shutting down: ${await stop.requested}`);
  clearInterval(idle);
  await server.shutdown(CALLS_GRACE_MS);
  if (publisher instanceof EventPublisher && !(await publisher.drain(EVENTS_GRACE_MS))) {
    logger.log("error", "events were not delivered", { waiting: publisher.pending });
  }
  return 0;
}

function shimContext(
  config: ServerConfig,
  given: Pick<ShimContext, "events" | "ready"> & { readonly logger: ServerLog },
  requestStop: (reason: string) => void,
): ShimContext {
  const env = scrubEnvironment(config.env);
  const containers = new Map<string, Container>();
  const { isDebug, socket, containerdNamespace } = config.args;
  const { logger } = given;
  return {
    ...given,
    containers,
    creating: new Map(),
    isDebug,
    socket,
    containerdNamespace,
    findRuntime: (wanted) => findRuntime(env["GANTRY_RUNTIME_PATH"] || wanted, config.executable),
    runtimeFor(record) {
      logger.addBundle(record.bundle);
      return createRuntimeClient({
        path: record.runtimePath,
        stateRoot: record.stateRoot,
        env,
        isDebug,
        logger,
      });
    },
    requestShutdown: () => requestStop("Shutdown"),
  };
}

function openPublisher(config: ServerConfig, logger: Logger): EventSink {
  const address = config.env["TTRPC_ADDRESS"];
  if (address) return new EventPublisher({ address, logger });
  logger.log("warn", "TTRPC_ADDRESS is not set: no events will be published");
  return { publish: (_, event) => logger.log("debug", "event not published", { kind: event.kind }) };
}

function stopper(): { readonly requested: Promise<string>; readonly request: (reason: string) => void } {
  let request: (reason: string) => void = () => {};
  const requested = new Promise<string>((resolve) => {
    request = resolve;
  });
  return { requested, request: (reason) => request(reason) };
}

function onSignals(shim: ShimContext, requestStop: (reason: string) => void): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => requestStop(signal));
  // Not a word about it: the log may be the pipe that broke.
  process.on("SIGPIPE", () => {});
  process.on("SIGUSR1", () => shim.logger.log("info", "state", { containers: describeContainers(shim) }));
  // Everything is on disk and every call has its own error path: one that slipped through ends its own work only.
  const survive = (error: unknown): void => {
    const stack = error instanceof Error ? error.stack : undefined;
    shim.logger.log("error", `uncaught: ${messageOf(error)}`, stack === undefined ? {} : { stack });
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

/** @returns to be called now and then; ends the server when it was idle each time for a while */
export function idleCheck(
  shim: ShimContext,
  server: Pick<TtrpcServer, "connections">,
  requestStop: (reason: string) => void,
): () => Promise<void> {
  let checks = 0;
  return async () => {
    await forgetRemoved(shim);
    const isIdle = shim.containers.size + shim.creating.size + server.connections === 0;
    checks = isIdle ? checks + 1 : 0;
    if (checks >= IDLE_CHECKS) requestStop("nobody connects and no container is left");
  };
}

/** Says one line to whoever started us, once. Nobody there: then `start` was killed, and the idle check ends us. */
function readyReporter(readyFd: string): (line: string) => void {
  let fd = /^\d+$/.test(readyFd) ? Number(readyFd) : undefined;
  return (line) => {
    if (fd === undefined) return;
    try {
      writeSync(fd, `${line}\n`);
    } catch {
      // EPIPE
    }
    closeSync(fd);
    fd = undefined;
  };
}
