import { closeSync, constants, existsSync, openSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { errnoOf } from "../core/errors.ts";
import { ClientError } from "./errors.ts";

/** What a monitor says unasked. */
export interface MonitorEvents {
  /** The kernel killed a process of the container for want of memory. */
  onOom(): void;
  /** The process has ended and exit.json is in place. The monitor may still copy output. */
  onExit(): void;
  /** The connection is gone: the monitor has nothing left to do, or was killed. Called once, after `onExit` if there is one. */
  onClose(): void;
}

/** A held connection to a monitor's `ctl.sock` (docs/plan-format.md, "Process directory"). */
export interface MonitorLink {
  readonly isOpen: boolean;
  /** Set the size of the terminal. @throws {ClientError} codes "monitor-refused", "monitor-gone" */
  resize(rows: number, columns: number): Promise<void>;
  /** Let the process see the end of its input once what is in the fifo has been read. @throws as `resize` */
  closeStdin(): Promise<void>;
  /** Have the output of an exited exec passed on and let go, whoever still holds it. @throws as `resize` */
  release(): Promise<void>;
  /** Nobody will come any more for output that nobody has read. @throws as `resize` */
  letGo(): Promise<void>;
  /** Resolves when the monitor is at work. @throws {ClientError} code "monitor-gone" */
  ping(): Promise<void>;
  /** Close our side. `onClose` still follows. */
  close(): void;
}

// sockaddr_un.sun_path, without its NUL; see unix(7).
const MAX_SOCKET_PATH_BYTES = 107;
/** A line is a few words; a peer that sends more without a newline is not our monitor. */
const MAX_LINE_BYTES = 4096;

/**
 * Connect to the monitor of a process.
 *
 * @returns undefined when nobody listens: the monitor has ended, so exit.json tells how, or it was killed
 */
export async function openMonitorLink(
  processDir: string,
  events: MonitorEvents,
): Promise<MonitorLink | undefined> {
  try {
    return await connectIn(processDir, "ctl.sock", events);
  } catch (error) {
    const errno = errnoOf(error);
    // ECONNRESET, EPIPE: it ended between our connect and its accept.
    if (errno && ["ENOENT", "ECONNREFUSED", "ENOTDIR", "ECONNRESET", "EPIPE"].includes(errno))
      return undefined;
    throw error;
  }
}

async function connectIn(
  directory: string,
  name: string,
  events: MonitorEvents,
): Promise<MonitorLink | undefined> {
  const path = join(directory, name);
  // A monitor that has ended takes its socket along, as that of `true` does before anybody can ask: nothing to connect to.
  if (!existsSync(path)) return undefined;
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return link(path, events);
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await link(`/proc/self/fd/${fd}/${name}`, events);
  } finally {
    closeSync(fd);
  }
}

function link(path: string, events: MonitorEvents): Promise<MonitorLink> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.removeListener("error", reject);
      // Here and not behind an await: nothing that the monitor says at once may be missed.
      resolve(new SocketLink(socket, events));
    });
  });
}

interface Waiter {
  readonly command: string;
  readonly resolve: () => void;
  readonly reject: (error: ClientError) => void;
}

class SocketLink implements MonitorLink {
  readonly #socket: Socket;
  readonly #events: MonitorEvents;
  /** Commands without an answer yet; answers come in order. */
  readonly #waiters: Waiter[] = [];
  #unfinished = "";
  #isOpen = true;

  constructor(socket: Socket, events: MonitorEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => this.#take(String(chunk)));
    socket.on("error", () => {}); // "close" follows and says all there is to say
    socket.on("close", () => this.#closed());
    socket.on("end", () => socket.destroy());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  resize(rows: number, columns: number): Promise<void> {
    return this.#ask(`resize ${rows} ${columns}`);
  }

  closeStdin(): Promise<void> {
    return this.#ask("close-stdin");
  }

  release(): Promise<void> {
    return this.#ask("release");
  }

  letGo(): Promise<void> {
    return this.#ask("let-go");
  }

  async ping(): Promise<void> {
    try {
      await this.#ask("ping");
    } catch (error) {
      // It does not know the word, and says so.
      if (!(error instanceof ClientError && error.code === "monitor-refused")) throw error;
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  #ask(command: string): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!this.#isOpen) {
        reject(new ClientError("monitor-gone", `the monitor has ended: ${command}`));
        return;
      }
      this.#waiters.push({ command, resolve, reject });
      this.#socket.write(`${command}\n`);
    });
  }

  #take(chunk: string): void {
    const lines = (this.#unfinished + chunk).split("\n");
    this.#unfinished = lines.pop() ?? "";
    if (this.#unfinished.length > MAX_LINE_BYTES) this.#socket.destroy();
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    if (line === "oom" || line === "exit") {
      if (line === "oom") this.#events.onOom();
      else this.#events.onExit();
      return;
    }
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return; // a word of a newer monitor that nobody waits for
    if (line === "ok") waiter.resolve();
    else waiter.reject(new ClientError("monitor-refused", `monitor: ${waiter.command}: ${line}`));
  }

  #closed(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const waiter of this.#waiters.splice(0)) {
      waiter.reject(new ClientError("monitor-gone", `the monitor has ended: ${waiter.command}`));
    }
    this.#events.onClose();
  }
}
