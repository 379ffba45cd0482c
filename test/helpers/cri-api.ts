import { join } from "node:path";
import { type Client, credentials, loadPackageDefinition, type ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { repository } from "./paths.ts";

export type ContainerState =
  | "CONTAINER_CREATED"
  | "CONTAINER_RUNNING"
  | "CONTAINER_EXITED"
  | "CONTAINER_UNKNOWN";
export type PodState = "SANDBOX_READY" | "SANDBOX_NOTREADY";
interface Metadata {
  readonly name: string;
  readonly attempt: number;
}
/** runtime.v1.ContainerStatus; times in nanoseconds */
export interface ContainerStatus {
  readonly id: string;
  readonly metadata: Metadata;
  readonly state: ContainerState;
  readonly created_at: number;
  readonly started_at: number;
  readonly finished_at: number;
  readonly exit_code: number;
  readonly reason: string;
  readonly message: string;
  readonly log_path: string;
  readonly resources: { readonly linux: Readonly<Record<string, number | string>> | null } | null;
}
export interface PodStatus {
  readonly id: string;
  readonly state: PodState;
  readonly network: { readonly ip: string } | null;
}
interface Count {
  readonly value: number;
}
export interface ContainerStats {
  readonly attributes: { readonly id: string };
  readonly cpu: { readonly usage_core_nano_seconds: Count | null } | null;
  readonly memory: { readonly working_set_bytes: Count | null; readonly usage_bytes: Count | null } | null;
  readonly writable_layer: { readonly used_bytes: Count | null } | null;
}
export interface PodStats {
  readonly attributes: { readonly id: string };
  readonly linux: {
    readonly cpu: ContainerStats["cpu"];
    readonly memory: ContainerStats["memory"];
    readonly network: {
      readonly default_interface: { readonly name: string; readonly rx_bytes: Count } | null;
    } | null;
    readonly process: { readonly process_count: Count } | null;
    readonly containers: readonly ContainerStats[];
  };
}
export interface ExecResult {
  readonly exit_code: number;
  readonly stdout: string;
  readonly stderr: string;
}
/** Requests in the words of runtime.v1: a field that is absent has its default. */
export type Message = Readonly<Record<string, unknown>>;

const definition = loadPackageDefinition(
  loadSync(join(repository, "test/helpers/proto/cri.proto"), {
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: true,
  }),
);

type Unary = (
  request: object,
  options: object,
  callback: (error: ServiceError | null, response: object) => void,
) => void;

const DEADLINE_MS = 60_000;

/** The CRI's RuntimeService, as far as the tests use it. Every call fails after a minute. */
export type CriApi = ReturnType<typeof connectCri>;

export function connectCri(socket: string) {
  const { v1 } = definition["runtime"] as unknown as { readonly v1: Record<string, unknown> };
  const Service = v1["RuntimeService"] as new (...args: unknown[]) => Client;
  const client = new Service(`unix://${socket}`, credentials.createInsecure());

  function call<Response>(method: string, request: Message): Promise<Response> {
    return new Promise((resolve, reject) => {
      const invoke = (client as unknown as Record<string, Unary>)[method];
      if (!invoke) throw new Error(`no method ${method}`);
      invoke.call(client, request, { deadline: Date.now() + DEADLINE_MS }, (error, response) =>
        error ? reject(error) : resolve(response as Response),
      );
    });
  }
  const url = async (method: string, request: Message) => (await call<{ url: string }>(method, request)).url;

  return {
    call,
    status: () =>
      call<{
        status: { conditions: { type: string; status: boolean; message: string }[] };
        runtime_handlers: { name: string; features: { user_namespaces: boolean } | null }[];
      }>("Status", {}),
    runPod: async (config: Message, runtime_handler = "") =>
      (await call<{ pod_sandbox_id: string }>("RunPodSandbox", { config, runtime_handler })).pod_sandbox_id,
    stopPod: (pod_sandbox_id: string) => call<object>("StopPodSandbox", { pod_sandbox_id }),
    removePod: (pod_sandbox_id: string) => call<object>("RemovePodSandbox", { pod_sandbox_id }),
    podStatus: async (pod_sandbox_id: string) =>
      (await call<{ status: PodStatus }>("PodSandboxStatus", { pod_sandbox_id })).status,
    podInfo: async (pod_sandbox_id: string) =>
      (
        await call<{ info: Record<string, string> }>("PodSandboxStatus", {
          pod_sandbox_id,
          verbose: true,
        })
      ).info,
    pods: async () => (await call<{ items: { id: string; state: PodState }[] }>("ListPodSandbox", {})).items,
    createContainer: async (pod_sandbox_id: string, config: Message, sandbox_config: Message) =>
      (await call<{ container_id: string }>("CreateContainer", { pod_sandbox_id, config, sandbox_config }))
        .container_id,
    startContainer: (container_id: string) => call<object>("StartContainer", { container_id }),
    stopContainer: (container_id: string, timeout: number) =>
      call<object>("StopContainer", { container_id, timeout }),
    removeContainer: (container_id: string) => call<object>("RemoveContainer", { container_id }),
    containerStatus: async (container_id: string) =>
      (await call<{ status: ContainerStatus }>("ContainerStatus", { container_id })).status,
    /** What containerd says beyond the CRI, parsed: `pid`, `runtimeSpec`, … */
    containerInfo: async (container_id: string) => {
      const request = { container_id, verbose: true };
      const { info } = await call<{ info: { info?: string } }>("ContainerStatus", request);
      return JSON.parse(info.info ?? "{}") as { readonly pid: number };
    },
    containers: async () =>
      (
        await call<{ containers: { id: string; pod_sandbox_id: string; state: ContainerState }[] }>(
          "ListContainers",
          {},
        )
      ).containers,
    update: (container_id: string, linux: Message) =>
      call<object>("UpdateContainerResources", { container_id, linux }),
    reopenLog: (container_id: string) => call<object>("ReopenContainerLog", { container_id }),
    execSync: async (
      container_id: string,
      cmd: readonly string[],
      timeoutSeconds = 0,
    ): Promise<ExecResult> => {
      const request = { container_id, cmd, timeout: timeoutSeconds };
      const done = await call<{ exit_code: number; stdout: Buffer; stderr: Buffer }>("ExecSync", request);
      return { ...done, stdout: done.stdout.toString(), stderr: done.stderr.toString() };
    },
    /** URLs of the streaming server */
    execUrl: (request: Message) => url("Exec", request),
    attachUrl: (request: Message) => url("Attach", request),
    portForwardUrl: (pod_sandbox_id: string, port: readonly number[]) =>
      url("PortForward", { pod_sandbox_id, port }),
    containerStats: async (container_id: string) =>
      (await call<{ stats: ContainerStats }>("ContainerStats", { container_id })).stats,
    podStats: async (pod_sandbox_id: string) =>
      (await call<{ stats: PodStats }>("PodSandboxStats", { pod_sandbox_id })).stats,
    listPodStats: async () => (await call<{ stats: PodStats[] }>("ListPodSandboxStats", {})).stats,
    close: () => client.close(),
  };
}
