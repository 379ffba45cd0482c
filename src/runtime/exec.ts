import { existsSync, mkdirSync } from "node:fs";

import { findExecCgroup, joinCgroup } from "../cgroups/join.ts";
import { selectSubCgroups } from "../cgroups/sub-cgroup.ts";
import type { ContainerId, ExecId, HostPath } from "../core/brand.ts";
import { errnoOf, messageOf } from "../core/errors.ts";
import { parseExecId, parseHostPath } from "../core/ids.ts";
import { removeTree, writeFileAtomic } from "../host/files.ts";
import { compileDelegatedExec } from "../plan/delegate.ts";
import { compileExecPlan } from "../plan/exec.ts";
import { stringifyJson } from "../spec/json.ts";
import { loadProcess } from "../spec/load.ts";
import type { ValidProcess, ValidSpec } from "../spec/types.ts";
import { validateProcess } from "../spec/validate.ts";
import type { ProcessIdentity } from "../state/record.ts";
import { readProcessFile } from "../state/status.ts";
import type { RuntimeContext } from "./context.ts";
import type { Launch } from "./create.ts";
import { RuntimeError } from "./errors.ts";
import { completeProcess, type ExecOverrides, limitCapabilities, overrideProcess } from "./exec-process.ts";
import { type Inspected, inspectContainer } from "./inspect.ts";
import { killAndWait } from "./kill-and-wait.ts";
import { logLaunch, logLaunched } from "./launch-log.ts";
import { writePidFile } from "./pid-file.ts";
import { processDirectory } from "./process-directory.ts";
import { frozenSpec, kernelFacts } from "./remembered.ts";
import { compileProfile } from "./seccomp.ts";
import {
  assertTerminalTaken,
  passedDescriptors,
  resolveSupervision,
  type SupervisionRequest,
} from "./supervision.ts";

/** What `exec` is asked for. */
export interface ExecRequest {
  readonly id: ContainerId;
  /** Names the process directory; absent: a name of our own, for a directory that does not outlive the command. */
  readonly execId: ExecId | undefined;
  /** A whole OCI process in a file, or changes to the container's own. */
  readonly process:
    | { readonly kind: "file"; readonly path: string }
    | ({ readonly kind: "flags" } & ExecOverrides);
  readonly pidFile: HostPath | undefined;
  readonly consoleSocket: HostPath | undefined;
  /** Gets the pidfd of the process. */
  readonly pidfdSocket: HostPath | undefined;
  readonly preserveFds: number;
  readonly isPausedFine: boolean;
  /** Cgroups below the container's own; none: the container's. */
  readonly subCgroups: readonly string[];
  readonly supervision: SupervisionRequest;
}

/** A process that runs in the container. */
export interface StartedExec {
  readonly process: ProcessIdentity;
  /** For `removeExecDirectory`, when the process has ended. */
  readonly directory: HostPath;
}

/**
 * Start another process in a running container. Takes no lock: it changes nothing of the container's own, and fifty at once
 * must not wait for each other.
 *
 * @throws {RuntimeError} codes "not-running", "paused", "exec-exists", …; {StateError}, {SpecError}, {ExecutorError}
 */
export async function execInContainer(
  context: RuntimeContext,
  request: ExecRequest,
  launch: Launch,
): Promise<StartedExec> {
  const container = await inspectContainer(context, request.id);
  const init = assertCanExec(container, request.isPausedFine);
  const spec = frozenSpec(context, container.stateDir);
  const descriptors = passedDescriptors(request.preserveFds, context.env, context.ownFds);
  const process = withEnv(limited(buildProcess(request.process, spec), container, spec), descriptors.env);
  assertTerminalTaken(process.terminal ?? false, request.consoleSocket, request.supervision);
  const directory = makeProcessDirectory(container.stateDir, request.execId);
  try {
    const plan = await compilePlan(context, request, {
      container,
      init,
      spec,
      process,
      directory,
      keepFds: descriptors.keepFds,
    });
    logLaunch(context.log, plan);
    const start = () => launch(plan, container.stateDir, { keepFds: descriptors.keepFds });
    const result = await (container.record.delegate === undefined
      ? start()
      : (await import("./delegate/delegated.ts")).withDelegateLog(container.stateDir, start));
    logLaunched(context.log, result, "exec");
    if (result.process === undefined) throw new RuntimeError("not-ready", "gantry-init reported no process");
    context.faults.step("write the pid file");
    const started = { pid: result.process.pid, startTime: Number(result.process.startTime) };
    if (request.pidFile !== undefined) writePidFile(request.pidFile, started.pid);
    return { process: started, directory };
  } catch (error) {
    await giveUp(context, container, directory);
    throw error;
  }
}

