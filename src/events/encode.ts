import { assertNever } from "../core/assert-never.ts";
import { containerd } from "../gen/events.js";
import { timestampOf } from "../ttrpc/well-known.ts";
import type { TaskEvent } from "./task-event.ts";

/** The parts of an envelope that do not depend on when it is sent. */
export interface EncodedEvent {
  readonly topic: string;
  /** Full message name, without a prefix: containerd compares it for equality. */
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** A task event as containerd's topic and message (package containerd.events). */
export function encodeEvent(event: TaskEvent): EncodedEvent {
  const { events } = containerd;
  switch (event.kind) {
    case "create":
      return encoded("create", "TaskCreate", events.TaskCreate, {
        containerId: event.id,
        bundle: event.bundle,
        rootfs: event.rootfs.map(({ type, source, target, options }) => ({
          type,
          source,
          target,
          options: [...options],
        })),
        io: {
          stdin: event.stdin,
          stdout: event.stdout,
          stderr: event.stderr,
          terminal: event.hasTerminal,
        },
        pid: event.pid,
      });
    case "start":
      return encoded("start", "TaskStart", events.TaskStart, { containerId: event.id, pid: event.pid });
    case "exit":
      return encoded("exit", "TaskExit", events.TaskExit, {
        containerId: event.id,
        id: event.execId ?? event.id,
        pid: event.pid,
        exitStatus: event.exitStatus,
        exitedAt: timestampOf(event.exitedAtNs),
      });
    case "delete":
      return encoded("delete", "TaskDelete", events.TaskDelete, {
        containerId: event.id,
        pid: event.pid,
        exitStatus: event.exitStatus,
        exitedAt: timestampOf(event.exitedAtNs),
      });
    case "oom":
      return encoded("oom", "TaskOOM", events.TaskOOM, { containerId: event.id });
    case "exec-added":
      return encoded("exec-added", "TaskExecAdded", events.TaskExecAdded, {
        containerId: event.id,
        execId: event.execId,
      });
    case "exec-started":
      return encoded("exec-started", "TaskExecStarted", events.TaskExecStarted, {
        containerId: event.id,
        execId: event.execId,
        pid: event.pid,
      });
    case "paused":
      return encoded("paused", "TaskPaused", events.TaskPaused, { containerId: event.id });
    case "resumed":
      return encoded("resumed", "TaskResumed", events.TaskResumed, { containerId: event.id });
    default:
      return assertNever(event, "task event");
  }
}

/** A ForwardRequest for containerd's ttrpc events service. */
export function encodeForward(event: EncodedEvent, containerdNamespace: string, atNs: bigint): Uint8Array {
  const { topic, typeUrl, value } = event;
  return containerd.services.events.ttrpc.v1.ForwardRequest.encode({
    envelope: {
      timestamp: timestampOf(atNs),
      namespace: containerdNamespace,
      topic,
      event: { typeUrl, value },
    },
  }).finish();
}

function encoded<Message>(
  topic: string,
  name: string,
  type: { encode(message: Message): { finish(): Uint8Array } },
  message: Message,
): EncodedEvent {
  return {
    topic: `/tasks/${topic}`,
    typeUrl: `containerd.events.${name}`,
    value: type.encode(message).finish(),
  };
}
