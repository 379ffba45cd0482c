import { mkdirSync } from "node:fs";

import { assertCgroupUnused, openCgroup } from "../cgroups/open.ts";
import type { ContainerId, HostPath } from "../core/brand.ts";
import { messageOf } from "../core/errors.ts";
import { parseHostPath } from "../core/ids.ts";
import type { PlanResult } from "../executor/run-plan.ts";
import { writeFileAtomic } from "../host/files.ts";
import { readProcessStat } from "../host/proc.ts";
import type { RootfsMount } from "../plan/input.ts";
import type { Plan } from "../plan/op.ts";
import { stringifyJson } from "../spec/json.ts";
import { loadSpec } from "../spec/load.ts";
import type { ValidSpec } from "../spec/types.ts";
import { validateSpec } from "../spec/validate.ts";
import { OCI_VERSION } from "../spec/version.ts";
import { withTicket } from "../state/lock.ts";
import type { ContainerRecord, ProcessIdentity } from "../state/record.ts";
import type { Transformed } from "../transforms/pipeline.ts";
import type { CarryOutOptions } from "./carry-out.ts";
import type { RuntimeContext } from "./context.ts";
import { RuntimeError } from "./errors.ts";
import { logLaunch, logLaunched } from "./launch-log.ts";
import { writePidFile } from "./pid-file.ts";
import { type PreparedContainer, prepareContainer } from "./prepare.ts";
import { processDirectory } from "./process-directory.ts";
import {
  assertTerminalTaken,
  passedDescriptors,
  resolveSupervision,
  type SupervisionRequest,
} from "./supervision.ts";
import { assertUndoable, transformForCreate, transformRecords } from "./transform.ts";
import { undoStepsOf } from "./undo-steps.ts";
import { withUnit } from "./unit.ts";

/** What `create` and `run` are asked for. */
export interface CreateRequest {
  readonly id: ContainerId;
  readonly bundle: HostPath;
  readonly pidFile: HostPath | undefined;
  readonly consoleSocket: HostPath | undefined;
  /** Gets the pidfd of the process. */
  readonly pidfdSocket: HostPath | undefined;
  readonly preserveFds: number;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
  readonly isSystemdCgroup: boolean;
  readonly rootfsMounts: readonly RootfsMount[];
  readonly supervision: SupervisionRequest;
}

/** Hands a plan to gantry-init; settles when init waits at the fifo. */
export type Launch = (plan: Plan, scratchDir: string, options: CarryOutOptions) => Promise<PlanResult>;

/** What another way to make a container does otherwise than `create`: its plan, and the spec that start, exec and delete go by. */
export type Adapt = (
  prepared: PreparedContainer,
  spec: ValidSpec,
) => { readonly plan: Plan; readonly spec: ValidSpec };

/**
 * Make a container in state `created`, or nothing at all: whatever fails, its process, cgroup, mounts and directory are
 * gone when this throws.
 *
 * @returns init
 * @throws {StateError} code "exists"; {SpecError}, {CgroupError}, {RuntimeError}, {ExecutorError}
 */
