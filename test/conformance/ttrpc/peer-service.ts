import { createServer, type Socket } from "node:net";
import { TtrpcError } from "../../../src/ttrpc/errors.ts";
import { TtrpcServer } from "../../../src/ttrpc/server.ts";
import {
  bidiStream,
  type CallContext,
  clientStream,
  type Service,
  serverStream,
  type UnaryHandler,
  unary,
} from "../../../src/ttrpc/service.ts";
import { statusNameOf } from "../../../src/ttrpc/status.ts";
import { type BytesValue, bytesValue } from "./bytes-value.ts";

/** Our server with test.Peer, as peer/server.go has it, and what only a test on this side can see or do. */
export class PeerServer {
  readonly #server: TtrpcServer;
  readonly #sockets: Socket[] = [];
  readonly #open = new OpenCalls();
  /** How calls of Hang and Chat were ended from outside: "Hang CANCELED". */
  readonly endings: string[] = [];

  private constructor() {
    this.#server = new TtrpcServer([this.#service()]);
  }

  static async listen(socketPath: string): Promise<PeerServer> {
    const peer = new PeerServer();
    const listener = createServer();
    peer.#server.serve(listener);
    listener.on("connection", (socket) => peer.#sockets.push(socket));
    await new Promise<void>((resolve, reject) => {
      listener.once("error", reject);
      listener.listen(socketPath, resolve);
    });
    return peer;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#server.connections;
  }

  /** Resolves when exactly `count` calls of Hang and Chat are open. */
  awaitOpen(count: number): Promise<void> {
    return this.#open.reach(count);
  }

  close(): Promise<void> {
    return this.#server.shutdown(0);
  }

  #service(): Service {
    return {
      name: "test.Peer",
      methods: {
        Echo: overBytes(async (value) => value),
        Fail: overBytes(async (value) => {
          throw statusOf(value);
        }),
        FailInDetail: overBytes(async (value) => {
          const { code, message } = statusOf(value);
          const details = [{ typeUrl: "test.Detail", value: Uint8Array.of(0, 1, 0xff) }];
          throw new TtrpcError(code, message, { details });
        }),
        Plain: overBytes(async (value) => {
          throw new Error(textOf(value));
        }),
        Deadline: overBytes(async (_value, { timeoutNs }) =>
          Buffer.from(timeoutNs === 0n ? "none" : String(timeoutNs / 1_000_000n)),
        ),
        Metadata: overBytes(async (_value, { metadata }) =>
          Buffer.from(
            [...metadata]
              .map(([key, values]) => `${key}=${values}`)
              .sort()
              .join(";"),
          ),
        ),
        Big: overBytes(async (value) => new Uint8Array(Number(textOf(value)))),
        Hang: overBytes((_value, call) =>
          this.#whileOpen(call, () => {
            return new Promise<Uint8Array>((_resolve, reject) => {
              call.signal.addEventListener("abort", () => reject(call.signal.reason));
            });
          }),
        ),
        AwaitOpen: overBytes(async (value) => {
          await this.#open.reach(Number(textOf(value)));
          return value;
        }),
        // Breaks the caller's connection; connections are numbered from 1.
        Drop: overBytes(async (value, { connectionId }) => {
          this.#sockets[connectionId - 1]?.destroy();
          return value;
        }),
        Count: serverStream(bytesValue, bytesValue, async ({ value }, send) => {
          const count = Number(textOf(value));
          if (!Number.isInteger(count)) throw new TtrpcError("INVALID_ARGUMENT", "not a number");
          for (let i = 0; i < count; i++) await send({ value: Buffer.from(`#${i}`) });
        }),
        Join: clientStream(bytesValue, bytesValue, async (messages) => {
          const all: string[] = [];
          for await (const { value } of messages) all.push(textOf(value));
          return { value: Buffer.from(all.join("+")) };
        }),
        Chat: bidiStream(bytesValue, bytesValue, (messages, send, call) =>
          this.#whileOpen(call, async () => {
            for await (const message of messages) {
              if (textOf(message.value) === "fail") throw new TtrpcError("ABORTED", "as you wish");
              await send(message);
            }
          }),
        ),
      },
    };
  }

  async #whileOpen<Result>(call: CallContext, answer: () => Promise<Result>): Promise<Result> {
    this.#open.add(1);
    try {
      return await answer();
    } finally {
      const { aborted, reason } = call.signal;
      if (aborted) this.endings.push(`${call.method} ${reason.code}`);
      this.#open.add(-1);
    }
  }
}

/** A number whose values can be waited for. */
class OpenCalls {
  #count = 0;
  #waiters: { readonly count: number; readonly resolve: () => void }[] = [];

  add(delta: number): void {
    this.#count += delta;
    for (const { count, resolve } of this.#waiters) if (count === this.#count) resolve();
    this.#waiters = this.#waiters.filter(({ count }) => count !== this.#count);
  }

  async reach(count: number): Promise<void> {
    if (this.#count === count) return;
    await new Promise<void>((resolve) => this.#waiters.push({ count, resolve }));
  }
}

function overBytes(answer: (value: Uint8Array, call: CallContext) => Promise<Uint8Array>): UnaryHandler {
  return unary<BytesValue, BytesValue>(bytesValue, bytesValue, async ({ value }, call) => ({
    value: await answer(value, call),
  }));
}

/** "CODE text" */
function statusOf(value: Uint8Array): TtrpcError {
  const [code = "", ...words] = textOf(value).split(" ");
  return new TtrpcError(statusNameOf(Number(code)), words.join(" "));
}

function textOf(value: Uint8Array): string {
  return Buffer.from(value).toString();
}
