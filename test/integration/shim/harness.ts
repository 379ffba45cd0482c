/** The shim's executables without containerd: the test is the daemon. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { containerd as bootstrap, google } from "../../../src/gen/bootstrap.js";
import { containerd as options } from "../../../src/gen/options.js";
import { isSameProcess, readProcessStat } from "../../../src/host/proc.ts";
import type { Spec } from "../../../src/spec/types.ts";
import { type EventServer, startEventServer } from "../../helpers/event-server.ts";
import { processSpec } from "../../helpers/oci-spec.ts";
import { OCI_TYPES, TaskClient } from "../../helpers/task-client.ts";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, runtimePath } from "../runtime/harness.ts";

export const shimPath = join(dirname(runtimePath), "containerd-shim-gantry-v2");
const STATE_ROOTS = "/run/gantry";
/** Processes of the node, of which each test has its own. */
const SERVER = /gantry-shimd -address|gantry-runtime worker|gantry-init watch|gantry-init serve/;

/** How a call of the shim ended. It has ended when nobody holds its output any more, as for containerd. */
export interface ShimCalled {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface ShimCallOptions {
  readonly id?: string;
  /** The executable, when it is not the one of dist/bin. */
  readonly program?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Give it a pipe as descriptor 3, whose other end must be let go of before the call counts as ended. */
  readonly extraPipe?: boolean;
  /** Standard input; absent: /dev/null, as containerd up to 2.2 gives without options. */
  readonly input?: Uint8Array;
  /** Flags before the action. */
  readonly flags?: readonly string[];
}

/** A daemon's directories, socket and events, and every server that it has started. */
export class ShimBench {
  readonly bench: Bench;
  readonly events: EventServer;
  readonly #sockets = new Set<string>();
  readonly #clients = new Set<TaskClient>();

  private constructor(bench: Bench, events: EventServer) {
    this.bench = bench;
    this.events = events;
  }

  static async open(): Promise<ShimBench> {
    const bench = new Bench();
    return new ShimBench(bench, await startEventServer(join(bench.dir, "c.ttrpc")));
  }

  /** The containerd namespace. */
  get namespace(): string {
    return this.bench.namespace;
  }

  /** Where sockets go when the test says so. */
  get socketDir(): string {
    return join(this.bench.dir, "s");
  }

  /** Where the server's own directory is made. */
  get nodeDir(): string {
    return join(this.bench.dir, "n");
  }

  /** Where a test says at which point of which call the server kills itself (`src/shim/relay/faults.ts`). */
  get killFile(): string {
    return join(this.bench.dir, "kill");
  }

  /** The server's pid. */
  serverPid(): number {
    const [name = "none"] = readdirSync(this.nodeDir);
    return Number(readFileSync(join(this.nodeDir, name, "shimd.pid"), "utf8"));
  }

  #hasServer(): boolean {
    if (!existsSync(this.nodeDir)) return false;
    return readdirSync(this.nodeDir).some((name) => existsSync(join(this.nodeDir, name, "shimd.pid")));
  }

  get stateRoot(): string {
    return join(STATE_ROOTS, this.namespace);
  }

  /** Call `containerd-shim-gantry-v2` with the flags that containerd gives. */
  call(action: "start" | "delete" | "", bundle: string, call: ShimCallOptions = {}): Promise<ShimCalled> {
    const id = call.id ?? basename(bundle);
    const flags = [
      ...["-namespace", this.namespace, "-address", join(this.bench.dir, "c.sock")],
      ...["-publish-binary", "/usr/bin/containerd", "-id", id],
      ...(action === "delete" ? ["-bundle", bundle] : []),
    ];
    return this.callRaw([...flags, ...(call.flags ?? []), action], { cwd: bundle, ...call });
  }

  /** Call it with these arguments and no others. */
  callRaw(args: readonly string[], call: ShimCallOptions = {}): Promise<ShimCalled> {
    return new Promise((resolve, reject) => {
      const child = spawn(call.program ?? shimPath, args, {
        cwd: call.cwd ?? this.bench.dir,
        env: {
          PATH: process.env["PATH"],
          TTRPC_ADDRESS: this.events.address,
          GANTRY_NODE_DIR: this.nodeDir,
          GANTRY_TEST_KILL_FILE: this.killFile,
          ...call.env,
        },
        stdio: [
          call.input === undefined ? "ignore" : "pipe",
          ...["pipe" as const, "pipe" as const],
          ...(call.extraPipe ? ["pipe" as const] : []),
        ],
        timeout: 20_000,
        killSignal: "SIGKILL",
      });
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout?.on("data", (chunk: Buffer) => out.push(chunk));
      child.stderr?.on("data", (chunk: Buffer) => err.push(chunk));
      child.stdin?.on("error", () => {}); // it ended without reading its input
      child.stdin?.end(call.input);
      child.on("error", reject);
      child.on("close", (code) =>
        resolve({ code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() }),
      );
    });
  }

