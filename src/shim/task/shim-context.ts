import type { RuntimeClient } from "../../client/runtime-client.ts";
import type { Logger } from "../../core/log.ts";
import type { EventSink } from "../../events/publisher.ts";
import type { CallContext } from "../../ttrpc/service.ts";
import { ShimError } from "../errors.ts";
import type { Counters } from "../ops/counters.ts";
import type { Faults } from "../relay/faults.ts";
import type { CallEntry, CallJournal } from "../relay/journal.ts";
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
  /** No other pod may share a core with this one's processes. */
  readonly hasCoreOfItsOwn: boolean;
  /** The socket of the pod. */
  readonly socket: string;
  /** For calls that do not say; `-namespace` of the command line. */
  readonly containerdNamespace: string;
  /** Calls that have begun to change something. */
  readonly journal: CallJournal;
  /** None outside tests. */
  readonly faults: Faults;
  readonly counters: Counters;
  /** The call's place in the journal. */
  entryFor(call: CallContext): CallEntry;
  /** Who owns the pod's socket; 0 while nobody is known. */
  holderPid(): number;
  /** Resolves when no command goes on that an earlier server has begun on one of these containers. */
  previousWorkerGone(ids: readonly string[]): Promise<void>;
  /** Find the gantry-runtime. @param wanted from the options; empty: the usual one */
  findRuntime(wanted: string): string;
  runtimeFor(record: Pick<TaskRecord, "id" | "bundle" | "stateRoot" | "runtimePath">): RuntimeClient;
  /** End the pod's stub if no container is left, after the answer that is being made. */
  requestShutdown(): void;
}

/** @throws {ShimError} code "no-container" */
export function getContainer(shim: ShimContext, id: string): Container {
  const container = shim.containers.get(id);
  if (container === undefined) throw new ShimError("no-container", `container ${id}: not found`);
  return container;
}
