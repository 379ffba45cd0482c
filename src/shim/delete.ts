import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { initDir, readExitRecord, readProcessIdentity } from "../client/process-files.ts";
import type { RuntimeConfig } from "../client/run.ts";
import type { RuntimeClient } from "../client/runtime-client.ts";
import { findRuntime } from "../client/runtime-path.ts";
import { errnoOf, messageOf } from "../core/errors.ts";
import { parseContainerId } from "../core/ids.ts";
import { silentLogger } from "../core/log.ts";
import { readMountinfo } from "../host/mountinfo.ts";
import { membersDir } from "./address.ts";
import type { ShimArgs } from "./argv.ts";
import { ShimError } from "./errors.ts";
import { removeMember } from "./members.ts";
import { removePodFilesOf } from "./sandbox/pod-files.ts";
import { holderBundle, readSandboxRecord } from "./sandbox/record.ts";
import { stateRootFor } from "./state-root.ts";
import { type LastExit, readLastExit, readTaskRecord, type TaskRecord } from "./task/records.ts";

/** What `delete` is called with. */
export interface DeleteCall {
  readonly args: ShimArgs;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path of our own executable. */
  readonly executable: string;
  readonly now: () => bigint;
  /** How the runtime is called. */
  readonly clientFor: (config: RuntimeConfig) => Pick<RuntimeClient, "delete">;
}

/** What `delete` leaves to be said. */
export interface DeleteResult {
  readonly exit: LastExit;
  /** For standard error; containerd logs them. */
  readonly warnings: readonly string[];
  /** The socket of the pod that it belonged to. */
  readonly socket: string | undefined;
}

/** What runc's shim reports for a container whose end nobody saw: 128 + SIGKILL. */
const KILLED_STATUS = 137;

/**
 * `delete`: remove whatever is left of one container, and of nothing else. containerd runs it after every ordinary deletion
 * too, so that with nothing left it does next to nothing.
 *
 * @throws {ShimError}, {IdError} only for a command line that names no container
 */
export async function deleteShim(call: DeleteCall): Promise<DeleteResult> {
  const { args } = call;
  if (args.containerdNamespace === "") throw new ShimError("bad-arguments", "shim namespace cannot be empty");
  const id = parseContainerId(args.id);
  const bundle = args.bundle || join(dirname(call.cwd), id);
  const warnings: string[] = [];
  const record = attempt(warnings, () => readTaskRecord(bundle));
  // Of a sandbox that its stub has not outlived; its container has the sandbox's name.
  const sandbox = attempt(warnings, () => readSandboxRecord(bundle));
  const stateRoot = record?.stateRoot ?? sandbox?.stateRoot ?? stateRootFor("", args.containerdNamespace);
  // Before anything is removed: afterwards nobody knows any more.
  const known = attempt(warnings, () => readExit(stateRoot, id, bundle));
  const pid = known?.pid ?? readProcessIdentity(initDir(stateRoot, id))?.pid ?? 0;
  const rootfs = join(sandbox === undefined ? bundle : holderBundle(bundle), "rootfs");
  const isMounted = hasMounts(rootfs);
  if (existsSync(join(stateRoot, id)) || isMounted) {
    const leftRootfs = isMounted ? rootfs : undefined;
    await removeContainer(call, { id, bundle, stateRoot, record, leftRootfs }, warnings);
  }
  if (sandbox !== undefined) attempt(warnings, () => removePodFilesOf(bundle, id));
  if (isMounted && hasMounts(rootfs)) warnings.push(`${rootfs} is still mounted`);
  const socket = record?.socket ?? attempt(warnings, () => socketOf(bundle));
  if (socket !== undefined) attempt(warnings, () => removeMember(membersDir(socket), id));
  return { exit: known ?? { pid, exitStatus: KILLED_STATUS, exitedAtNs: call.now() }, warnings, socket };
}

async function removeContainer(
  call: DeleteCall,
  container: {
    readonly id: string;
    readonly bundle: string;
    readonly stateRoot: string;
    readonly record: TaskRecord | undefined;
    readonly leftRootfs: string | undefined;
  },
  warnings: string[],
): Promise<void> {
  const { id, bundle, stateRoot, record, leftRootfs } = container;
  try {
    const path = findRuntime(
      call.env["GANTRY_RUNTIME_PATH"] || existing(record?.runtimePath),
      call.executable,
    );
    const client = call.clientFor({
      path,
      stateRoot,
      env: call.env,
      isDebug: call.args.isDebug,
      logger: silentLogger,
    });
    await client.delete({ id, bundle: existsSync(bundle) ? bundle : "", force: true, leftRootfs });
  } catch (error) {
    warnings.push(`gantry-runtime delete --force ${id}: ${messageOf(error)}`);
  }
}

/** The one that made the container, unless it was replaced by another version elsewhere. */
function existing(path: string | undefined): string | undefined {
  return path !== undefined && existsSync(path) ? path : undefined;
}

/** From the monitor; or, when the container was deleted before, from what Delete kept. */
function readExit(stateRoot: string, id: string, bundle: string): LastExit | undefined {
  const record = readExitRecord(initDir(stateRoot, id));
  if (record === undefined) return readLastExit(bundle);
  return { pid: record.pid, exitStatus: record.status, exitedAtNs: record.exitedAtNs };
}

function socketOf(bundle: string): string | undefined {
  try {
    const address = readFileSync(join(bundle, "address"), "utf8").trim();
    return address.startsWith("unix:///") ? address.slice("unix://".length) : undefined;
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

function hasMounts(path: string): boolean {
  return readMountinfo("self", (line) => line.includes(path)).some(
    ({ mountPoint }) => mountPoint === path || mountPoint.startsWith(`${path}/`),
  );
}

function attempt<T>(warnings: string[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    warnings.push(messageOf(error)); // a broken file must not keep the rest from being removed
    return undefined;
  }
}