  /** `start` as containerd 2.3 calls it, with the sockets in the bench's own directory. @returns the address */
  async start(bundle: string, call: ShimCallOptions = {}): Promise<string> {
    const input = encodeParams({
      instanceId: basename(bundle),
      namespace: this.namespace,
      socketDir: this.socketDir,
    });
    const called = await this.call("start", bundle, { input, ...call });
    if (called.code !== 0) throw new Error(`start: exit ${called.code}: ${called.stderr}`);
    const { address } = bootstrap.runtime.bootstrap.v1.BootstrapResult.decode(called.stdout);
    this.watch(address);
    return address;
  }

  /** Remember a socket that must be gone at the end. @returns its path */
  watch(address: string): string {
    const path = address.replace(/^unix:\/\//, "");
    this.#sockets.add(path);
    return path;
  }

  async client(address: string, version: 2 | 3 = 3): Promise<TaskClient> {
    const client = await TaskClient.connect(address, { version, containerdNamespace: this.namespace });
    this.#clients.add(client);
    return client;
  }

  /** A bundle and a client of the server that `start` answers for it. */
  async serve(id: string, change?: (spec: Spec) => Spec, call: ShimCallOptions = {}): Promise<Served> {
    const bundle = this.bench.bundle(id, change);
    const address = await this.start(bundle, call);
    const task = await this.client(address);
    const { shimPid } = await task.connect(id);
    return { id, bundle, address, task, shimPid };
  }

  /** Wait until nothing is left. @throws Error that lists what is */
  async expectNothingLeft(): Promise<void> {
    let left: string[] = [];
    await waitFor(
      "nothing to be left",
      () => {
        left = this.#leftovers();
        return left.length === 0;
      },
      5_000,
    ).catch(() => {
      throw new Error(`left behind:\n  ${left.join("\n  ")}`);
    });
  }

  /** Check for leftovers, then remove everything, whatever the check said. */
  async dispose(): Promise<void> {
    for (const client of this.#clients) client.close();
    try {
      await this.expectNothingLeft();
    } finally {
      if (this.#hasServer()) await killServer(this.serverPid()).catch(() => {}); // it may have ended
      await this.events.stop();
      for (const path of this.#sockets) {
        rmSync(path, { force: true });
        rmSync(`${path}.d`, { force: true, recursive: true });
      }
      await this.bench.dispose().finally(() => rmSync(this.stateRoot, { recursive: true, force: true }));
    }
  }

  #leftovers(): string[] {
    const states = existsSync(this.stateRoot) ? readdirSync(this.stateRoot) : [];
    const sockets = new Set([...this.#sockets].flatMap((path) => [path, `${path}.d`]));
    if (existsSync(this.socketDir)) {
      for (const name of readdirSync(this.socketDir)) sockets.add(join(this.socketDir, name));
    }
    return [
      // The server stays: it belongs to the daemon, and goes with it.
      ...this.bench.leftovers().filter((line) => !SERVER.test(line)),
      ...states.filter((name) => name !== ".cache").map((name) => `state ${name}`),
      ...[...sockets].filter((path) => existsSync(path)).map((path) => `socket ${path}`),
    ];
  }
}

/** A container's bundle and its stub. */
export interface Served {
  readonly id: string;
  readonly bundle: string;
  readonly address: string;
  readonly task: TaskClient;
  /** The stub's. */
  readonly shimPid: number;
}

/** A stub or the server as a process: killed with SIGKILL, and gone when this resolves. */
export async function killServer(pid: number): Promise<void> {
  const startTime = readProcessStat(pid)?.startTime ?? 0;
  process.kill(pid, "SIGKILL");
  await gone(pid, startTime);
}

/** Wait until a process has ended. */
export function gone(pid: number, startTime = readProcessStat(pid)?.startTime ?? 0): Promise<boolean> {
  return waitFor(`process ${pid} to end`, () => !isSameProcess(pid, startTime));
}

/** A process as clients put it into an Exec request. */
export function processAny(
  args: readonly string[],
  change: object = {},
): { typeUrl: string; value: Uint8Array } {
  const value = Buffer.from(JSON.stringify({ ...processSpec({ args }), ...change }));
  return { typeUrl: `${OCI_TYPES}Process`, value };
}

/** What containerd 2.3 writes to standard input of `start`. */
export function encodeParams(params: bootstrap.runtime.bootstrap.v1.BootstrapParams.$Properties): Uint8Array {
  return bootstrap.runtime.bootstrap.v1.BootstrapParams.encode(params).finish();
}

/** containerd.runc.v1.Options in an Any. */
export function runcOptions(message: options.runc.v1.Options.$Properties): {
  typeUrl: string;
  value: Uint8Array;
} {
  return { typeUrl: "containerd.runc.v1.Options", value: options.runc.v1.Options.encode(message).finish() };
}

/** What containerd up to 2.2 writes to standard input when there are options. */
export function encodeAny(any: { readonly typeUrl: string; readonly value: Uint8Array }): Uint8Array {
  return google.protobuf.Any.encode(any).finish();
}
