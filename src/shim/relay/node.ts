import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { scrubEnvironment } from "../../client/environment.ts";
import type { RuntimeConfig } from "../../client/run.ts";
import { createRuntimeClient, type RuntimeClient } from "../../client/runtime-client.ts";
import { findRuntime } from "../../client/runtime-path.ts";
import { messageOf } from "../../core/errors.ts";
import { withFields } from "../../core/log.ts";
import { diskOutbox } from "../../events/disk-outbox.ts";
import { EventPublisher } from "../../events/publisher.ts";
import { readTextIfExists, writeFileAtomic } from "../../host/files.ts";
import type { ServerArgs } from "../argv.ts";
import { ShimError } from "../errors.ts";
import { openServerLog, type ServerLog } from "../log.ts";
import { Counters } from "../ops/counters.ts";
import { countStart, type ServerCounts } from "../ops/counts.ts";
import { startOperations } from "../ops/operations.ts";
import { OwnSocket } from "../ops/own-socket.ts";
import { PodList } from "../ops/pod-list.ts";
import { adjustOomScore, coreLauncher } from "../placement.ts";
import type { ShimContext } from "../task/shim-context.ts";
import { WarmRuntime } from "../warm-runtime.ts";
import { faultsOf } from "./faults.ts";
import { readFirstFrame } from "./first-frame.ts";
import { ATTACH, decodeAttach, decodeHello, decodeInvoke, encodeQuit, HELLO, INVOKE } from "./frames.ts";
import { answerInvocation, isQuestion } from "./invoke.ts";
import { leftoversGone } from "./leftovers.ts";
import { Pod, type PodHost, type PodParts, type PodRecord, readPodRecord, removePodFiles } from "./pod.ts";
import { repeatingClient } from "./repeat.ts";
import { Suspects } from "./suspects.ts";

/** What the server is started with. */
export interface NodeConfig {
  readonly args: ServerArgs;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of our own executable; gantry-runtime is looked for beside it. */
  readonly executable: string;
  readonly version: string;
  /** Called with each piece of work: something is to happen when there is none. */
  readonly onWork: () => void;
}

/** How long calls in progress may take to end when the server ends; the rest is repeated to the next one. */
const CALLS_GRACE_MS = 1000;
/** How long a server without stubs and fronts stays. */
const IDLE_MS = 60_000;
const SWEEP_MS = 10_000;
/** The stubs of a server that was killed have been served by then. */
const SERVED_MS = 1000;
/** A pod that nobody has used: its `start` was the last that was heard of it. */
const UNUSED_SWEEPS = 12;
const MAX_FIRST_FRAME_MS = 5000;

/** The server of a node: every pod of one containerd. */
export class Node implements PodHost {
  readonly config: NodeConfig;
  readonly logger: ServerLog;
  readonly suspects = new Suspects();
  readonly faults;
  readonly pods = new Map<string, Pod>();
  readonly podList: PodList;
  readonly counters = new Counters();
  /** How often this node has had a server. */
  counts: ServerCounts = { starts: 0, deaths: 0 };
  readonly #env: Readonly<Record<string, string>>;
  readonly publisher: EventPublisher;
  readonly warm: WarmRuntime;
  readonly #isCold: boolean;
  readonly #unused = new Map<Pod, number>();
  #isStopping = false;
  #busyFronts = 0;
  #lastBusyAt = performance.now();
  #requestStop: (reason: string) => void = () => {};
  readonly stopRequested: Promise<string>;

  constructor(config: NodeConfig) {
    this.config = config;
    this.#env = scrubEnvironment(config.env);
    this.faults = faultsOf(config.env["GANTRY_TEST_KILL_FILE"]);
    this.logger = openServerLog({
      file: config.env["GANTRY_SHIM_LOG"] ?? "",
      isDebug: config.args.isDebug,
      fields: { runtime: "io.containerd.gantry.v2" },
    });
    const { nodeDir } = config.args;
    this.podList = new PodList(nodeDir);
    mkdirSync(join(nodeDir, "events"), { recursive: true, mode: 0o700 });
    this.publisher = new EventPublisher({
      address: readTextIfExists(join(nodeDir, "ttrpc-address")) ?? config.env["TTRPC_ADDRESS"] ?? "",
      logger: this.logger,
      outbox: diskOutbox(join(nodeDir, "events"), this.logger),
    });
    this.#isCold = config.env["GANTRY_RUNTIME_MODE"] === "cold";
    this.warm = new WarmRuntime({
      path: join(dirname(config.executable), "gantry-runtime"),
      socketPath: join(nodeDir, "runtime"),
      env: this.#env,
      logger: this.logger,
    });
    this.stopRequested = new Promise((resolve) => {
      this.#requestStop = resolve;
    });
  }

