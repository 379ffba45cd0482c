import { join } from "node:path";
import {
  type Client,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import protobuf from "protobufjs";
import { repository } from "./paths.ts";
import { waitFor } from "./wait.ts";

/** google.protobuf.Any */
export interface Any {
  readonly type_url: string;
  readonly value: Uint8Array;
}
export interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}
export interface Mount {
  readonly type: string;
  readonly source: string;
  readonly target?: string;
  readonly options: readonly string[];
}
export type TaskStatus = "UNKNOWN" | "CREATED" | "RUNNING" | "STOPPED" | "PAUSED" | "PAUSING";
/** containerd.v1.types.Process */
export interface ProcessState {
  readonly id: string;
  readonly pid: number;
  readonly status: TaskStatus;
  readonly stdin: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly terminal: boolean;
  readonly exit_status: number;
  readonly exited_at: Timestamp | null;
}
export interface Exit {
  readonly exit_status: number;
  readonly exited_at: Timestamp | null;
}
/** A task's or, with `exec_id`, an added process's name. */
export interface Target {
  readonly container_id: string;
  readonly exec_id?: string;
}
/** An event as `ctr events` shows it; `event` is decoded, its fields in snake_case. */
export interface Published {
  readonly topic: string;
  readonly timestamp: Timestamp;
  readonly event: Readonly<Record<string, unknown>>;
}

const PROTO_DIRS = [join(repository, "test/helpers/proto"), join(repository, "proto")];
const definition = loadPackageDefinition(
  loadSync(
    ["containers.proto", "tasks.proto", "snapshots.proto", "events.proto", "version.proto"].map((name) =>
      join(repository, "test/helpers/proto", name),
    ),
    { includeDirs: PROTO_DIRS, keepCase: true, longs: Number, enums: String, defaults: true },
  ),
);

const payloads = new protobuf.Root();
payloads.resolvePath = (_origin, target) =>
  target.startsWith("/") ? target : join(repository, "proto", target);
payloads.loadSync(
  ["containerd/events.proto", "cgroups/v1.proto", "cgroups/v2.proto", "containerd/runc-options.proto"],
  { keepCase: true },
);

