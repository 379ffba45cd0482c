import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "../../helpers/paths.ts";
import { type Finished, run } from "../../helpers/run.ts";
import { connectTo, FrameSocket, fieldsOf, ours, TYPE, type WireFrame } from "./wire.ts";

const NAME = "containerd-shim-gantry-v2";

/** A connection that a stub or front has made to the fake server, with its first frame already taken. */
export class Connection extends FrameSocket {
  opening: WireFrame = { type: 0, stream: 0, flags: 0, payload: Buffer.alloc(0) };

  mark(stream: number, what: "running" | "parked"): void {
    this.send(ours(TYPE.mark, [[2, what]], stream));
  }
}

/** One process of the fake server. */
export interface Instance {
  readonly pid: number;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly fds: readonly string[];
  /** HELLO and ATTACH, and INVOKE where the bench does not answer by itself, as they come. */
  readonly hellos: Queue<Connection>;
  readonly attaches: Queue<Connection>;
  readonly invokes: Queue<Connection>;
  kill(): void;
}

/** What comes later. */
export class Queue<T> {
  readonly #items: T[] = [];
  readonly all: T[] = [];
  #wake: () => void = () => undefined;

  put(item: T): void {
    this.#items.push(item);
    this.all.push(item);
    this.#wake();
  }

