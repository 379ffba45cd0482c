import { createServer } from "node:net";
import { containerd } from "../../src/gen/events.js";
import { TtrpcError } from "../../src/ttrpc/errors.ts";
import { TtrpcServer } from "../../src/ttrpc/server.ts";
import { unary } from "../../src/ttrpc/service.ts";
import { timeNsOf } from "../../src/ttrpc/well-known.ts";
import { waitFor } from "./wait.ts";

/** An event as containerd gets it. */
export interface Forwarded {
  readonly containerdNamespace: string;
  readonly topic: string;
  readonly typeUrl: string;
  readonly atNs: bigint;
  /** The fields that most task events have; 0 and "" where a message has none. */
  readonly containerId: string;
  /** Of an exit: the process; of the others, the exec. */
  readonly processId: string;
  readonly pid: number;
  readonly exitStatus: number;
}

/** containerd's side of the events service. */
export interface EventServer {
  readonly address: string;
  readonly events: readonly Forwarded[];
  /** The events of one container, each as "topic [process] [status]", e.g. "exit e1 3". */
  story(containerId: string): readonly string[];
  /** Wait for an event of this story line. */
  told(containerId: string, line: string): Promise<void>;
  /** Answer each Forward with this from now on; undefined: take it. */
  answerWith(error: TtrpcError | undefined): void;
  /** How many Forwards were refused by `answerWith`. */
  readonly refused: number;
  stop(): Promise<void>;
}

const { events: messages } = containerd;
const DECODERS: Readonly<Record<string, { decode(bytes: Uint8Array): object }>> = {
  "containerd.events.TaskCreate": messages.TaskCreate,
  "containerd.events.TaskStart": messages.TaskStart,
  "containerd.events.TaskExit": messages.TaskExit,
  "containerd.events.TaskDelete": messages.TaskDelete,
  "containerd.events.TaskOOM": messages.TaskOOM,
  "containerd.events.TaskExecAdded": messages.TaskExecAdded,
  "containerd.events.TaskExecStarted": messages.TaskExecStarted,
  "containerd.events.TaskPaused": messages.TaskPaused,
  "containerd.events.TaskResumed": messages.TaskResumed,
};

/** Listen on a socket as containerd does for its shims, and keep every event. */
export async function startEventServer(path: string): Promise<EventServer> {
  const events: Forwarded[] = [];
  let failure: TtrpcError | undefined;
  let refused = 0;
  const { ForwardRequest } = containerd.services.events.ttrpc.v1;
  const forward = unary(
    ForwardRequest,
    { encode: () => ({ finish: () => new Uint8Array(0) }) },
    async (request) => {
      if (failure !== undefined) {
        refused += 1;
        throw failure;
      }
      events.push(forwardedOf(request));
      return {};
    },
  );
  const server = new TtrpcServer([
    { name: "containerd.services.events.ttrpc.v1.Events", methods: { Forward: forward } },
  ]);
  const listener = createServer();
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(path, resolve);
  });
  server.serve(listener);

  const story = (containerId: string): string[] =>
    events.filter((event) => event.containerId === containerId).map(lineOf);
  return {
    address: path,
    events,
    story,
    told: async (containerId, line) => {
      await waitFor(`event "${line}" of ${containerId}`, () => story(containerId).includes(line)).catch(
        (error: Error) => {
          throw new Error(`${error.message}; told: ${story(containerId).join(", ")}`);
        },
      );
    },
    answerWith: (error) => {
      failure = error;
    },
    get refused() {
      return refused;
    },
    stop: () => server.shutdown(0),
  };
}

function forwardedOf({
  envelope,
}: InstanceType<typeof containerd.services.events.ttrpc.v1.ForwardRequest>): Forwarded {
  const typeUrl = envelope?.event?.typeUrl ?? "";
  const decoder = DECODERS[typeUrl];
  if (decoder === undefined) throw new TtrpcError("INVALID_ARGUMENT", `unknown event type ${typeUrl}`);
  const fields = decoder.decode(envelope?.event?.value ?? new Uint8Array(0)) as Readonly<
    Record<string, unknown>
  >;
  return {
    containerdNamespace: envelope?.namespace ?? "",
    topic: envelope?.topic ?? "",
    typeUrl,
    atNs: timeNsOf(envelope?.timestamp),
    containerId: String(fields["containerId"]),
    processId: String(fields["id"] ?? fields["execId"] ?? ""),
    pid: Number(fields["pid"] ?? 0),
    exitStatus: Number(fields["exitStatus"] ?? 0),
  };
}

function lineOf(event: Forwarded): string {
  const name = event.topic.replace(/^\/tasks\//, "");
  const process = event.processId === event.containerId ? "" : event.processId;
  const status = name === "exit" || name === "delete" ? String(event.exitStatus) : "";
  return [name, process, status].filter((part) => part !== "").join(" ");
}
