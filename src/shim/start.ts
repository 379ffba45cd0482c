import { symlinkSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { errnoOf } from "../core/errors.ts";
import { parseContainerId, parseHostPath } from "../core/ids.ts";
import { writeFileAtomic } from "../host/files.ts";
import { addressOf, DEFAULT_SOCKET_DIR, socketPath } from "./address.ts";
import type { ShimArgs } from "./argv.ts";
import { encodeBootstrapResult, parseStartInput, type StartRequest } from "./bootstrap.ts";
import { ShimError } from "./errors.ts";
import { readGroup } from "./group.ts";
import { isAccepting } from "./listen.ts";
import { parseOptions } from "./options.ts";
import { adjustOomScore, joinShimCgroup } from "./placement.ts";
import { READY_FD, type ServerCall, spawnServer } from "./spawn-server.ts";

/** What `start` is called with. */
export interface StartCall {
  readonly args: ShimArgs;
  /** Everything on standard input. */
  readonly input: Uint8Array;
  /** The bundle: containerd makes it our working directory. */
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
  readonly serverCommand: ServerCall["command"];
  /** The daemon: our parent. */
  readonly daemonPid: number;
}

/**
 * `start`: find the server of the container's group or start one, and say where it listens.
 *
 * @returns the bytes for standard output, and nothing else may go there
 * @throws {ShimError}, {IdError}: one line for standard error
 */
export async function startShim(call: StartCall): Promise<Uint8Array> {
  const { args, bundle, env } = call;
  if (args.containerdNamespace === "") throw new ShimError("bad-arguments", "shim namespace cannot be empty");
  const id = parseContainerId(args.id);
  const request = await parseStartInput(call.input, args);
  const options = await parseOptions(request.options);
  const socketDir = (request.generation === "bootstrap" && request.socketDir) || DEFAULT_SOCKET_DIR;
  const group = readGroup(parseHostPath(bundle, "bundle"), id);
  const grpcAddress = grpcAddressOf(request, args);
  const { containerdNamespace } = args;
  const socket = socketPath({ socketDir, grpcAddress, containerdNamespace, group });

  // Before the server is there, so that one that was started is not left alone; and also for one that was there before:
  // containerd up to 1.7 finds it again by this file alone.
  writeFileAtomic(join(bundle, "address"), addressOf(socket), 0o600);
  if (request.generation === "bootstrap") linkSocketDir(bundle, socketDir);
  if (!(await isAccepting(socket))) {
    const server = await spawnServer({
      command: env["SCHED_CORE"] ? withCoreOfItsOwn(call.serverCommand) : call.serverCommand,
      args: serverArgs(args, request, socket, bundle),
      bundle,
      env: serverEnv(env, request),
      logFile: env["GANTRY_SHIM_LOG"] ?? "",
    });
    if (server.type === "listening") place(server.pid, options.shimCgroup, call.daemonPid);
  }
  if (request.generation === "plain") return Buffer.from(addressOf(socket));
  return encodeBootstrapResult(TASK_API_VERSION, addressOf(socket));
}

/**
 * What containerd 2.3 is told. Version 3 promises that containers of the pod may come without a `start` and go without a
 * `delete`: the server takes any number of them, and its Delete leaves no mount, cgroup or directory behind.
 */
const TASK_API_VERSION = 3;

function grpcAddressOf(request: StartRequest, args: ShimArgs): string {
  return args.address || (request.generation === "bootstrap" ? request.grpcAddress : "");
}

function serverArgs(args: ShimArgs, request: StartRequest, socket: string, bundle: string): string[] {
  const isDebug = args.isDebug || (request.generation === "bootstrap" && request.isDebug);
  const { containerdNamespace, id, address } = args;
  return [
    ...["-namespace", containerdNamespace, "-id", id, "-address", address],
    ...["-bundle", bundle, "-socket", socket, "-ready-fd", String(READY_FD)],
    ...(isDebug ? ["-debug"] : []),
  ];
}

function serverEnv(env: Readonly<Record<string, string>>, request: StartRequest): Record<string, string> {
  if (request.generation === "plain" || request.ttrpcAddress === "") return { ...env };
  return { ...env, TTRPC_ADDRESS: request.ttrpcAddress };
}

/** A server that cannot be where it was asked to be must not serve. */
function place(pid: number, shimCgroup: string, daemonPid: number): void {
  try {
    if (shimCgroup !== "") joinShimCgroup(pid, shimCgroup);
    adjustOomScore(pid, daemonPid);
  } catch (error) {
    process.kill(pid, "SIGTERM");
    throw error;
  }
}

/** containerd was told that no other pod may share a core with this one's processes; only native code can see to that. */
function withCoreOfItsOwn(command: ServerCall["command"]): ServerCall["command"] {
  return [join(dirname(command[0]), "gantry-init"), "share-core", ...command];
}

/** `s`: how containerd 2.3 lets the clean-up find the socket. */
function linkSocketDir(bundle: string, socketDir: string): void {
  const path = join(bundle, "s");
  try {
    symlinkSync(socketDir, path);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    unlinkSync(path);
    symlinkSync(socketDir, path);
  }
}