  get gantryInit(): string {
    return join(dirname(this.config.executable), "gantry-init");
  }

  onWork = (): void => this.config.onWork();

  isStopping = (): boolean => this.#isStopping;

  requestStop(reason: string): void {
    this.#requestStop(reason);
  }

  /** containerd's ttrpc socket, as the latest `start` knows it. */
  useEventsAddress(address: string): void {
    if (address === "" || address === this.publisher.address) return;
    this.publisher.address = address;
    writeFileSync(join(this.config.args.nodeDir, "ttrpc-address"), address, { mode: 0o600 });
  }

  /** The pod behind a socket, made if it is not there. */
  podFor(socket: string, record: PodRecord): Pod {
    const known = this.pods.get(socket);
    if (known !== undefined) return known;
    if (record.isDebug) this.logger.enableDebug();
    const pod = new Pod(socket, record, this);
    this.pods.set(socket, pod);
    void pod.recover();
    return pod;
  }

  contextFor(pod: Pod): Omit<ShimContext, keyof PodParts> {
    const { executable } = this.config;
    const { id, containerdNamespace } = pod.record;
    const logger = withFields(this.logger, { namespace: containerdNamespace, pod: id });
    return {
      containers: new Map(),
      creating: new Map(),
      events: this.publisher,
      faults: this.faults,
      counters: this.counters,
      logger,
      previousWorkerGone: (ids) => leftoversGone(this.config.args.nodeDir, ids, logger),
      // The pod's own: the server's environment is that of whoever happened to start it.
      findRuntime: (wanted) => findRuntime(pod.record.runtimePath || wanted, executable),
      runtimeFor: (record) => {
        this.logger.addBundle(record.bundle);
        const { isDebug, hasCoreOfItsOwn } = pod.record;
        const launcher = hasCoreOfItsOwn ? () => coreLauncher(executable, pod.stubPid ?? 0) : undefined;
        return this.runtimeClient({
          path: record.runtimePath,
          stateRoot: record.stateRoot,
          isDebug,
          launcher,
          logger: withFields(logger, { id: record.id }),
        });
      },
    };
  }