export async function createContainer(
  context: RuntimeContext,
  request: CreateRequest,
  launch: Launch,
  adapt?: Adapt,
): Promise<ProcessIdentity> {
  const transformed = await transformForCreate(context, loadSpec(request.bundle), request);
  const loaded = transformed.spec;
  assertUndoable(transformed);
  assertTerminalTaken(loaded.process.terminal ?? false, request.consoleSocket, request.supervision);
  const descriptors = passedDescriptors(request.preserveFds, context.env, context.ownFds);
  const { dir: stateDir, ticket } = context.store.create(request.id);
  return withTicket(stateDir, ticket, async () => {
    let record: ContainerRecord | undefined;
    try {
      const created = await prepare(
        context,
        { ...request, ...wantedBy(transformed) },
        withEnv(loaded, descriptors.env),
        stateDir,
        descriptors.keepFds,
      );
      const delegate = await delegateFor(context, request, stateDir, adapt);
      const { plan, spec } = adapt?.(created, loaded) ?? { plan: created.plan, spec: loaded };
      const prepared = { ...created, plan };
      await assertCgroupUnused(prepared.cgroup.cgroup);
      context.faults.step("make the process directory");
      mkdirSync(processDirectory(stateDir), 0o700);
      // Frozen: later changes of the bundle do not matter to start, exec and delete.
      context.faults.step("freeze config.json");
      writeFileAtomic(`${stateDir}/config.json`, stringifyJson(spec), 0o600);
      const whole = {
        ...recordOf(context, request, spec, prepared, transformed),
        ...(delegate && { delegate }),
      };
      const made = await writeWithLeases(context, whole, stateDir, (written) => {
        record = written;
      });
      await joinOverlays(context, transformed.prepare, stateDir);
      if (delegate !== undefined) {
        const { prepareDelegated, withDelegateLog } = await import("./delegate/delegated.ts");
        const container = {
          ...request,
          ...prepared,
          stateDir,
          spec,
          prepare: transformed.prepare,
          flags: request,
        };
        const theirs = { ...prepared, plan: prepareDelegated(context, delegate, container, plan) };
        return await withDelegateLog(stateDir, () =>
          launchInit(context, request, made, theirs, stateDir, descriptors.keepFds, launch),
        );
      }
      return await withUnit(context, spec, prepared, () =>
        launchInit(context, request, made, prepared, stateDir, descriptors.keepFds, launch),
      );
    } catch (error) {
      await undo(context, request.id, record, stateDir);
      throw error;
    }
  });
}

/** Who makes the container in our place: only a monitor can follow it, and what is restored is criu's. */
async function delegateFor(
  context: RuntimeContext,
  request: CreateRequest,
  stateDir: string,
  adapt: Adapt | undefined,
): Promise<ContainerRecord["delegate"]> {
  if (request.supervision.kind !== "detached" || adapt !== undefined) return undefined;
  if ((await context.readConfig()).engine !== "delegate") return undefined;
  return (await import("./delegate/delegated.ts")).chooseDelegate(context, stateDir);
}

/**
 * Write the record, before anything is made: a create that is killed from here on can be deleted. Leases first and alone: until they
 * are ours, what is to be undone may be another container's.
 *
 * @param onWrite hears of each record that was written
 * @throws {RuntimeError} code "in-use"
 */
async function writeWithLeases(
  context: RuntimeContext,
  record: ContainerRecord,
  stateDir: string,
  onWrite: (record: ContainerRecord) => void,
): Promise<ContainerRecord> {
  const write = (written: ContainerRecord): void => {
    context.store.write(written.id as ContainerId, written);
    onWrite(written);
  };
  const leases = record.undo.filter((step) => step.kind === "release");
  if (leases.length > 0) {
    const { takeLease } = await import("./leases.ts");
    write({ ...record, undo: leases });
    for (const step of leases) await takeLease(context, step.lease, stateDir);
  }
  write(record);
  return record;
}

/** Take part in what other containers have a part in, too. @throws {ExecutorError} */
export async function joinOverlays(
  context: RuntimeContext,
  prepare: Transformed["prepare"],
  stateDir: string,
): Promise<void> {
  for (const operation of prepare) {
    if (operation.kind !== "shared-overlay") continue;
    await (await import("./shared-overlay.ts")).joinOverlay(context, operation, stateDir);
  }
}

/** What a plan has to know of the transforms that have applied. */
function wantedBy({ prepare, rootIdentity }: Pick<Transformed, "prepare" | "rootIdentity">) {
  return { prepare, ...(rootIdentity && { rootIdentity }) };
}

function prepare(
  context: RuntimeContext,
  request: CreateRequest & Pick<Transformed, "prepare" | "rootIdentity">,
  spec: ValidSpec,
  stateDir: string,
  keepFds: number,
): Promise<PreparedContainer> {
  const { stateRoot } = context.store;
  return prepareContainer(
    context,
    spec,
    {
      id: request.id,
      bundle: request.bundle,
      execFifo: parseHostPath(`${stateDir}/exec.fifo`, "exec fifo"),
      supervision: resolveSupervision(request.supervision, {
        processDir: processDirectory(stateDir),
        hasTerminal: spec.process.terminal ?? false,
        consoleSocket: request.consoleSocket,
        pidfdSocket: request.pidfdSocket,
        keepFds,
        processId: request.id,
        stateRoot,
      }),
      rootfsMounts: request.rootfsMounts,
      ...wantedBy(request),
      noPivot: request.noPivot,
      noNewKeyring: request.noNewKeyring,
      isSystemdCgroup: request.isSystemdCgroup,
    },
    { cacheDir: parseHostPath(`${stateRoot}/.cache/seccomp`, "cache directory"), scratchDir: stateDir },
  );
}

