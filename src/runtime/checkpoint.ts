import { mkdirSync, readlinkSync, statSync } from "node:fs";
import { join, posix } from "node:path";

import type { ContainerId } from "../core/brand.ts";
import { parseHostPath } from "../core/ids.ts";
import { readTextIfExists, writeFileAtomic } from "../host/files.ts";
import { type MountEntry, readMountinfo } from "../host/mountinfo.ts";
import {
  type CheckpointSettings,
  compileCheckpointPlan,
  type Descriptors,
  DUMP_LOG,
  type DumpTarget,
  outsideNamespaces,
} from "../plan/criu.ts";
import { PlanError } from "../plan/errors.ts";
import { loadSpec } from "../spec/load.ts";
import type { ValidSpec } from "../spec/types.ts";
import { withLock } from "../state/lock.ts";
import type { ProcessIdentity } from "../state/record.ts";
import { carryOut } from "./carry-out.ts";
import type { RuntimeContext } from "./context.ts";
import { assertDirectory, type CriuRequest, completeSettings, withCriuLog } from "./criu.ts";
import { destroyContainer } from "./destroy.ts";
import { RuntimeError } from "./errors.ts";
import { type Inspected, inspectContainer, LOCK_OPTIONS } from "./inspect.ts";

export const DESCRIPTORS_FILE = "descriptors.json";

/**
 * Write the state of a container's processes to a directory. Unless it is to go on running (or this is only a pre-dump), the
 * container is removed, as with runc. After a failure it runs as before.
 *
 * @throws {RuntimeError} codes "not-running", "no-criu", "criu-failed", "bad-images"; {PlanError} code "unimplemented"
 */
export async function checkpointContainer(
  context: RuntimeContext,
  id: ContainerId,
  request: CriuRequest<CheckpointSettings>,
): Promise<void> {
  await withLock(context.store.stateDir(id), LOCK_OPTIONS, async () => {
    const container = await inspectContainer(context, id);
    const init = assertCanCheckpoint(container);
    if (container.record.delegate !== undefined) {
      throw new PlanError("unimplemented", "checkpoint of a container that another runtime has made");
    }
    const settings = completeSettings(context, request);
    const spec = loadSpec(parseHostPath(container.stateDir, "state directory"));
    const target = dumpTarget(container, init, spec);
    const plan = compileCheckpointPlan(target, settings);
    makeDirectories(request);
    if (!request.isPreDump) writeDescriptors(request.imagesDir, target.descriptors);
    const log = join(request.workDir ?? request.imagesDir, DUMP_LOG);
    await withCriuLog(`checkpoint container ${JSON.stringify(id)}`, log, async () => {
      try {
        await carryOut(context, plan, container.stateDir, { lockedDir: container.stateDir });
      } catch (error) {
        await thawAgain(container);
        throw error;
      }
    });
    if (request.leaveRunning || request.isPreDump) return;
    await destroyContainer(context, { id, record: container.record, stateDir: container.stateDir });
  });
}

/** runc's words. */
function assertCanCheckpoint({ status, init }: Inspected): ProcessIdentity {
  if (init !== undefined && (status === "running" || status === "paused")) return init;
  throw new RuntimeError("not-running", `Container cannot be checkpointed in ${status} state`);
}

function dumpTarget({ record, cgroup }: Inspected, init: ProcessIdentity, spec: ValidSpec): DumpTarget {
  const { pid } = init;
  const mounts = readMountinfo(pid);
  const { paths } = cgroup.paths;
  return {
    spec,
    pid,
    rootfs: record.rootfs,
    mounts,
    resolve: (path) => resolveBelow(`/proc/${pid}/root`, path),
    sharedNamespaces: new Map(
      [...outsideNamespaces(spec)].map(([type, path]) => [type, statSync(path, { bigint: true }).ino]),
    ),
    descriptors: [0, 1, 2].map((fd) => describeDescriptor(pid, fd, mounts)),
    freezeCgroup: cgroup.paths.mode === "v2" ? paths[""] : paths["freezer"],
  };
}

/**
 * Of a file or fifo that no mount of the container holds only its identity is dumped: whoever restores brings another one.
 *
 * @returns an element of `Descriptors`; "" for a closed one
 */
function describeDescriptor(pid: number, fd: number, mounts: readonly MountEntry[]): Descriptors[number] {
  const path = `/proc/${pid}/fd/${fd}`;
  const about = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (about === undefined) return "";
  const link = readlinkSync(path);
  if (!link.startsWith("/") || !(about.isFile() || about.isFIFO())) return link;
  const mountId = Number(/^mnt_id:\s*(\d+)$/m.exec(readTextIfExists(`/proc/${pid}/fdinfo/${fd}`) ?? "")?.[1]);
  if (mounts.some(({ id }) => id === mountId)) return link;
  return `file[${mountId.toString(16)}:${about.ino.toString(16)}]`;
}

const MAX_LINKS = 40;

/**
 * A path without symlinks as a process sees it whose root directory `root` is. Only a name for criu, which looks for a mount of
 * that name: nothing is opened by it. What is not there is taken as it stands.
 */
function resolveBelow(root: string, path: string): string {
  const rest = path.split("/").filter(Boolean);
  let resolved = "";
  let links = 0;
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    if (name === ".") continue;
    if (name === "..") {
      resolved = posix.dirname(`/${resolved}`).replace(/^\/+/, "");
      continue;
    }
    const link = readLink(posix.join(root, resolved, name));
    if (link === undefined || ++links > MAX_LINKS) {
      resolved = posix.join(resolved, name);
      continue;
    }
    if (link.startsWith("/")) resolved = "";
    rest.unshift(...link.split("/").filter(Boolean));
  }
  return `/${resolved}`;
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // no link, or nothing at all
  }
}

function makeDirectories(request: CriuRequest<CheckpointSettings>): void {
  mkdirSync(request.imagesDir, { recursive: true, mode: 0o700 });
  if (request.workDir !== undefined) mkdirSync(request.workDir, { recursive: true, mode: 0o700 });
  if (request.parentImages === undefined) return;
  assertDirectory(
    parseHostPath(join(request.imagesDir, request.parentImages), "parent path"),
    "--parent-path",
  );
}

function writeDescriptors(imagesDir: string, descriptors: Descriptors): void {
  writeFileAtomic(join(imagesDir, DESCRIPTORS_FILE), JSON.stringify(descriptors), 0o600);
}

/** criu lets go of what it has stopped, unless it was killed itself. */
async function thawAgain({ status, cgroup }: Inspected): Promise<void> {
  if (status !== "paused" && (await cgroup.isFrozen())) await cgroup.thaw();
}
