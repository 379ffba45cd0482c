import { chmodSync, closeSync, rmSync, writeSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { runCli } from "../cli/main.ts";
import { messageOf } from "../core/errors.ts";
import { createInitServer } from "../executor/init-server.ts";
import { rememberAll } from "../runtime/remembered.ts";
import { TtrpcServer } from "../ttrpc/server.ts";
import { compileEagerly, trimWhenQuiet } from "./engine.ts";
import type { Invocation } from "./invocation.ts";
import { runtimeEnvironment } from "./runtime.ts";
import { RuntimeService } from "./runtime-service.ts";

/** Descriptor on which a worker reports `listening`, or why it does not. */
const READY_FD = 3;
/** Whoever started us connects at once, or is gone. */
const CONNECT_TIMEOUT_MS = 10_000;
const PARENT_CHECK_MS = 100;

/**
 * `gantry-runtime worker SOCKET PARENT-PID`: the commands of the command line for one client, the process that started us,
 * any number at a time (proto/gantry/runtime/v1). Ends when the client has gone and what was in progress is done.
 */
export async function runWorker(invocation: Invocation): Promise<number> {
  const [, path = "", parent = ""] = invocation.args;
  compileEagerly();
  // Everything is on disk: an error that slipped through ends its own command only.
  for (const event of ["uncaughtException", "unhandledRejection"] as const) process.on(event, complain);
  let listener: Server;
  try {
    process.chdir("/");
    listener = await listen(path);
  } catch (error) {
    report(`failed ${messageOf(error).replaceAll("\n", " ")}`);
    return 1;
  }
  report("listening");
  const client = await firstConnection(listener, Number(parent));
  rmSync(path, { force: true });
  if (client === undefined) return 1;
  await serve(client, invocation, Number(parent));
  return 0;
}

async function serve(client: Socket, invocation: Invocation, parentPid: number): Promise<void> {
  const environment = runtimeEnvironment(invocation);
  const onWork = trimWhenQuiet();
  const remembered = rememberAll();
  const inits = createInitServer(invocation.args[1] ?? "");
  const service = new RuntimeService({
    run: (args, io, giveUp, traceparent) => {
      onWork();
      return runCli(args, {
        ...environment,
        io,
        runInit: inits.runInit(giveUp),
        isShared: true,
        remembered,
        traceparent,
      });
    },
    isOrphan: () => isOrphan(parentPid),
  });
  const gone = new Promise((resolve) => client.once("close", resolve));
  new TtrpcServer([service.definition]).handle(client);
  await gone;
  await service.idle();
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve(server);
    });
  });
}

/** Both engines ask the kernel each time. */
function isOrphan(parentPid: number): boolean {
  return process.ppid !== parentPid;
}

/** The one client; whoever comes after it is turned away. */
async function firstConnection(listener: Server, parentPid: number): Promise<Socket | undefined> {
  let hasCome = false;
  const first = new Promise<Socket>((resolve) => {
    listener.on("connection", (socket) => {
      hasCome = true;
      listener.close();
      socket.on("error", () => {}); // before the channel listens itself
      resolve(socket);
    });
  });
  return Promise.race([first, nobodyComes(parentPid, () => hasCome)]);
}

async function nobodyComes(parentPid: number, hasCome: () => boolean): Promise<undefined> {
  const deadline = performance.now() + CONNECT_TIMEOUT_MS;
  while (performance.now() < deadline && !hasCome() && !isOrphan(parentPid)) {
    await sleep(PARENT_CHECK_MS, undefined, { ref: false });
  }
  return undefined;
}

function report(line: string): void {
  try {
    writeSync(READY_FD, `${line}\n`);
    closeSync(READY_FD);
  } catch {
    // Nobody is there to hear it: nobody will connect either.
  }
}

function complain(error: unknown): void {
  try {
    writeSync(2, `gantry-runtime worker: ${error instanceof Error ? error.stack : String(error)}\n`);
  } catch {
    // Nobody reads it.
  }
}
