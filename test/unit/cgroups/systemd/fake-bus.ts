/** A bus with a systemd behind it, as far as the driver speaks to them. It answers calls from a table and keeps what was asked. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type DbusMessage,
  decodeMessage,
  encodeMessage,
  MESSAGE_TYPE,
} from "../../../../src/host/dbus/message.ts";
import type { DbusValue } from "../../../../src/host/dbus/wire.ts";

/** How a call is answered: with values, an error, or not at all. */
export type FakeAnswer =
  | { readonly signature: string; readonly body: readonly DbusValue[] }
  | { readonly error: string }
  | undefined;

export class FakeBus {
  /** Answers by the member that is called; those that are not here get an empty one. */
  readonly answers = new Map<string, (call: DbusMessage) => FakeAnswer>();
  readonly calls: DbusMessage[] = [];
  /** What to say to AUTH. */
  greeting = "OK 0123456789abcdef0123456789abcdef\r\n";
  /** The line that arrived, without the NUL before it. */
  auth = "";
  readonly #dir = mkdtempSync(join(tmpdir(), "gantry-bus-"));
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #serial = 0;

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async listen(): Promise<FakeBus> {
    const bus = new FakeBus();
    await new Promise<void>((resolve) => bus.#server.listen(join(bus.#dir, "bus"), resolve));
    return bus;
  }

  get address(): string {
    return `unix:path=${join(this.#dir, "bus")}`;
  }

  /** The members called, in order, without the greeting. */
  get members(): string[] {
    return this.calls.map(({ member }) => member ?? "").filter((member) => member !== "Hello");
  }

  /** Answer a call with a job, and say at once how it ended. */
  job(member: string, result: string, isSignalFirst = false): void {
    this.answers.set(member, (call) => {
      const id = this.calls.length;
      const job = `/org/freedesktop/systemd1/job/${id}`;
      const tell = () => this.signal("JobRemoved", "uoss", [id, job, String(call.body[0]), result]);
      if (isSignalFirst) tell();
      else setImmediate(tell);
      return { signature: "o", body: [job] };
    });
  }

  signal(member: string, signature: string, body: readonly DbusValue[]): void {
    this.#broadcast({
      type: MESSAGE_TYPE.signal,
      serial: ++this.#serial,
      path: "/org/freedesktop/systemd1",
      interface: "org.freedesktop.systemd1.Manager",
      member,
      signature,
      body,
    });
  }

  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.hangUp();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#dir, { recursive: true });
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {}); // the client went away, as it may
    let received = Buffer.alloc(0);
    let isBegun = false;
    socket.on("data", (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      for (let end = received.indexOf("\n"); !isBegun && end >= 0; end = received.indexOf("\n")) {
        const line = received.subarray(0, end).toString("latin1").trim();
        received = received.subarray(end + 1);
        isBegun = line === "BEGIN";
        if (isBegun) break;
        this.auth = line.replace("\0", "");
        socket.write(this.greeting);
      }
      if (!isBegun) return;
      for (let next = decodeMessage(received); next !== undefined; next = decodeMessage(received)) {
        received = received.subarray(next.length);
        this.#answer(socket, next.message);
      }
    });
  }

  #answer(socket: Socket, call: DbusMessage): void {
    this.calls.push(call);
    const answer = this.answers.has(call.member ?? "")
      ? this.answers.get(call.member ?? "")?.(call)
      : { signature: "", body: [] };
    if (answer === undefined) return;
    const common = { serial: ++this.#serial, replySerial: call.serial };
    const message: DbusMessage =
      "error" in answer
        ? {
            ...common,
            type: MESSAGE_TYPE.error,
            errorName: answer.error,
            signature: "s",
            body: [answer.error],
          }
        : { ...common, type: MESSAGE_TYPE.reply, ...answer };
    // In two pieces: a stream keeps no boundaries.
    const bytes = encodeMessage(message);
    socket.write(bytes.subarray(0, 5));
    socket.write(bytes.subarray(5));
  }

  #broadcast(message: DbusMessage): void {
    for (const socket of this.#sockets) socket.write(encodeMessage(message));
  }
}
