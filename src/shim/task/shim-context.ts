import type { RuntimeClient } from "../../client/runtime-client.ts";
import type { Logger } from "../../core/log.ts";
import type { EventSink } from "../../events/publisher.ts";
import { ShimError } from "../errors.ts";
import type { Container } from "./container.ts";
import type { TaskRecord } from "./records.ts";

/** What the methods of the task service work on; one for each server. */
export interface ShimContext {
  /** Resolves when the containers of a server that was killed have been taken over. Every call waits for it. */
  readonly ready: Promise<void>;
  /** By container id. */
  readonly containers: Map<string, Container>;
  /** Creates under way, by container id: they are not tasks yet, but a Delete must wait for them. */
  readonly creating: Map<string, Promise<unknown>>;
  readonly events: EventSink;
  readonly logger: Logger;
  /** Whether debug lines are worth making. */
  readonly isDebug: boolean;
  /** The socket of the group. */
  readonly socket: string;
  /** For calls that do not say; `-namespace` of the command line. */
  readonly containerdNamespace: string;
  /** Find the gantry-runtime. @param wanted from the options; empty: the usual one */
  findRuntime(wanted: string): string;
  runtimeFor(record: TaskRecord): RuntimeClient;
  /** End the server, after the answer that is being made. */
  requestShutdown(): void;
}

/** @throws {ShimError} code "no-container" */
export function getContainer(shim: ShimContext, id: string): Container {
  const container = shim.containers.get(id);
  if (container === undefined) throw new ShimError("no-container", `container ${id}: not found`);
  return container;
}
