import { containerd, google } from "../../src/gen/task.js";
import { TtrpcClient } from "../../src/ttrpc/client.ts";
import { type Decoder, decodePayload, type Encoder } from "../../src/ttrpc/service.ts";

const { v2 } = containerd.task;
const { Empty } = google.protobuf;
type CreateRequest = containerd.task.v2.CreateTaskRequest.$Properties;
type ExecRequest = containerd.task.v2.ExecProcessRequest.$Properties;

/** Task statuses by their numbers on the wire. */
export const CREATED = 1;
export const RUNNING = 2;
export const STOPPED = 3;
export const PAUSED = 4;

export interface TaskClientOptions {
  /** Which of the two names of the service is called. */
  readonly version?: 2 | 3;
  readonly containerdNamespace: string;
  readonly timeoutMs?: number;
}

/** Calls a shim's task service as containerd does; each method rejects with the TtrpcError that was answered. */
export class TaskClient {
  readonly ttrpc: TtrpcClient;
  /** Sent with every call, besides the namespace. */
  readonly metadata: Record<string, string> = {};
  readonly #options: TaskClientOptions;

  constructor(ttrpc: TtrpcClient, options: TaskClientOptions) {
    this.ttrpc = ttrpc;
    this.#options = options;
  }

  static async connect(address: string, options: TaskClientOptions): Promise<TaskClient> {
    return new TaskClient(await TtrpcClient.connect(address), options);
  }

  create = (request: CreateRequest) =>
    this.#call("Create", v2.CreateTaskRequest, v2.CreateTaskResponse, request);
  start = (id: string, execId = "") => this.#call("Start", v2.StartRequest, v2.StartResponse, { id, execId });
  state = (id: string, execId = "") => this.#call("State", v2.StateRequest, v2.StateResponse, { id, execId });
  delete = (id: string, execId = "") =>
    this.#call("Delete", v2.DeleteRequest, v2.DeleteResponse, { id, execId });
  pids = (id: string) => this.#call("Pids", v2.PidsRequest, v2.PidsResponse, { id });
  pause = (id: string) => this.#call("Pause", v2.PauseRequest, Empty, { id });
  resume = (id: string) => this.#call("Resume", v2.ResumeRequest, Empty, { id });
  checkpoint = (id: string, path = "") =>
    this.#call("Checkpoint", v2.CheckpointTaskRequest, Empty, { id, path });
  kill = (id: string, signal: number, options: { execId?: string; all?: boolean } = {}) =>
    this.#call("Kill", v2.KillRequest, Empty, { id, signal, ...options });
  exec = (request: ExecRequest) => this.#call("Exec", v2.ExecProcessRequest, Empty, request);
  resize = (id: string, execId: string, width: number, height: number) =>
    this.#call("ResizePty", v2.ResizePtyRequest, Empty, { id, execId, width, height });
  closeIo = (id: string, execId = "") =>
    this.#call("CloseIO", v2.CloseIORequest, Empty, { id, execId, stdin: true });
  update = (id: string, resources: string) =>
    this.#call("Update", v2.UpdateTaskRequest, Empty, {
      id,
      resources: { typeUrl: `${OCI_TYPES}LinuxResources`, value: Buffer.from(resources) },
    });
  /** Without a deadline, as containerd asks. */
  wait = (id: string, execId = "") => this.#call("Wait", v2.WaitRequest, v2.WaitResponse, { id, execId });
  stats = (id: string) => this.#call("Stats", v2.StatsRequest, v2.StatsResponse, { id });
  connect = (id: string) => this.#call("Connect", v2.ConnectRequest, v2.ConnectResponse, { id });
  shutdown = (id: string) => this.#call("Shutdown", v2.ShutdownRequest, Empty, { id });

  close(): void {
    this.ttrpc.close();
  }

  async #call<Req, Res>(
    method: string,
    request: Encoder<Req>,
    response: Decoder<Res>,
    message: NoInfer<Req>,
  ): Promise<Res> {
    const { version = 2, containerdNamespace, timeoutMs = 20_000 } = this.#options;
    const payload = request.encode(message).finish();
    const answer = await this.ttrpc.call(`containerd.task.v${version}.Task`, method, payload, {
      metadata: { "containerd-namespace-ttrpc": containerdNamespace, ...this.metadata },
      ...(method === "Wait" ? {} : { timeoutMs }),
    });
    return decodePayload(response, answer);
  }
}

/** What containerd puts before the name of a JSON document of the OCI specification. */
export const OCI_TYPES = "types.containerd.io/opencontainers/runtime-spec/1/";
