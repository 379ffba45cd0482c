import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ClientError } from "../../client/errors.ts";
import { type Followed, followProcess } from "../../client/follow.ts";
import { initDir, readProcessIdentity } from "../../client/process-files.ts";
import { type CgroupLocation, readContainerFacts } from "../../client/state-file.ts";
import { parseContainerId, parseHostPath } from "../../core/ids.ts";
import { ShimError } from "../errors.ts";
import { lowestOomScoreAdj } from "../placement.ts";
import { stateRootFor } from "../state-root.ts";
import { Latch, Queue } from "../task/queue.ts";
import type { ShimContext } from "../task/shim-context.ts";
import type { ExitInfo } from "../task/task-process.ts";
import { HOLDER_OOM_SCORE_ADJ, holderMounts, holderSpec, SHM } from "./holder-spec.ts";
import { makePodFiles, removePodFilesOf } from "./pod-files.ts";
import {
  findSandbox,
  holderBundle,
  linkSandbox,
  readSandboxOptions,
  readSandboxRecord,
  removeSandboxRecord,
  type SandboxConfig,
  type SandboxRecord,
  unlinkSandbox,
  writeSandboxRecord,
} from "./record.ts";

const SIGKILL = 9;

/**
 * The sandbox of a pod whose handler has `sandboxer = "shim"`: containerd makes no pause container then, and asks us for the pod's
 * namespaces. A process of ours holds them, in a container that containerd does not know.
 *
 * Each method may be called again, by the same server or the next one: it goes on from what the record says.
 */
export class PodSandbox {
  readonly #shim: ShimContext;
  readonly #gantryInit: string;
  readonly #queue = new Queue();
  #record: SandboxRecord | undefined;
  #followed: Followed | undefined;
  #ended = new Latch<ExitInfo>();

  /** @param gantryInit path of the executable that holds the namespaces */
  constructor(shim: ShimContext, gantryInit: string) {
    this.#shim = shim;
    this.#gantryInit = gantryInit;
  }

  /** Whether there is a sandbox, in whatever state. */
  get isThere(): boolean {
    return this.#record !== undefined;
  }

  /** @throws {ShimError} code "no-container" when the pod has no sandbox of this name */
  get(id: string): SandboxRecord {
    const record = this.#record;
    if (record === undefined || record.id !== id)
      throw new ShimError("no-container", `sandbox ${id}: not found`);
    return record;
  }

  /** Take a sandbox in; nothing is made yet. */
  create(request: {
    readonly id: string;
    readonly bundle: string;
    readonly netnsPath: string;
    readonly config: SandboxConfig;
    readonly containerdNamespace: string;
  }): Promise<void> {
    return this.#queue.run(async () => {
      const id = parseContainerId(request.id);
      if (this.#record !== undefined && (this.#record.id !== id || this.#record.status !== "created"))
        throw new ShimError("already-exists", `sandbox ${this.#record.id}: already exists`);
      const bundle = parseHostPath(request.bundle, "bundle_path");
      const options = readSandboxOptions(bundle);
      const record: SandboxRecord = {
        id,
        bundle,
        stateRoot: stateRootFor(options.root, request.containerdNamespace),
        runtimePath: this.#shim.findRuntime(options.runtimePath),
        isSystemdCgroup: options.isSystemdCgroup,
        netnsPath: request.netnsPath,
        config: request.config,
        status: "created",
        createdAtNs: "0",
        pid: 0,
        exitStatus: 0,
        exitedAtNs: "0",
      };
      linkSandbox(this.#shim.socket, bundle);
      this.#save(record);
    });
  }