async function launchInit(
  context: RuntimeContext,
  request: CreateRequest,
  record: ContainerRecord,
  prepared: PreparedContainer,
  stateDir: string,
  keepFds: number,
  launch: Launch,
): Promise<ProcessIdentity> {
  let result: PlanResult;
  try {
    logLaunch(context.log, prepared.plan);
    result = await launch(prepared.plan, stateDir, { keepFds, lockedDir: stateDir });
  } catch (error) {
    if ((await openCgroup(record.cgroup).oomKillCount()) === 0) throw error;
    const reason = "container init was OOM-killed (memory limit too low?)";
    throw new RuntimeError("oom-killed", reason, { cause: error });
  }
  logLaunched(context.log, result, "init");
  if (result.process === undefined) throw new RuntimeError("not-ready", "gantry-init reported no process");
  const init = { pid: result.process.pid, startTime: Number(result.process.startTime) };
  const { creator: _, ...finished } = record;
  context.store.write(request.id, { ...finished, ...init });
  context.faults.step("write the pid file");
  if (request.pidFile !== undefined) writePidFile(request.pidFile, init.pid);
  return init;
}

/** Take back whatever a failed create has made. What cannot be taken back is logged: the first error is the one to tell. */
async function undo(
  context: RuntimeContext,
  id: ContainerId,
  record: ContainerRecord | undefined,
  stateDir: string,
): Promise<void> {
  try {
    if (record === undefined) context.store.remove(id);
    else await (await import("./destroy.ts")).destroyContainer(context, { id, record, stateDir });
  } catch (error) {
    context.log.log("warn", `cannot clean up after the failed create: ${messageOf(error)}`);
    if (record !== undefined) forgetCreator(context, id, record);
  }
}

/** Nobody creates it any more, though this process may live on. */
function forgetCreator(context: RuntimeContext, id: ContainerId, record: ContainerRecord): void {
  const { creator: _, ...rest } = record;
  try {
    context.store.write(id, rest);
  } catch {
    // The disk is full, or the record is gone already: `delete --force` removes what is left all the same.
  }
}

function recordOf(
  context: RuntimeContext,
  request: CreateRequest,
  spec: ValidSpec,
  prepared: PreparedContainer,
  transformed: Transformed,
): ContainerRecord {
  const namespaces = spec.linux?.namespaces ?? [];
  return {
    ociVersion: OCI_VERSION,
    id: request.id,
    pid: 0,
    startTime: 0,
    creator: { pid: process.pid, startTime: readProcessStat(process.pid)?.startTime ?? 0 },
    bundle: request.bundle,
    rootfs: prepared.rootfs,
    created: new Date().toISOString().replace(/\.?0*Z$/, "Z"),
    annotations: spec.annotations ?? {},
    owner: "",
    cgroup: prepared.cgroup.cgroup,
    resources: spec.linux?.resources ?? {},
    undo: undoStepsOf(
      spec,
      {
        rootfs: prepared.rootfs,
        callerRootfs: request.rootfsMounts.length > 0 ? prepared.callerRootfs : undefined,
        processDir: processDirectory(context.store.stateDir(request.id)),
      },
      transformed.prepare,
    ),
    transforms: transformRecords(transformed),
    noNewKeyring: request.noNewKeyring,
    hasPrivatePidNamespace: namespaces.some(({ type, path }) => type === "pid" && !path),
    namespaces: namespaces.map(({ type }) => type),
  };
}

function withEnv(spec: ValidSpec, env: readonly string[]): ValidSpec {
  if (env.length === 0) return spec;
  return validateSpec({ ...spec, process: { ...spec.process, env: [...(spec.process.env ?? []), ...env] } });
}
