import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { TtrpcClient } from "../ttrpc/client.ts";
import { TtrpcError } from "../ttrpc/errors.ts";
import { encodeEvent, encodeForward } from "./encode.ts";
import { memoryOutbox, type Outbox } from "./outbox.ts";
import type { TaskEvent } from "./task-event.ts";

/** Takes events in the order in which they must arrive. Never waits, never fails. */
export interface EventSink {
  publish(containerdNamespace: string, event: TaskEvent): void;
}

/** What the publisher needs of the world. */
export interface PublisherOptions {
  /** containerd's ttrpc socket, a path or "unix://" and a path. */
  readonly address: string;
  readonly logger: Logger;
  readonly outbox?: Outbox;
  readonly now?: () => bigint;
  /** How long after a failure the next attempt comes; grows from the first to the last. */
  readonly retryMs?: readonly number[];
}

const SERVICE = "containerd.services.events.ttrpc.v1.Events";
// containerd's own shims allow 5 s for connecting and 5 s for each attempt.
const CONNECT_TIMEOUT_MS = 5000;
const FORWARD_TIMEOUT_MS = 5000;
const RETRY_MS = [20, 100, 250, 500, 1000, 2000];
/** containerd recovers by State and Wait after a restart, so this only has to cover ordinary ones. */
const MAX_ENTRIES = 16_384;

/**
 * Sends events to containerd one after the other. An event that cannot be delivered holds back the later ones, so that
 * their order survives a restart of the daemon; one that containerd refuses for what it is (INVALID_ARGUMENT) is dropped.
 */
export class EventPublisher implements EventSink {
  /** containerd's ttrpc socket; may change when the daemon is configured anew. */
  address: string;
  readonly #options: PublisherOptions;
  readonly #outbox: Outbox;
  readonly #now: () => bigint;
  #client: TtrpcClient | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;
  #wake: (() => void) | undefined;
  /** Since when the oldest event has been tried; undefined: there is none. */
  #triedSince: number | undefined;
  /** Events that containerd has confirmed. */
  delivered = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.address = options.address;
    this.#now = options.now ?? (() => BigInt(Date.now()) * 1_000_000n);
    this.#outbox =
      options.outbox ??
      memoryOutbox(MAX_ENTRIES, (entry) =>
        options.logger.log("error", `event dropped: more than ${MAX_ENTRIES} wait`, { topic: entry.topic }),
      );
  }

  /** Events that wait for containerd. */
  get pending(): number {
    return this.#outbox.size;
  }

  /** How long the oldest event that waits has been tried, in ms. */
  get waitedMs(): number {
    return this.#triedSince === undefined ? 0 : performance.now() - this.#triedSince;
  }

  publish(containerdNamespace: string, event: TaskEvent): void {
    const encoded = encodeEvent(event);
    const request = encodeForward(encoded, containerdNamespace, this.#now());
    this.#outbox.add({ topic: encoded.topic, request });
    this.start();
  }

  /** Deliver what an outbox had before it came here. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** Deliver what is left, for at most `graceMs`, then end the connection. @returns whether everything was delivered */
  async drain(graceMs: number): Promise<boolean> {
    this.#wake?.();
    const timer = setTimeout(() => {
      this.#isStopped = true;
      this.#client?.close();
      this.#wake?.();
    }, graceMs);
    await this.#running;
    clearTimeout(timer);
    this.#isStopped = true;
    this.#client?.close();
    return this.#outbox.size === 0;
  }

  async #run(): Promise<void> {
    // One turn later: publish() returns before anything is sent.
    await Promise.resolve();
    for (let failures = 0; !this.#isStopped; ) {
      const entry = this.#outbox.first();
      if (entry === undefined) break;
      if (failures === 0) this.#triedSince = performance.now();
      try {
        await this.#send(entry.request);
        this.#outbox.remove(entry);
        this.delivered += 1;
        failures = 0;
      } catch (error) {
        if (isRefusal(error)) {
          this.#options.logger.log("error", `containerd refuses an event: ${messageOf(error)}`, {
            topic: entry.topic,
          });
          this.#outbox.remove(entry);
          continue;
        }
        if (failures === 0) {
          const waiting = this.#outbox.size;
          this.#options.logger.log("warn", `events wait: ${messageOf(error)}`, {
            topic: entry.topic,
            waiting,
          });
        }
        await this.#pause(failures);
        failures += 1;
      }
    }
    this.#triedSince = undefined;
    this.#running = undefined;
  }

  async #send(request: Uint8Array): Promise<void> {
    this.#client ??= await this.#connect();
    await this.#client.call(SERVICE, "Forward", request, { timeoutMs: FORWARD_TIMEOUT_MS });
  }

  async #connect(): Promise<TtrpcClient> {
    const client = await TtrpcClient.connect(this.address, { timeoutMs: CONNECT_TIMEOUT_MS });
    client.closed.then(() => {
      if (this.#client === client) this.#client = undefined;
    });
    return client;
  }

  #pause(failures: number): Promise<void> {
    const schedule = this.#options.retryMs ?? RETRY_MS;
    const waitMs = schedule[Math.min(failures, schedule.length - 1)] ?? 1000;
    return new Promise((resolve) => {
      const timer = setTimeout(done, waitMs);
      const wake = (): void => done();
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
      this.#wake = wake;
    });
  }
}

/** Whether the same event would be refused again, whenever it is sent. */
function isRefusal(error: unknown): boolean {
  return error instanceof TtrpcError && (error.code === "INVALID_ARGUMENT" || error.code === "UNIMPLEMENTED");
}
