import { createConnection, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { errnoOf, messageOf } from "../../core/errors.ts";
import { DbusError } from "./errors.ts";
import { type DbusMessage, decodeMessage, encodeMessage, MESSAGE_TYPE } from "./message.ts";
import type { DbusValue } from "./wire.ts";

/** A method call; its answer is awaited. */
export interface DbusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature: string;
  readonly body: readonly DbusValue[];
}

/** How to reach a bus, or a program that speaks D-Bus without one. */
export interface DbusAddress {
  /** `unix:path=…` or `unix:abstract=…`; several, separated by semicolons, are tried in turn. */
  readonly address: string;
  /** False: there is no bus daemon at the other end, so nobody to greet. */
  readonly isBus: boolean;
}

/** One connection; every call ends within `timeoutMs` of `connectDbus`. */
export interface DbusConnection {
  /** @returns the values of the answer @throws {DbusError} code "call-failed", "timeout", "bad-message" */
  call(call: DbusCall): Promise<readonly DbusValue[]>;
  /** The next signal for which `find` gives a value, also one that has arrived since the connection was made. */
  signal<T>(find: (message: DbusMessage) => T | undefined): Promise<T>;
  close(): void;
}

const DBUS = {
  destination: "org.freedesktop.DBus",
  path: "/org/freedesktop/DBus",
  interface: "org.freedesktop.DBus",
};
/** A bus that is busy refuses connections for a moment: as runc, with doubling pauses. */
const CONNECT_TRIES = 8;

/**
 * Connect and say who we are.
 *
 * @param uid as the bus sees it, which in a user namespace is another than ours
 * @throws {DbusError} codes "unreachable", "refused", "timeout"
 */
