import { closeSync, constants, existsSync, openSync, symlinkSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { errnoOf, messageOf } from "../core/errors.ts";
import { parseContainerId, parseHostPath } from "../core/ids.ts";
import { writeFileAtomic } from "../host/files.ts";
import { addressOf, DEFAULT_SOCKET_DIR, socketPath } from "./address.ts";
import type { ShimArgs } from "./argv.ts";
import { encodeBootstrapResult, parseStartInput, type StartRequest } from "./bootstrap.ts";
import { ShimError } from "./errors.ts";
import { readGroup } from "./group.ts";
import { parseOptions } from "./options.ts";
import { findShimCgroup } from "./placement.ts";
import { writeSandboxOptions } from "./sandbox/record.ts";

/** What `start` is called with. */
export interface StartCall {
  readonly args: ShimArgs;
  /** Everything on standard input. */
  readonly input: Uint8Array;
  /** The bundle: containerd makes it the working directory. */
  readonly bundle: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Where a container belongs. */
export interface PreparedStart {
  /** The socket of its pod. */
  readonly socket: string;
  /** The pod's name: that of its sandbox, or of its only container. */
  readonly group: string;
  /** For standard output, and nothing else may go there. */
  readonly output: Uint8Array;
  /** The option `ShimCgroup`; empty: none. */
  readonly shimCgroup: string;
  readonly isDebug: boolean;
  /** containerd's socket for events, if it was said on standard input; else empty. */
  readonly ttrpcAddress: string;
}

/**
 * `start`, but for the stub: find out which pod the container belongs to, and what containerd is to be told.
 *
 * @throws {ShimError}, {IdError}: one line for standard error
 */
export async function prepareStart(call: StartCall): Promise<PreparedStart> {
  const { args, bundle } = call;
  if (args.containerdNamespace === "") throw new ShimError("bad-arguments", "shim namespace cannot be empty");
  const id = parseContainerId(args.id);
  assertLogUsable(call.env["GANTRY_SHIM_LOG"] ?? "");
  const request = await parseStartInput(call.input, args);
  const options = await parseOptions(request.options);
  if (options.shimCgroup !== "") findShimCgroup(options.shimCgroup);
  const socketDir = (request.generation === "bootstrap" && request.socketDir) || DEFAULT_SOCKET_DIR;
  const group = readGroup(parseHostPath(bundle, "bundle"), id);
  const grpcAddress = grpcAddressOf(request, args);
  const { containerdNamespace } = args;
  const socket = socketPath({ socketDir, grpcAddress, containerdNamespace, group });
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH_BYTES) {
    throw new ShimError(
      "server-failed",
      `socket path ${socket} is longer than ${MAX_SOCKET_PATH_BYTES} bytes`,
    );
  }
  // Before the stub is there, so that one that was started is not left alone; and also for one that was there before:
  // containerd up to 1.7 finds it again by this file alone.
  writeFileAtomic(join(bundle, "address"), addressOf(socket), 0o600);
  // A sandbox of its own: CreateSandbox will not say the options again.
  if (!existsSync(join(bundle, "config.json"))) writeSandboxOptions(bundle, options);
  if (request.generation === "bootstrap") linkSocketDir(bundle, socketDir);
  const isBootstrap = request.generation === "bootstrap";
  return {
    socket,
    group,
    output: isBootstrap
      ? await encodeBootstrapResult(TASK_API_VERSION, addressOf(socket))
      : Buffer.from(addressOf(socket)),
    shimCgroup: options.shimCgroup,
    isDebug: args.isDebug || (isBootstrap && request.isDebug),
    ttrpcAddress: isBootstrap ? request.ttrpcAddress : "",
  };
}

// sockaddr_un.sun_path is 108 bytes with its NUL; Go's dialler refuses the last one too.
const MAX_SOCKET_PATH_BYTES = 106;

/**
 * What containerd 2.3 is told. Version 3 promises that containers of the pod may come without a `start` and go without a
 * `delete`: the server takes any number of them, and its Delete leaves no mount, cgroup or directory behind.
 */
const TASK_API_VERSION = 3;

/**
 * Whoever set `GANTRY_SHIM_LOG` waits for lines, so that it must be possible to write some.
 * @throws {ShimError} code "bad-arguments"
 */
function assertLogUsable(file: string): void {
  if (file === "") return;
  if (!file.startsWith("/")) {
    throw new ShimError("bad-arguments", `GANTRY_SHIM_LOG: ${JSON.stringify(file)} is not an absolute path`);
  }
  const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_CREAT | constants.O_APPEND;
  try {
    closeSync(openSync(file, flags, 0o640));
  } catch (error) {
    if (errnoOf(error) === "ENXIO") return; // a fifo without a reader
    throw new ShimError("bad-arguments", `GANTRY_SHIM_LOG: ${messageOf(error)}`, { cause: error });
  }
}

function grpcAddressOf(request: StartRequest, args: ShimArgs): string {
  return args.address || (request.generation === "bootstrap" ? request.grpcAddress : "");
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
