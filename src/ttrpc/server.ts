import type { Server } from "node:net";
import type { Duplex } from "node:stream";
import { type Logger, silentLogger } from "../core/log.ts";
import { TtrpcError } from "./errors.ts";
import { type ConnectionRelay, ServerConnection } from "./server-connection.ts";
import type { Service, StreamHandler, UnaryHandler } from "./service.ts";

export interface ServerOptions {
  readonly logger?: Logger;
  /** Calls in progress on one connection; a further one is answered RESOURCE_EXHAUSTED. Default 16384. */
  readonly maxStreams?: number;
}

/** Calls of one connection that may be in progress: containerd keeps a Wait open per process. */
const MAX_STREAMS = 16_384;

/** Serves any number of connections, each with any number of calls at a time. */
export class TtrpcServer {
  readonly #services: ReadonlyMap<string, ReadonlyMap<string, UnaryHandler | StreamHandler>>;
  readonly #logger: Logger;
  readonly #maxStreams: number;
  readonly #listeners = new Set<Server>();
  readonly #connections = new Set<ServerConnection>();
  #lastConnectionId = 0;
  #isShuttingDown = false;
  #onIdle: (() => void) | undefined;

  /** @throws {TypeError} when two services have one name */
  constructor(services: readonly Service[], options: ServerOptions = {}) {
    // Maps, not objects: a peer that calls the method "constructor" must not find one.
    const byName = new Map<string, ReadonlyMap<string, UnaryHandler | StreamHandler>>();
    for (const { name, methods } of services) {
      if (byName.has(name)) throw new TypeError(`service ${name} is given twice`);
      byName.set(name, new Map(Object.entries(methods)));
    }
    this.#services = byName;
    this.#logger = options.logger ?? silentLogger;
    this.#maxStreams = options.maxStreams ?? MAX_STREAMS;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Serve every connection that this listener accepts. It is closed by `shutdown`. */
  serve(listener: Server): void {
    this.#listeners.add(listener);
    listener.on("connection", (socket) => this.handle(socket));
  }

  /**
   * Serve one connection; takes the socket over.
   * @param relay see `ConnectionRelay`
   * @returns undefined when the server is shutting down: then the socket was closed
   */
  handle(socket: Duplex, relay?: ConnectionRelay): ServerConnection | undefined {
    if (this.#isShuttingDown) {
      socket.destroy();
      return undefined;
    }
    this.#lastConnectionId += 1;
    const connection: ServerConnection = new ServerConnection(socket, {
      id: this.#lastConnectionId,
      lookup: (service, method) => this.#lookup(service, method),
      logger: this.#logger,
      maxStreams: this.#maxStreams,
      ...(relay && { relay }),
      onClose: () => {
        relay?.closed();
        this.#connections.delete(connection);
        if (this.#connections.size === 0) this.#onIdle?.();
      },
    });
    this.#connections.add(connection);
    return connection;
  }

  /**
   * Accept no more connections, close each one when it has no call in progress, and after `graceMs` close the rest,
   * which aborts their handlers. Resolves when every connection is closed.
   */
  async shutdown(graceMs: number): Promise<void> {
    this.#isShuttingDown = true;
    for (const listener of this.#listeners) listener.close();
    this.#listeners.clear();
    if (this.#connections.size === 0) return;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    for (const connection of this.#connections) connection.endWhenIdle();
    const timer = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, graceMs);
    try {
      await idle;
    } finally {
      clearTimeout(timer);
    }
  }

  #lookup(service: string, method: string): UnaryHandler | StreamHandler {
    const methods = this.#services.get(service);
    // containerd tells an old shim from a new one by exactly this status.
    if (methods === undefined) throw new TtrpcError("UNIMPLEMENTED", `service ${service}`);
    const handler = methods.get(method);
    if (handler === undefined) throw new TtrpcError("UNIMPLEMENTED", `method ${method}`);
    return handler;
  }
}