  /** Make the namespaces. @returns the record of the running sandbox */
  start(id: string): Promise<SandboxRecord> {
    return this.#queue.run(async () => {
      const record = this.get(id);
      if (record.status === "running") return record;
      if (record.status !== "created")
        throw new ShimError("wrong-status", `sandbox ${id}: cannot start what is ${record.status}`);
      this.#save({ ...record, status: "starting" });
      try {
        return await this.#start(record);
      } catch (error) {
        await this.#undo(record);
        this.#save(record);
        throw error;
      }
    });
  }

  /** End it: every namespace that nobody else is in goes. */
  stop(id: string): Promise<void> {
    return this.#queue.run(() => this.#stop(this.get(id)));
  }

  /** Resolves when the sandbox has ended. */
  wait(id: string): { readonly isOver: boolean; readonly ended: Promise<ExitInfo> } {
    this.get(id);
    return { isOver: this.#ended.isSet, ended: this.#ended.done };
  }

  /** Stop it and forget it. */
  shutdown(id: string): Promise<void> {
    return this.#queue.run(async () => {
      const record = this.get(id);
      await this.#stop(record);
      this.forget(id);
    });
  }

  /** Its files go; what it had in the kernel has gone. */
  forget(id: string): void {
    if (this.#record?.id !== id) return;
    const { bundle } = this.#record;
    this.#followed?.stop();
    removePodFilesOf(bundle, id);
    rmSync(holderBundle(bundle), { recursive: true, force: true });
    removeSandboxRecord(bundle);
    unlinkSandbox(this.#shim.socket);
    this.#record = undefined;
    this.#ended.set({ exitStatus: 128 + SIGKILL, exitedAtNs: now() });
    this.#ended = new Latch();
  }

  /** Where the cgroup of the whole pod is: that of the holder, when it stands alone. */
  cgroup(id: string): CgroupLocation {
    const { stateRoot, config } = this.get(id);
    const facts = readContainerFacts(stateRoot, id);
    if (facts === undefined) throw new ShimError("no-cgroup", `cgroup of sandbox ${id}: not found`);
    if (config.cgroupParent === "") return facts.cgroup;
    const paths = Object.entries(facts.cgroup.paths).map(([name, path]) => [name, dirname(path)]);
    return { mode: facts.cgroup.mode, paths: Object.fromEntries(paths) };
  }

  /** Take over what an earlier server has left. */
  async recover(): Promise<void> {
    const bundle = findSandbox(this.#shim.socket);
    if (bundle === undefined) return;
    const record = readSandboxRecord(bundle);
    if (record === undefined) return unlinkSandbox(this.#shim.socket);
    this.#record = record;
    const { id, stateRoot } = record;
    switch (record.status) {
      case "created":
        return;
      case "stopped":
        return this.#ended.set(exitOf(record));
      case "starting": {
        await this.#shim.previousWorkerGone([id]);
        const isStarted =
          readContainerFacts(stateRoot, id)?.isCreated === true &&
          !existsSync(join(stateRoot, id, "exec.fifo"));
        if (isStarted) return void (await this.#adopt(record));
        await this.#undo(record);
        return this.#save({ ...record, status: "created" });
      }
      default:
        if (record.status === "stopping") await this.#shim.previousWorkerGone([id]);
        await this.#follow(record);
    }
  }

  async #start(record: SandboxRecord): Promise<SandboxRecord> {
    const { id, config } = record;
    const bundle = holderBundle(record.bundle);
    mkdirSync(join(bundle, "rootfs", SHM), { recursive: true, mode: 0o711 });
    const spec = holderSpec(record, this.#gantryInit, lowestOomScoreAdj(HOLDER_OOM_SCORE_ADJ));
    writeFileSync(join(bundle, "config.json"), JSON.stringify(spec), { mode: 0o600 });
    makePodFiles(record);
    const runtime = this.#runtimeOf(record);
    await runtime.create({
      id,
      bundle,
      rootfsMounts: holderMounts(config),
      stdio: { stdin: "", stdout: "", stderr: "" },
      noPivot: false,
      noNewKeyring: true,
      isSystemdCgroup: record.isSystemdCgroup,
      configPath: "",
    });
    this.#shim.faults.point("StartSandbox", "acted");
    await runtime.start(id, bundle);
    return this.#adopt(record);
  }

  /** It runs. */
  async #adopt(record: SandboxRecord): Promise<SandboxRecord> {
    const identity = readProcessIdentity(initDir(record.stateRoot, record.id));
    if (identity === undefined)
      throw new ShimError("corrupt", `the runtime made sandbox ${record.id} without a pid`);
    const createdAtNs = now().toString();
    const running = { ...record, status: "running", createdAtNs, pid: identity.pid } as const;
    this.#save(running);
    await this.#follow(running);
    return running;
  }

  async #follow(record: SandboxRecord): Promise<void> {
    const processDir = initDir(record.stateRoot, record.id);
    const identity = readProcessIdentity(processDir);
    const onExit = (exit: { readonly status: number; readonly exitedAtNs: bigint }): void => {
      this.#setEnded({ exitStatus: exit.status, exitedAtNs: exit.exitedAtNs });
    };
    if (identity === undefined) {
      // Somebody has removed it.
      onExit({ status: 128 + SIGKILL, exitedAtNs: now() });
      return;
    }
    this.#followed = await followProcess(processDir, identity, { onOom: () => {}, onExit });
  }

  /** The exit is known: written, then told. */
  #setEnded(exit: ExitInfo): void {
    if (this.#record !== undefined) {
      const { exitStatus, exitedAtNs } = exit;
      this.#save({ ...this.#record, exitStatus, exitedAtNs: exitedAtNs.toString() });
    }
    this.#ended.set(exit);
  }

  async #stop(record: SandboxRecord): Promise<void> {
    const { id } = record;
    if (record.status === "stopped") return;
    if (record.status === "running" || record.status === "stopping") {
      this.#save({ ...this.get(id), status: "stopping" });
      if (!this.#ended.isSet) {
        const runtime = this.#runtimeOf(record);
        await runtime
          .kill({ id, bundle: holderBundle(record.bundle), signal: SIGKILL, all: false })
          .catch((error: unknown) => {
            if (!(error instanceof ClientError && error.code === "not-running")) throw error;
          });
        this.#shim.faults.point("StopSandbox", "acted");
        await this.#ended.done;
      }
      await this.#undo(record);
    }
    this.#save({ ...this.get(id), status: "stopped" });
    this.#setEnded(this.#ended.isSet ? await this.#ended.done : { exitStatus: 0, exitedAtNs: now() });
  }

  /** Take away what `#start` has made, however far it has come. */
  async #undo(record: SandboxRecord): Promise<void> {
    const bundle = holderBundle(record.bundle);
    const call = { id: record.id, bundle, force: true, leftRootfs: join(bundle, "rootfs") };
    await this.#runtimeOf(record).delete(call);
    this.#followed?.stop();
    removePodFilesOf(record.bundle, record.id);
  }

  #runtimeOf(record: SandboxRecord) {
    return this.#shim.runtimeFor({ ...record, bundle: holderBundle(record.bundle) });
  }

  #save(record: SandboxRecord): void {
    writeSandboxRecord(record);
    this.#record = record;
  }
}

function exitOf({ exitStatus, exitedAtNs }: SandboxRecord): ExitInfo {
  return { exitStatus, exitedAtNs: BigInt(exitedAtNs) };
}

function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