  /** Commands of our own gantry-runtime go to the warm one. */
  runtimeClient(
    call: Pick<RuntimeConfig, "path" | "stateRoot" | "isDebug" | "launcher" | "logger">,
  ): RuntimeClient {
    const isOurs = call.path === join(dirname(this.config.executable), "gantry-runtime");
    const config = { ...call, env: this.#env };
    if (!isOurs || call.launcher !== undefined || this.#isCold) return createRuntimeClient(config);
    const client = createRuntimeClient({ ...config, execute: this.warm.run });
    return repeatingClient(client, createRuntimeClient(config), call.stateRoot);
  }

  stubGone(pod: Pod): void {
    if (this.#isStopping) return;
    // Containers of a stub that was killed stay until containerd's `delete` for each.
    if (pod.isOver) this.removePod(pod);
  }

  removePod(pod: Pod): void {
    if (this.pods.get(pod.socket) !== pod) return;
    this.pods.delete(pod.socket);
    this.#unused.delete(pod);
    pod.removeFiles();
    this.podList.remove(pod.socket);
  }

  /** Serve until something asks for the end. */
  async serve(): Promise<void> {
    const listener = createServer();
    listener.on("connection", (socket) => void this.#connected(socket));
    await listenOn(listener, this.config.args);
    try {
      adjustOomScore(process.pid, process.ppid);
    } catch (error) {
      this.logger.log("warn", `oom_score_adj: ${messageOf(error)}`);
    }
    const socket = new OwnSocket(join(this.config.args.nodeDir, "shimd.sock"));
    this.#announce();
    const endOperations = startOperations(this);
    // Where pods wait for a server, they are served first. The first command does not wait for this either.
    const warmUpMs = this.podList.sockets().length === 0 ? 0 : SERVED_MS;
    if (!this.#isCold) setTimeout(() => this.warm.start(), warmUpMs).unref();
    this.publisher.start();
    const sweep = setInterval(() => void this.#sweep(), SWEEP_MS);
    const idleMs = Number(this.config.env["GANTRY_SHIM_IDLE_MS"]) || IDLE_MS;
    const idle = setInterval(() => this.#checkUse(idleMs, socket), Math.min(idleMs, 1000));
    this.logger.log("debug", "serving", { pid: process.pid });
    this.logger.log("info", `shutting down: ${await this.stopRequested}`);
    clearInterval(sweep);
    clearInterval(idle);
    endOperations();
    this.#isStopping = true;
    listener.close();
    await this.#drained();
    for (const pod of this.pods.values()) pod.stop();
    await this.warm.close();
    // The lock is ours until the process ends: nobody else has made these meanwhile, unless it was removed too.
    if (socket.isThere()) rmSync(socket.path, { force: true });
    if (readTextIfExists(this.#pidFile) === `${process.pid}\n`) rmSync(this.#pidFile, { force: true });
  }

  get #pidFile(): string {
    return join(this.config.args.nodeDir, "shimd.pid");
  }

  /** Say who the server is, and find out what became of the one before. */
  #announce(): void {
    const previous = readTextIfExists(this.#pidFile)?.trim();
    this.counts = countStart(this.config.args.nodeDir, previous !== undefined);
    if (previous !== undefined)
      this.logger.log("warn", "the server before this one was killed", { pid: previous });
    writeFileAtomic(this.#pidFile, `${process.pid}\n`, 0o600);
  }

  async #connected(socket: Socket): Promise<void> {
    socket.on("error", () => {}); // "close" follows
    try {
      const frame = await readFirstFrame(socket, MAX_FIRST_FRAME_MS);
      if (frame === undefined) return;
      switch (frame.type) {
        case INVOKE:
          return await this.#invoked(socket, frame.data);
        case HELLO:
          return this.#hello(socket, frame.data);
        case ATTACH: {
          const attach = decodeAttach(frame.data);
          const pod = this.podOf(attach.socket);
          if (pod === undefined) socket.destroy();
          else pod.attach(socket, attach);
          return;
        }
        default:
          throw new ShimError("bad-frame", `a connection begins with a frame of type ${frame.type}`);
      }
    } catch (error) {
      this.logger.log("error", `connection dropped: ${messageOf(error)}`);
      socket.destroy();
    }
  }

  #hello(socket: Socket, data: Uint8Array): void {
    const hello = decodeHello(data);
    const pod = this.podOf(hello.socket);
    // What is not on disk has ended.
    if (pod === undefined) socket.end(encodeQuit());
    else pod.hello(socket, hello);
  }

  /** The pod behind a socket, if there is one, known or not. @throws {ShimError} code "corrupt" */
  podOf(socket: string): Pod | undefined {
    const known = this.pods.get(socket);
    if (known !== undefined) return known;
    const record = readPodRecord(socket);
    return record && this.podFor(socket, record);
  }

  async #invoked(socket: Socket, data: Uint8Array): Promise<void> {
    const call = decodeInvoke(data);
    if (isQuestion(call)) return answerInvocation(this, call, socket);
    this.#busyFronts += 1;
    try {
      await answerInvocation(this, call, socket);
    } finally {
      this.#busyFronts -= 1;
      this.onWork();
      this.#lastBusyAt = performance.now();
    }
  }

  async #sweep(): Promise<void> {
    this.#findPods();
    for (const pod of [...this.pods.values()]) {
      await pod.tidy();
      if (!pod.isEmpty || pod.connections > 0) {
        this.#unused.delete(pod);
        continue;
      }
      const count = (this.#unused.get(pod) ?? 0) + 1;
      this.#unused.set(pod, count);
      if (count < UNUSED_SWEEPS) continue;
      if (pod.isOver) this.removePod(pod);
      else pod.quitIfEmpty();
    }
  }

  /** Pods whose stubs were killed while there was no server; those that live have said hello by now. */
  #findPods(): void {
    for (const socket of this.podList.sockets()) {
      try {
        if (this.podOf(socket) !== undefined) continue;
        removePodFiles(socket);
        this.podList.remove(socket);
      } catch (error) {
        this.logger.log("error", messageOf(error), { socket });
      }
    }
  }

  #checkUse(idleMs: number, socket: OwnSocket): void {
    if (!socket.isThere()) this.requestStop(`nobody can reach it: ${socket.path} was removed or replaced`);
    const isBusy =
      this.#busyFronts > 0 ||
      this.publisher.pending > 0 ||
      [...this.pods.values()].some((pod) => pod.stubPid !== undefined || !pod.isEmpty);
    if (isBusy) this.#lastBusyAt = performance.now();
    else if (performance.now() - this.#lastBusyAt > idleMs) {
      // Those whose stub has never come back.
      for (const pod of [...this.pods.values()]) if (pod.isOver) this.removePod(pod);
      this.requestStop("no pod is left");
    }
  }

  /** Calls in progress end if they can; what is not answered the stubs repeat to the next server. */
  async #drained(): Promise<void> {
    const deadline = performance.now() + CALLS_GRACE_MS;
    while (
      performance.now() < deadline &&
      [...this.pods.values()].some((pod) => pod.shim.creating.size > 0)
    ) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

function listenOn(listener: Server, args: ServerArgs): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once("error", reject);
    listener.listen({ fd: args.listenFd }, () => {
      listener.removeListener("error", reject);
      resolve();
    });
  });
}