export async function connectDbus(
  { address, isBus }: DbusAddress,
  uid: number,
  timeoutMs: number,
): Promise<DbusConnection> {
  const connection = new Connection(await openSocket(address), address, timeoutMs);
  try {
    await connection.authenticate(uid);
    if (isBus) await connection.call({ ...DBUS, member: "Hello", signature: "", body: [] });
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Ask the bus for the signals that match. Without a bus daemon they come unasked. */
export async function addMatch(connection: DbusConnection, rule: string): Promise<void> {
  await connection.call({ ...DBUS, member: "AddMatch", signature: "s", body: [rule] });
}

/**
 * The sockets of an address list, as paths; abstract ones start with NUL.
 *
 * @throws {DbusError} code "unreachable" when there is none we can use
 */
export function parseAddress(address: string): string[] {
  const paths = address.split(";").flatMap((entry) => {
    const match = /^unix:(?:.*,)?(path|abstract)=([^,]+)/.exec(entry);
    if (match?.[2] === undefined) return [];
    const name = match[2].replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    return [match[1] === "abstract" ? `\0${name}` : name];
  });
  if (paths.length > 0) return paths;
  throw new DbusError("unreachable", `D-Bus address ${JSON.stringify(address)} names no unix socket`);
}

async function openSocket(address: string): Promise<Socket> {
  let failure: unknown;
  for (const path of parseAddress(address)) {
    for (let attempt = 0; attempt < CONNECT_TRIES; attempt++) {
      try {
        return await connectTo(path);
      } catch (error) {
        failure = error;
        if (errnoOf(error) !== "EAGAIN") break;
        await delay(2 ** attempt);
      }
    }
  }
  throw new DbusError("unreachable", `cannot connect to D-Bus at ${address}: ${messageOf(failure)}`, {
    cause: failure,
  });
}

function connectTo(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

interface Waiter {
  /** True when the message was the one; it is then forgotten. */
  take(message: DbusMessage): boolean;
  fail(error: DbusError): void;
}

class Connection implements DbusConnection {
  readonly #socket: Socket;
  readonly #address: string;
  readonly #timer: NodeJS.Timeout;
  readonly #waiters = new Set<Waiter>();
  readonly #signals: DbusMessage[] = [];
  #received: Uint8Array = new Uint8Array(0);
  #onLine: ((line: string) => void) | undefined;
  #ended: DbusError | undefined;
  #serial = 0;

  constructor(socket: Socket, address: string, timeoutMs: number) {
    this.#socket = socket;
    this.#address = address;
    this.#timer = setTimeout(
      () => this.#end(new DbusError("timeout", `D-Bus at ${address} did not answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("error", (error) => this.#end(this.#lost(messageOf(error))));
    socket.on("close", () => this.#end(this.#lost("closed")));
  }

  /** "Authentication Protocol": EXTERNAL, the kernel tells the other side who we are. */
  async authenticate(uid: number): Promise<void> {
    const line = new Promise<string>((resolve, reject) => {
      this.#onLine = resolve;
      this.#waiters.add({ take: () => false, fail: reject });
    });
    this.#socket.write(`\0AUTH EXTERNAL ${Buffer.from(String(uid)).toString("hex")}\r\n`);
    const answer = await line;
    this.#onLine = undefined;
    this.#waiters.clear();
    if (!answer.startsWith("OK ")) {
      throw new DbusError("refused", `D-Bus at ${this.#address} refuses user ${uid}: ${answer}`);
    }
    this.#socket.write("BEGIN\r\n");
  }

  call(call: DbusCall): Promise<readonly DbusValue[]> {
    const serial = ++this.#serial;
    const { promise, waiter } = waitFor((message) => {
      if (message.replySerial !== serial) return undefined;
      if (message.type === MESSAGE_TYPE.reply) return message.body;
      if (message.type !== MESSAGE_TYPE.error) return undefined;
      const text = typeof message.body[0] === "string" ? message.body[0] : message.errorName;
      throw new DbusError("call-failed", `${call.member}: ${text}`, { errorName: message.errorName ?? "" });
    });
    this.#wait(waiter);
    if (this.#ended === undefined) {
      this.#socket.write(encodeMessage({ ...call, type: MESSAGE_TYPE.call, serial }));
    }
    return promise;
  }

  signal<T>(find: (message: DbusMessage) => T | undefined): Promise<T> {
    const { promise, waiter } = waitFor((message) =>
      message.type === MESSAGE_TYPE.signal ? find(message) : undefined,
    );
    if (!this.#signals.some((message) => waiter.take(message))) this.#wait(waiter);
    return promise;
  }

  close(): void {
    this.#end(this.#lost("closed by us"));
  }

  #wait(waiter: Waiter): void {
    if (this.#ended === undefined) this.#waiters.add(waiter);
    else waiter.fail(this.#ended);
  }

  #receive(bytes: Uint8Array): void {
    this.#received = this.#received.length === 0 ? bytes : Buffer.concat([this.#received, bytes]);
    try {
      this.#receiveLine();
      if (this.#onLine !== undefined) return;
      for (;;) {
        const decoded = decodeMessage(this.#received);
        if (decoded === undefined) return;
        this.#received = this.#received.subarray(decoded.length);
        this.#deliver(decoded.message);
      }
    } catch (error) {
      this.#end(error instanceof DbusError ? error : this.#lost(messageOf(error)));
    }
  }

  #receiveLine(): void {
    const end = this.#onLine === undefined ? -1 : this.#received.indexOf("\n".charCodeAt(0));
    if (end < 0) return;
    const line = Buffer.from(this.#received.subarray(0, end)).toString("latin1").trimEnd();
    this.#received = this.#received.subarray(end + 1);
    this.#onLine?.(line);
  }

  #deliver(message: DbusMessage): void {
    if (message.type === MESSAGE_TYPE.signal) this.#signals.push(message);
    for (const waiter of this.#waiters) {
      if (waiter.take(message)) this.#waiters.delete(waiter);
    }
  }

  #lost(why: string): DbusError {
    return new DbusError("bad-message", `the connection to D-Bus at ${this.#address} was lost: ${why}`);
  }

  #end(error: DbusError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    for (const waiter of this.#waiters) waiter.fail(error);
    this.#waiters.clear();
  }
}

/** A promise that a message settles: the one for which `find` returns something, or throws. */
function waitFor<T>(find: (message: DbusMessage) => T | undefined): { promise: Promise<T>; waiter: Waiter } {
  let settle: { resolve: (value: T) => void; reject: (error: unknown) => void };
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const waiter: Waiter = {
    take(message) {
      try {
        const found = find(message);
        if (found === undefined) return false;
        settle.resolve(found);
      } catch (error) {
        settle.reject(error);
      }
      return true;
    },
    fail: (error) => settle.reject(error),
  };
  return { promise, waiter };
}