  async next(limitMs = 10_000): Promise<T> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const item = this.#items.shift();
      if (item !== undefined) return item;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`nothing within ${limitMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** A temporary place with a sanitized stub, a fake gantry-shimd beside it, and a brain for that. */
export class Bench {
  readonly dir = mkdtempSync(join(tmpdir(), "gantry-stub-"));
  readonly podSocket = join(this.dir, "pods/pod.sock");
  readonly dies = join(this.dir, "dies");
  readonly instances = new Queue<Instance>();
  /** Pids of all that have said HELLO. */
  readonly stubs = new Set<number>();
  /** undefined: the test answers INVOKE by itself. */
  result: readonly (readonly [number, string])[] | undefined = [
    [1, "1"],
    [2, "0"],
    [3, `unix://${this.podSocket}`],
    [5, this.podSocket],
  ];
  welcome: Buffer | undefined = ours(TYPE.welcome, [[1, "1"]]);
  readonly #byPid = new Map<number, Instance>();
  readonly #brain: Server;

  private constructor(executable: string) {
    copyFileSync(join(repository, "native/build/test/stub", executable), this.executable);
    writeFileSync(
      join(this.dir, "gantry-shimd"),
      `#!/bin/sh\nexec ${process.execPath} ${join(repository, "test/native/stub/fake-shimd.mjs")} "$@"\n`,
    );
    chmodSync(join(this.dir, "gantry-shimd"), 0o755);
    this.#brain = createServer((socket) => this.#onConnection(socket));
  }

  static async create(executable = NAME): Promise<Bench> {
    const bench = new Bench(executable);
    await new Promise<void>((resolve) => bench.#brain.listen(join(bench.dir, "brain"), resolve));
    return bench;
  }

  get executable(): string {
    return join(this.dir, NAME);
  }

  get env(): NodeJS.ProcessEnv {
    const log = `log_path=${join(this.dir, "sanitizer")}`;
    return {
      ...process.env,
      GANTRY_NODE_DIR: join(this.dir, "node"),
      FAKE_BRAIN: join(this.dir, "brain"),
      FAKE_DIES: this.dies,
      ASAN_OPTIONS: `${log}:detect_leaks=0`,
      UBSAN_OPTIONS: `${log}:print_stacktrace=1`,
    };
  }

  /** The directory of the node, when there is one. */
  get nodeDir(): string {
    return join(this.dir, "node", readdirSync(join(this.dir, "node"))[0] ?? "none");
  }

  /** Run the front. */
  front(args: readonly string[], input?: string | Buffer, env: NodeJS.ProcessEnv = {}): Promise<Finished> {
    const options = { env: { ...this.env, ...env }, cwd: this.dir, timeoutMs: 30_000 };
    return run(this.executable, args, input === undefined ? options : { ...options, input });
  }

  start(): Promise<Finished> {
    return this.front(["-namespace", "ns", "-address", "/run/c.sock", "-id", "c1", "start"], "options");
  }

  /** A stub with its control connection, and the server it talks to. */
  async pod(): Promise<{ readonly server: Instance; readonly control: Connection; readonly pid: number }> {
    const done = await this.start();
    if (done.code !== 0) throw new Error(`start: ${JSON.stringify(done)}`);
    const server = await this.instances.next();
    const control = await server.hellos.next();
    return { server, control, pid: Number(fieldsOf(control.opening).get(3)?.[0]) };
  }

  client(): Promise<FrameSocket> {
    return connectTo(this.podSocket);
  }

  async #onConnection(socket: import("node:net").Socket): Promise<void> {
    socket.on("error", () => undefined);
    const [facts, rest] = await firstLine(socket);
    const { kind, pid, ...others } = JSON.parse(facts);
    if (kind === "instance") {
      const kill = (): void => void process.kill(pid, "SIGKILL");
      const queues = {
        hellos: new Queue<Connection>(),
        attaches: new Queue<Connection>(),
        invokes: new Queue<Connection>(),
      };
      const instance: Instance = { pid, ...others, ...queues, kill };
      this.#byPid.set(pid, instance);
      this.instances.put(instance);
      socket.resume();
      return;
    }
    const connection = new Connection(socket, rest);
    const opening = await connection.next(60_000).catch(() => undefined);
    const instance = this.#byPid.get(pid);
    if (opening === undefined || instance === undefined) return;
    connection.opening = opening;
    this.#onOpening(instance, connection);
  }

  #onOpening(instance: Instance, connection: Connection): void {
    const { opening } = connection;
    if (opening.type === TYPE.invoke && this.result !== undefined) {
      connection.send(ours(TYPE.result, this.result));
      // What follows on the same connection may be HELLO.
      void connection.next(60_000).then(
        (next) => {
          if (next === undefined) return;
          connection.opening = next;
          this.#onOpening(instance, connection);
        },
        () => undefined,
      );
    } else if (opening.type === TYPE.invoke) {
      instance.invokes.put(connection);
    } else if (opening.type === TYPE.hello) {
      this.stubs.add(Number(fieldsOf(opening).get(3)?.[0]));
      if (this.welcome !== undefined) connection.send(this.welcome);
      instance.hellos.put(connection);
    } else if (opening.type === TYPE.attach) {
      instance.attaches.put(connection);
    } else {
      throw new Error(`a connection began with type ${opening.type}`);
    }
  }

  /** End every process; @throws with what the sanitizers have found. */
  async close(): Promise<void> {
    for (const pid of this.stubs) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    for (const { pid } of this.instances.all) if (isAlive(pid)) process.kill(pid, "SIGKILL");
    this.#brain.close();
    const reports = readdirSync(this.dir).filter((name) => name.startsWith("sanitizer"));
    const text = reports.map((name) => readFileSync(join(this.dir, name), "utf8")).join("\n");
    rmSync(this.dir, { recursive: true, force: true });
    if (text !== "") throw new Error(text);
  }
}

async function firstLine(socket: import("node:net").Socket): Promise<[string, Buffer]> {
  let bytes = Buffer.alloc(0);
  return new Promise((resolve) => {
    const onData = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf(10);
      if (end < 0) return;
      socket.off("data", onData);
      socket.pause();
      resolve([bytes.toString("utf8", 0, end), bytes.subarray(end + 1)]);
      queueMicrotask(() => socket.resume());
    };
    socket.on("data", onData);
  });
}

/** Whether there is such a process, other than a zombie. */
export function isAlive(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
}

/** Until it is true. @throws after `limitMs` */
export async function until(what: string, isTrue: () => boolean, limitMs = 5000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Build what the tests drive. */
export function buildStub(): void {
  execFileSync("make", ["-s", "-C", join(repository, "native"), "stub-for-tests"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}
