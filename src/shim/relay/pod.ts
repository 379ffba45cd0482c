import { mkdirSync, rmdirSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { errnoOf, messageOf } from "../../core/errors.ts";
import { readTextIfExists, writeFileAtomic } from "../../host/files.ts";
import { FrameChannel } from "../../ttrpc/channel.ts";
import { TtrpcServer } from "../../ttrpc/server.ts";
import type { CallContext } from "../../ttrpc/service.ts";
import { membersDir } from "../address.ts";
import { ShimError } from "../errors.ts";
import type { Counters } from "../ops/counters.ts";
import { unlinkSandbox } from "../sandbox/record.ts";
import { PodSandbox } from "../sandbox/sandbox.ts";
import { sandboxService } from "../sandbox/service.ts";
import { dropContainer } from "../task/delete.ts";
import { forgetRemoved } from "../task/forget-removed.ts";
import { Latch, Queue } from "../task/queue.ts";
import { recoverContainers } from "../task/recover.ts";
import { taskServices } from "../task/service.ts";
import type { ShimContext } from "../task/shim-context.ts";
import { Attachment } from "./attachment.ts";
import type { Faults } from "./faults.ts";
import { type AttachFields, agreedVersion, encodeQuit, encodeWelcome, type HelloFields } from "./frames.ts";
import { type CallEntry, CallJournal, NO_ENTRY } from "./journal.ts";
import type { Suspects } from "./suspects.ts";

/** What a server must know of a pod again after a crash: `<socket>.d/.pod.json`. */
export interface PodRecord {
  /** Of its sandbox or its only container; for people. */
  readonly id: string;
  readonly containerdNamespace: string;
  readonly isDebug: boolean;
  /** No other pod may share a core with it (`SCHED_CORE`). */
  readonly hasCoreOfItsOwn: boolean;
  /** `GANTRY_RUNTIME_PATH` of who started it; empty: not said. */
  readonly runtimePath: string;
}

/** What pods share. */
export interface PodHost {
  readonly suspects: Suspects;
  readonly faults: Faults;
  readonly counters: Counters;
  readonly isStopping: () => boolean;
  /** Path of the executable. */
  readonly gantryInit: string;
  /** A call was answered. */
  readonly onWork: () => void;
  /** The context for a pod's task service, but for what the pod itself gives. */
  contextFor(pod: Pod): Omit<ShimContext, keyof PodParts>;
  /** The pod's stub has gone. */
  stubGone(pod: Pod): void;
}

/** What a pod gives to its context. */
export type PodParts = Pick<
  ShimContext,
  | "ready"
  | "socket"
  | "containerdNamespace"
  | "isDebug"
  | "hasCoreOfItsOwn"
  | "journal"
  | "requestShutdown"
  | "entryFor"
  | "holderPid"
>;

/** How long a pod whose end was asked for waits for its clients to hang up. */
const QUIT_GRACE_MS = 1000;
/** How long answers are kept for a client that does not come back after a crash. */
const UNCLAIMED_MS = 30_000;

interface Stub {
  readonly channel: FrameChannel;
  readonly pid: number;
}

/** The containers behind one socket, and the stub that owns it. */
export class Pod {
  readonly socket: string;
  readonly record: PodRecord;
  readonly shim: ShimContext;
  /** For handlers with `sandboxer = "shim"`; otherwise it stays empty. */
  readonly sandbox: PodSandbox;
  readonly #host: PodHost;
  readonly #server: TtrpcServer;
  readonly #journal: CallJournal;
  readonly #recovered = new Latch<void>();
  readonly #attachments = new Map<number, Attachment>();
  #stub: Stub | undefined;
  #onStub = new Latch<Stub>();
  /** Set once the end of the stub was asked for, resolved when it has gone or was needed again. */
  #quitting: Latch<void> | undefined;
  readonly #starts = new Queue();
  #startsUnderWay = 0;

  constructor(socket: string, record: PodRecord, host: PodHost) {
    this.socket = socket;
    this.record = record;
    this.#host = host;
    this.#journal = new CallJournal(`${membersDir(socket)}/.calls`);
    this.shim = {
      ...host.contextFor(this),
      ready: this.#recovered.done,
      socket,
      containerdNamespace: record.containerdNamespace,
      isDebug: record.isDebug,
      hasCoreOfItsOwn: record.hasCoreOfItsOwn,
      journal: this.#journal,
      holderPid: () => this.#stub?.pid ?? 0,
      entryFor: (call) => this.#entryFor(call),
      requestShutdown: () => this.quitIfEmpty(),
    };
    this.sandbox = new PodSandbox(this.shim, host.gantryInit);
    const services = [...taskServices(this.shim), sandboxService(this.shim, this.sandbox)];
    this.#server = new TtrpcServer(services, { logger: this.shim.logger });
  }

  get stubPid(): number | undefined {
    return this.#stub?.pid;
  }

  get connections(): number {
    return this.#attachments.size;
  }

  /** Never before it is known what an earlier server has left. */
  get isEmpty(): boolean {
    const count = this.shim.containers.size + this.shim.creating.size;
    return this.#recovered.isSet && count === 0 && !this.sandbox.isThere;
  }

  /** Whether it holds nothing, nobody holds it and nobody is about to. */
  get isOver(): boolean {
    return this.isEmpty && this.#stub === undefined && this.#startsUnderWay === 0;
  }

  /** Run a `start` of this pod, one after the other: each must know whether there is a stub. */
  async start(work: () => Promise<void>): Promise<void> {
    this.#startsUnderWay += 1;
    try {
      await this.#starts.run(work);
    } finally {
      this.#startsUnderWay -= 1;
    }
  }

  /** Take over what an earlier server has left. Calls wait for it. */
  async recover(): Promise<void> {
    try {
      await Promise.all([recoverContainers(this.shim), this.sandbox.recover()]);
    } catch (error) {
      this.shim.logger.log("error", `cannot take over the pod: ${messageOf(error)}`, { socket: this.socket });
    }
    this.#recovered.set();
    const timer = setTimeout(() => this.#forgetUnclaimed(new Set(this.#journal.names())), UNCLAIMED_MS);
    timer.unref();
  }

  /** A stub says that it holds this pod. */
  hello(socket: Duplex, hello: HelloFields): void {
    const channel = new FrameChannel(socket, { received: () => {}, closed: () => this.#closed(stub) });
    const stub: Stub = { channel, pid: hello.pid };
    socket.resume();
    // A stub that lost its connection, not its server: the new one counts.
    this.#stub?.channel.destroy();
    this.#stub = stub;
    this.#quitSettled();
    channel.write(encodeWelcome(agreedVersion(hello.version)));
    this.#onStub.set(stub);
  }

  /** A client's connection, passed on by the stub. */
  attach(socket: Duplex, { epoch, connection: number }: AttachFields): void {
    const name = `${epoch}.${number}`;
    let id = 0;
    const attachment = new Attachment({
      name,
      journal: this.#journal,
      suspects: this.#host.suspects,
      faults: this.#host.faults,
      counters: this.#host.counters,
      recovered: this.#recovered.done,
      onAnswered: this.#host.onWork,
      onClosed: () => {
        this.#attachments.delete(id);
        if (!this.#host.isStopping()) this.#journal.forgetConnection(name);
        if (this.#quitting !== undefined && this.#attachments.size === 0) this.#sendQuit();
      },
    });
    const connection = this.#server.handle(socket, attachment);
    if (connection === undefined) return;
    id = connection.id;
    attachment.connect(connection);
    this.#attachments.set(id, attachment);
    socket.resume();
  }

  /** Resolves with the next stub that says hello. */
  nextStub(): Promise<unknown> {
    this.#onStub = new Latch();
    return this.#onStub.done;
  }

  /** A stub that is on its way out does not count: wait for its end first. */
  async hasStub(): Promise<boolean> {
    await this.#quitting?.done;
    return this.#stub !== undefined;
  }

  /** End the stub once nothing needs it. */
  quitIfEmpty(): void {
    if (!this.isEmpty || this.#stub === undefined || this.#quitting !== undefined) return;
    this.#quitting = new Latch();
    // The answer to Shutdown is on its way; who asked for it hangs up.
    if (this.#attachments.size === 0) this.#sendQuit();
    else setTimeout(() => this.#sendQuit(), QUIT_GRACE_MS).unref();
  }

  /** This server ends. What was asked of it is remembered. */
  stop(): void {
    this.#sendQuit();
  }

  /** The shim's `delete` has removed a container, or the sandbox. */
  drop(id: string): void {
    const container = this.shim.containers.get(id);
    if (container !== undefined) dropContainer(this.shim, container);
    this.sandbox.forget(id);
  }

  /** Drop what was removed behind this server's back. */
  async tidy(): Promise<void> {
    await forgetRemoved(this.shim);
  }

  /** Remove the pod's own files; its containers are gone. */
  removeFiles(): void {
    this.#journal.close();
    removePodFiles(this.socket);
  }

  #sendQuit(): void {
    if (this.#quitting === undefined) return;
    if (!this.isEmpty) {
      this.#quitSettled(); // somebody came
      return;
    }
    // First, so that a later server lets the stub go, whether or not this one still does.
    this.#journal.close();
    removePodRecord(this.socket);
    if (!this.#host.isStopping()) this.#stub?.channel.write(encodeQuit());
  }

  #quitSettled(): void {
    this.#quitting?.set();
    this.#quitting = undefined;
  }

  #closed(stub: Stub): void {
    if (this.#stub !== stub) return;
    this.#stub = undefined;
    this.#quitSettled();
    this.#host.stubGone(this);
  }

  #entryFor(call: CallContext): CallEntry {
    return this.#attachments.get(call.connectionId)?.entry(call.streamId, call.method) ?? NO_ENTRY;
  }

  #forgetUnclaimed(names: ReadonlySet<string>): void {
    for (const name of names) {
      const isAttached = [...this.#attachments.values()].some((attachment) => attachment.owns(name));
      if (!isAttached) this.#journal.forget(name);
    }
  }
}

/** Write what a later server must know of a pod. */
export function writePodRecord(socket: string, record: PodRecord): void {
  mkdirSync(membersDir(socket), { recursive: true, mode: 0o700 });
  writeFileAtomic(podFile(socket), JSON.stringify(record), 0o600);
}

/** Remove what a server, also one that was killed while it did this, has made for a pod that has no container any more. */
export function removePodFiles(socket: string): void {
  removePodRecord(socket);
  // The stub has removed its own; this one was killed.
  removeIfThere(() => unlinkSync(socket));
}

/** Remove everything but the socket: the stub has not gone yet, but will. */
function removePodRecord(socket: string): void {
  const directory = membersDir(socket);
  removeIfThere(() => unlinkSync(podFile(socket)));
  unlinkSandbox(socket);
  removeIfThere(() => rmdirSync(join(directory, ".calls")));
  removeIfThere(() => rmdirSync(directory));
}

/** @returns undefined when there is no such pod. @throws {ShimError} code "corrupt" */
export function readPodRecord(socket: string): PodRecord | undefined {
  const text = readTextIfExists(podFile(socket));
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as Partial<PodRecord>;
    const { containerdNamespace, isDebug, hasCoreOfItsOwn, id = "", runtimePath = "" } = record;
    if (typeof containerdNamespace !== "string") throw new TypeError("containerdNamespace is not a string");
    return {
      id,
      containerdNamespace,
      isDebug: isDebug === true,
      hasCoreOfItsOwn: hasCoreOfItsOwn === true,
      runtimePath,
    };
  } catch (error) {
    throw new ShimError("corrupt", `Cannot read ${podFile(socket)}: ${messageOf(error)}`, { cause: error });
  }
}

function removeIfThere(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (errnoOf(error) !== "ENOENT" && errnoOf(error) !== "ENOTEMPTY") throw error;
  }
}

function podFile(socket: string): string {
  return `${membersDir(socket)}/.pod.json`;
}