/**
 * A process that was started all the same must not live on without anybody who knows of it. What goes wrong here is logged: the
 * first error is the one to tell.
 */
async function giveUp(context: RuntimeContext, container: Inspected, directory: HostPath): Promise<void> {
  try {
    const started = readProcessFile(directory);
    if (started !== undefined) await killAndWait(context, started, container.stateDir, "exec process");
    removeTree(directory);
  } catch (error) {
    context.log.log("warn", `cannot clean up after the failed exec: ${messageOf(error)}`);
  }
}

/** Remove the directory of an exec nobody will ask about again. */
export function removeExecDirectory(started: StartedExec): void {
  removeTree(started.directory);
}

function assertCanExec(container: Inspected, isPausedFine: boolean): ProcessIdentity {
  const { status, init } = container;
  if (init === undefined) throw new RuntimeError("not-running", "cannot exec in a stopped container");
  if (status === "creating")
    throw new RuntimeError("not-ready", "cannot exec in a container that is being created");
  if (status === "paused" && !isPausedFine) {
    throw new RuntimeError("paused", "cannot exec in a paused container (use --ignore-paused to override)");
  }
  return init;
}

function buildProcess(request: ExecRequest["process"], spec: ValidSpec): ValidProcess {
  return request.kind === "file"
    ? validateProcess(completeProcess(loadProcess(request.path), spec.process))
    : validateProcess(overrideProcess(spec.process, request));
}

/** What hides the node's secrets from a host process holds for its execs, too. */
function limited(process: ValidProcess, { record }: Inspected, spec: ValidSpec): ValidProcess {
  const isHostProcess = record.transforms.some(({ name }) => name === "host-process");
  return isHostProcess ? validateProcess(limitCapabilities(process, spec.process)) : process;
}

function withEnv(process: ValidProcess, env: readonly string[]): ValidProcess {
  return env.length === 0 ? process : validateProcess({ ...process, env: [...(process.env ?? []), ...env] });
}

/** @throws {RuntimeError} code "exec-exists" */
function makeProcessDirectory(stateDir: string, execId: ExecId | undefined): HostPath {
  const name = execId ?? parseExecId(`unnamed-${process.pid}-${process.hrtime.bigint()}`);
  const directory = processDirectory(stateDir, name);
  if (!existsSync(`${stateDir}/execs`)) mkdirSync(`${stateDir}/execs`, { recursive: true, mode: 0o700 });
  try {
    mkdirSync(directory, 0o700);
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw error;
    throw new RuntimeError("exec-exists", `exec with given ID already exists: ${JSON.stringify(name)}`);
  }
  return directory;
}

async function compilePlan(
  context: RuntimeContext,
  request: ExecRequest,
  what: {
    readonly container: Inspected;
    readonly init: ProcessIdentity;
    readonly spec: ValidSpec;
    readonly process: ValidProcess;
    readonly directory: HostPath;
    readonly keepFds: number;
  },
) {
  const { container, init, spec, process } = what;
  const { stateRoot } = context.store;
  const supervision = resolveSupervision(request.supervision, {
    processDir: what.directory,
    hasTerminal: process.terminal ?? false,
    consoleSocket: request.consoleSocket,
    pidfdSocket: request.pidfdSocket,
    keepFds: what.keepFds,
    processId: request.execId ?? request.id,
    stateRoot,
  });
  const { delegate } = container.record;
  if (delegate !== undefined) {
    const { requestOf } = await import("./delegate/delegated.ts");
    const file = `${what.directory}/process.json`;
    writeFileAtomic(file, stringifyJson(process), 0o600);
    return compileDelegatedExec(
      supervision,
      process,
      requestOf(context, delegate, request.id, container.stateDir),
      file,
    );
  }
  const seccomp = await compileProfile(context, spec.linux?.seccomp, {
    cacheDir: parseHostPath(`${stateRoot}/.cache/seccomp`, "cache directory"),
    scratchDir: container.stateDir,
  });
  return compileExecPlan(
    {
      spec,
      id: request.id,
      process,
      bundle: parseHostPath(container.record.bundle, "bundle"),
      target: { pid: init.pid, startTime: BigInt(init.startTime) },
      supervision,
      cgroup: joinCgroup(
        request.subCgroups.length > 0
          ? selectSubCgroups(container.record.cgroup, request.subCgroups)
          : findExecCgroup(container.record.cgroup, init.pid),
      ),
      noNewKeyring: container.record.noNewKeyring,
      ...(seccomp === undefined ? {} : { seccomp }),
    },
    { cgroupMode: container.record.cgroup.mode, cgroupHierarchies: [], ...kernelFacts(context) },
  );
}