/** Decode the message in an Any whose type one of our .proto files describes. */
export function decodeAny(any: Any): Record<string, unknown> {
  const type = payloads.lookupType(any.type_url.replace(/^.*\//, ""));
  return type.toObject(type.decode(any.value), { longs: Number, enums: String, defaults: true });
}

/** The Any of a message that one of our .proto files describes. */
export function encodeAny(name: string, value: Record<string, unknown>): Any {
  const type = payloads.lookupType(name);
  return { type_url: name, value: type.encode(type.fromObject(value)).finish() };
}

/** The Any of a JSON document of the OCI runtime specification: "Spec", "Process", "LinuxResources". */
export function ociAny(name: string, value: unknown): Any {
  return {
    type_url: `types.containerd.io/opencontainers/runtime-spec/1/${name}`,
    value: Buffer.from(JSON.stringify(value)),
  };
}

/** The name of the gRPC status code an error carries ("NOT_FOUND"), or undefined for other errors. */
export function grpcCode(error: unknown): number | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : undefined;
}

type Unary = (
  request: object,
  metadata: Metadata,
  options: object,
  callback: (error: ServiceError | null, response: object) => void,
) => void;

/** containerd's gRPC API, as far as the tests use it. Every call fails after `DEADLINE_MS`, except `wait`. */
export type Api = ReturnType<typeof connectApi>;

const DEADLINE_MS = 60_000;

/** Connect to a containerd socket; calls are made in `namespace`. */
export function connectApi(socket: string, namespace: string) {
  const metadata = new Metadata();
  metadata.set("containerd-namespace", namespace);
  const clients = new Map<string, Client>();

  function client(service: string): Client {
    const known = clients.get(service);
    if (known) return known;
    let at: unknown = definition;
    for (const part of service.split(".")) at = (at as Record<string, unknown>)[part];
    const made = new (at as new (...args: unknown[]) => Client)(
      `unix://${socket}`,
      credentials.createInsecure(),
    );
    clients.set(service, made);
    return made;
  }

  function call<Response>(
    service: string,
    method: string,
    request: object,
    deadlineMs = DEADLINE_MS,
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const target = client(service);
      const invoke = (target as unknown as Record<string, Unary>)[method];
      if (!invoke) throw new Error(`no method ${service}/${method}`);
      const options = Number.isFinite(deadlineMs) ? { deadline: Date.now() + deadlineMs } : {};
      invoke.call(target, request, metadata, options, (error, response) =>
        error ? reject(error) : resolve(response as Response),
      );
    });
  }

  const CONTAINERS = "containerd.services.containers.v1.Containers";
  const TASKS = "containerd.services.tasks.v1.Tasks";
  const SNAPSHOTS = "containerd.services.snapshots.v1.Snapshots";
  return {
    version: () => call<{ version: string }>("containerd.services.version.v1.Version", "Version", {}, 2_000),
    containers: {
      create: (container: object) => call<object>(CONTAINERS, "Create", { container }),
      delete: (id: string) => call<object>(CONTAINERS, "Delete", { id }),
      list: () =>
        call<{ containers: { id: string; snapshotter: string; snapshot_key: string }[] }>(
          CONTAINERS,
          "List",
          {},
        ),
    },
    snapshots: {
      prepare: (request: object) => call<{ mounts: Mount[] }>(SNAPSHOTS, "Prepare", request),
      remove: (snapshotter: string, key: string) => call<object>(SNAPSHOTS, "Remove", { snapshotter, key }),
    },
    tasks: {
      create: (request: object) => call<{ pid: number }>(TASKS, "Create", request),
      start: (target: Target) => call<{ pid: number }>(TASKS, "Start", target),
      delete: (id: string) => call<Exit & { pid: number }>(TASKS, "Delete", { container_id: id }),
      deleteProcess: (target: Target) => call<Exit & { pid: number }>(TASKS, "DeleteProcess", target),
      get: async (target: Target) => (await call<{ process: ProcessState }>(TASKS, "Get", target)).process,
      list: async () => (await call<{ tasks: ProcessState[] }>(TASKS, "List", {})).tasks,
      kill: (target: Target, signal: number, all = false) =>
        call<object>(TASKS, "Kill", { ...target, signal, all }),
      exec: (request: object) => call<object>(TASKS, "Exec", request),
      resize: (target: Target, width: number, height: number) =>
        call<object>(TASKS, "ResizePty", { ...target, width, height }),
      closeStdin: (target: Target) => call<object>(TASKS, "CloseIO", { ...target, stdin: true }),
      pause: (id: string) => call<object>(TASKS, "Pause", { container_id: id }),
      resume: (id: string) => call<object>(TASKS, "Resume", { container_id: id }),
      pids: async (id: string) =>
        (
          await call<{ processes: { pid: number; info: Any | null }[] }>(TASKS, "ListPids", {
            container_id: id,
          })
        ).processes,
      update: (id: string, resources: object) =>
        call<object>(TASKS, "Update", { container_id: id, resources: ociAny("LinuxResources", resources) }),
      metrics: async (id: string) => {
        const { metrics } = await call<{ metrics: { id: string; data: Any }[] }>(TASKS, "Metrics", {
          filters: [`id==${id}`],
        });
        const [first] = metrics;
        if (metrics.length !== 1 || !first) throw new Error(`${metrics.length} metrics for "${id}"`);
        return { type: first.data.type_url, data: decodeAny(first.data) };
      },
      wait: (target: Target) => call<Exit>(TASKS, "Wait", target, Number.POSITIVE_INFINITY),
    },
    /** Subscribe to this namespace's task events; what was published before is not seen. */
    events: () => subscribe(client("containerd.services.events.v1.Events"), namespace),
    close: () => {
      for (const one of clients.values()) one.close();
      clients.clear();
    },
  };
}

/** The events seen so far, in order of arrival. */
export interface EventLog {
  readonly events: readonly Published[];
  /** The first event that satisfies `wanted`, waiting for it if it has not come yet. */
  find(what: string, wanted: (event: Published) => boolean, timeoutMs?: number): Promise<Published>;
  /** Events about one container, in order. */
  of(containerId: string): readonly Published[];
  close(): void;
}

function subscribe(client: Client, namespace: string): EventLog {
  const events: Published[] = [];
  const method = (client as unknown as Record<string, (request: object) => ClientReadableStream<object>>)[
    "Subscribe"
  ];
  if (!method) throw new Error("no method Subscribe");
  const stream = method.call(client, { filters: [`namespace==${namespace},topic~="^/tasks/"`] });
  stream.on("data", (envelope: { topic: string; timestamp: Timestamp; event: Any }) => {
    events.push({ topic: envelope.topic, timestamp: envelope.timestamp, event: decodeAny(envelope.event) });
  });
  stream.on("error", () => {
    // Cancelled by close(), or containerd went away: a test that still waits says what it misses.
  });
  return {
    events,
    find: (what, wanted, timeoutMs) => waitFor(`event: ${what}`, () => events.find(wanted), timeoutMs),
    of: (id) => events.filter((one) => one.event["container_id"] === id),
    close: () => stream.cancel(),
  };
}
