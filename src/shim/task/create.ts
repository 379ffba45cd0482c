import { readProcessIdentity } from "../../client/process-files.ts";
import type { ContainerId } from "../../core/brand.ts";
import { parseContainerId, parseHostPath } from "../../core/ids.ts";
import type { EventMount } from "../../events/task-event.ts";
import type { containerd } from "../../gen/task.js";
import { parseStdio } from "../../stdio/parse.ts";
import { membersDir } from "../address.ts";
import { ShimError } from "../errors.ts";
import { addMember, removeMember } from "../members.ts";
import { parseOptions, type RuntimeOptions } from "../options.ts";
import type { CallEntry } from "../relay/journal.ts";
import { stateRootFor } from "../state-root.ts";
import { Container } from "./container.ts";
import { watchProcess } from "./exits.ts";
import { forgetRemoved } from "./forget-removed.ts";
import { removeTaskRecord, type TaskRecord, writeTaskRecord } from "./records.ts";
import type { ShimContext } from "./shim-context.ts";

type CreateTaskRequest = containerd.task.v2.CreateTaskRequest;

/** Create: make the container, register it, say so. A failed one leaves nothing and publishes nothing. */
export async function createTask(
  shim: ShimContext,
  request: CreateTaskRequest,
  containerdNamespace: string,
  entry: CallEntry,
): Promise<{ readonly pid: number }> {
  const id = parseContainerId(request.id);
  await forgetRemoved(shim);
  if (shim.containers.has(id) || shim.creating.has(id)) {
    throw new ShimError("already-exists", `container ${id}: already exists`);
  }
  const creating = createContainer(shim, id, request, containerdNamespace, entry);
  shim.creating.set(id, creating);
  try {
    const container = await creating;
    return { pid: container.init.pid };
  } finally {
    shim.creating.delete(id);
  }
}

async function createContainer(
  shim: ShimContext,
  id: ContainerId,
  request: CreateTaskRequest,
  containerdNamespace: string,
  entry: CallEntry,
): Promise<Container> {
  if (request.checkpoint !== "") {
    throw new ShimError("unsupported", "create from a checkpoint: not implemented");
  }
  const options = await parseOptions(toAny(request.options));
  const record = taskRecord(shim, id, request, containerdNamespace, options);
  // For the error only: a string that cannot work is refused before anything is made. The runtime parses it again.
  parseStdio(record, { processId: id, containerdNamespace });
  const container = new Container(record, shim.runtimeFor(record));
  const rootfs = request.rootfs.map((mount) => ({
    type: mount.type ?? "",
    source: mount.source ?? "",
    target: mount.target ?? "",
    options: mount.options ?? [],
  }));
  // Written before anything is done: a server that is killed now finds on its return what was intended.
  entry.begin({ method: "Create", id });
  writeTaskRecord(record);
  addMember(membersDir(shim.socket), { id, bundle: record.bundle });
  try {
    await container.runtime.create({
      id,
      bundle: record.bundle,
      rootfsMounts: rootfs,
      stdio: record,
      noPivot: options.noPivot,
      noNewKeyring: options.noNewKeyring,
      isSystemdCgroup: options.isSystemdCgroup,
      configPath: options.configPath,
    });
    container.init.identity = getIdentity(container);
    shim.faults.point("Create", "acted");
  } catch (error) {
    removeMember(membersDir(shim.socket), id);
    removeTaskRecord(record.bundle);
    throw error;
  }
  shim.containers.set(id, container);
  publishCreate(shim, container, rootfs);
  shim.faults.point("Create", "published");
  await watchProcess(shim, container, container.init);
  return container;
}

/** Say that there is a new task. */
export function publishCreate(shim: ShimContext, container: Container, rootfs: readonly EventMount[]): void {
  const { id, bundle, stdin, stdout, stderr, hasTerminal, containerdNamespace } = container.record;
  const { pid } = container.init;
  shim.events.publish(containerdNamespace, {
    kind: "create",
    id,
    bundle,
    rootfs,
    stdin,
    stdout,
    stderr,
    hasTerminal,
    pid,
  });
}

function taskRecord(
  shim: ShimContext,
  id: ContainerId,
  request: CreateTaskRequest,
  containerdNamespace: string,
  options: RuntimeOptions,
): TaskRecord {
  return {
    id,
    bundle: parseHostPath(request.bundle, "bundle"),
    containerdNamespace,
    stateRoot: stateRootFor(options.root, containerdNamespace),
    runtimePath: shim.findRuntime(options.runtimePath),
    socket: shim.socket,
    stdin: request.stdin,
    stdout: request.stdout,
    stderr: request.stderr,
    hasTerminal: request.terminal,
  };
}

function getIdentity(container: Container) {
  const identity = readProcessIdentity(container.init.processDir);
  if (identity !== undefined) return identity;
  throw new ShimError(
    "corrupt",
    `the runtime made container ${container.id} without ${container.init.processDir}/pid`,
  );
}

function toAny(any: CreateTaskRequest["options"]) {
  if (!any?.typeUrl) return undefined;
  return { typeUrl: any.typeUrl, value: any.value ?? new Uint8Array(0) };
}
