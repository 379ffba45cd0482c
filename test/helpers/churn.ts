import { setTimeout as delay } from "node:timers/promises";
import { type Api, type EventLog, type Exit, grpcCode, ociAny, type Published, type Target } from "./api.ts";
import { prepareSnapshot } from "./container.ts";
import type { Containerd } from "./containerd.ts";
import { catches, tell } from "./node-server.ts";
import { type OciSpec, ordinarySpec, processSpec, type SpecOptions } from "./oci-spec.ts";
import { testRuntime } from "./paths.ts";
import { waitFor, within } from "./wait.ts";

/** How a container of the churn lives. */
export type Kind = "exits" | "terminated" | "killed" | "unstarted" | "writes" | "fails";

/** What came of a churn. */
export interface Tally {
  containers: number;
  execs: number;
  /** Errors that may be, by what they are. */
  readonly errors: Map<string, number>;
  /** Exit codes that were not what the process ended with. */
  readonly wrongCodes: string[];
  /** Containers of which not everything was told, or in the wrong order. */
  readonly lostEvents: string[];
  /** What may not be. */
  readonly failures: string[];
}

export interface ChurnOptions {
  readonly random: () => number;
  readonly kinds: readonly Kind[];
  /** For the kind "writes". */
  readonly openStreams?: () => Promise<SlowStreams>;
}

/** Fifos with a reader that takes its time. */
export interface SlowStreams {
  readonly paths: { readonly stdin: string; readonly stdout: string; readonly stderr: string };
  /** Resolves at the end of the output with what was read. */
  readonly text: Promise<string>;
  dispose(): void;
}

const NOT_FOUND = 5;
const SIGTERM = 15;
const SIGKILL = 9;
/** Longer than any life takes, whatever is killed meanwhile. */
const PATIENCE_MS = 60_000;
const SNAPSHOTTER = "overlayfs";

const FAILURES: readonly ((spec: OciSpec) => void)[] = [
  (spec) => {
    spec.process.args = ["/no/such/program"];
  },
  (spec) => {
    spec.process.args = [];
  },
  (spec) => {
    spec.process["capabilities"] = { bounding: "CAP_CHOWN" };
  },
  (spec) => {
    spec.hooks = { createRuntime: [{ path: "/bin/false" }] };
  },
];

/** Containers that come and go while somebody kills what serves them. Each says whether it had the life that it should. */
export class Churn {
  readonly tally: Tally = {
    containers: 0,
    execs: 0,
    errors: new Map(),
    wrongCodes: [],
    lostEvents: [],
    failures: [],
  };
  readonly #containerd: Containerd;
  readonly #options: ChurnOptions;
  readonly #stories = new Map<string, Published[]>();
  #log: EventLog;
  #read = 0;
  #inFlight = 0;
  #gate: Promise<void> = Promise.resolve();
  /** Grows with each restart of containerd. */
  #epoch = 0;
  #number = 0;

  constructor(containerd: Containerd, options: ChurnOptions) {
    this.#containerd = containerd;
    this.#options = options;
    this.#log = containerd.api.events();
  }

  /** Let containers live, `atATime` at once, until it is said to be over. */
  async run(atATime: number, isOver: () => boolean): Promise<void> {
    const lane = async (): Promise<void> => {
      while (!isOver()) await this.#live();
    };
    await Promise.all(Array.from({ length: atATime }, lane));
    this.#log.close();
  }

  /** Restart containerd while no call of ours is in progress but Wait: what came of another, nobody could know. */
  async restart(how: () => Promise<void>): Promise<void> {
    let open: () => void = () => {};
    this.#gate = new Promise((resolve) => {
      open = resolve;
    });
    try {
      await waitFor("calls in progress to end", () => this.#inFlight === 0, PATIENCE_MS);
      this.#epoch += 1;
      this.#log.close();
      await how();
      this.#log = this.#api.events();
      this.#read = 0;
    } finally {
      open();
    }
  }

  /** Another one after each restart of containerd. */
  get #api(): Api {
    return this.#containerd.api;
  }

  async #live(): Promise<void> {
    const { tally } = this;
    const kind = this.#pick(this.#options.kinds);
    this.#number += 1;
    const id = `u${this.#number}`;
    const epoch = this.#epoch;
    try {
      const story = await this.#liveAs(kind, id);
      if (story.length > 0) await this.#expectStory(id, story, epoch);
      tally.containers += 1;
    } catch (error) {
      this.#blame(`${kind} ${id}`, error, epoch);
      await this.#sweep(id).catch((again: unknown) => this.#blame(`removing ${id}`, again, epoch));
    } finally {
      this.#stories.delete(id);
    }
  }

  /** @returns what must have been told in the end */
  async #liveAs(kind: Kind, id: string): Promise<readonly string[]> {
    const { random } = this.#options;
    const target: Target = { container_id: id };
    if (kind === "fails") return this.#fail(id);
    if (kind === "writes") return this.#write(id);
    const code = Math.floor(random() * 256);
    await this.#create(id, { args: argsOf(kind, code) });
    if (kind === "unstarted") {
      // Such an init ends by SIGKILL.
      this.#expectCode(id, "of Delete", 137, await this.#delete(target));
      await this.#dropRecords(id);
      return ["create", "exit 137", "delete 137"];
    }
    const story = ["create", "start"];
    const exit = this.#wait(target);
    const { pid } = await this.#call("Start", () => this.#api.tasks.start(target));
    if (kind === "terminated" || kind === "killed") {
      // SIGTERM to an init without a handler is lost: see pid_namespaces(7).
      if (kind === "terminated") await waitFor(`the trap of ${id}`, () => catches(pid, SIGTERM), PATIENCE_MS);
      for (let n = Math.floor(random() * 3); n > 0; n--) story.push(...(await this.#exec(id, `e${n}`)));
      if (random() < 0.3) {
        await this.#call("Pause", () => this.#api.tasks.pause(id));
        await this.#call("Resume", () => this.#api.tasks.resume(id));
        story.push("paused", "resumed");
      }
      await this.#kill(target, kind === "terminated" ? SIGTERM : SIGKILL);
    }
    return [...story, ...(await this.#end(target, exit, kind === "killed" ? 137 : code))];
  }

  /** A container whose output is read slowly, to the last byte. */
  async #write(id: string): Promise<readonly string[]> {
    const streams = await this.#options.openStreams?.();
    if (streams === undefined) throw new Error("no streams to write to");
    try {
      const target: Target = { container_id: id };
      const code = Math.floor(this.#options.random() * 256);
      const lines = 2_000 + Math.floor(this.#options.random() * 200_000);
      await this.#create(id, { args: ["sh", "-c", `seq 1 ${lines}; exit ${code}`] }, streams.paths);
      const exit = this.#wait(target);
      await this.#call("Start", () => this.#api.tasks.start(target));
      await within(`exit of ${id}`, exit, PATIENCE_MS);
      const text = await within(`output of ${id}`, streams.text, PATIENCE_MS);
      const expected = Array.from({ length: lines }, (_, i) => `${i + 1}\n`).join("");
      if (text !== expected) {
        this.tally.failures.push(`${id}: ${text.length} bytes of output instead of ${expected.length}`);
      }
      return ["create", "start", ...(await this.#end(target, exit, code))];
    } finally {
      streams.dispose();
    }
  }

  /** A container that cannot be made or started. */
  async #fail(id: string): Promise<readonly string[]> {
    try {
      await this.#create(id, { args: ["true"], change: this.#pick(FAILURES) });
      await this.#call("Start", () => this.#api.tasks.start({ container_id: id }));
    } catch (error) {
      if (isGivenUp(error) || !/no such file|args|capabilities|hook/i.test(messageOf(error))) throw error;
      this.#count("as wanted: a container that cannot be made");
      await this.#sweep(id);
      return [];
    }
    throw new Error("what must fail did not");
  }

  /** Make record, snapshot and task. */
  async #create(id: string, options: SpecOptions, stdio: object = {}): Promise<void> {
    const { namespace, image } = this.#containerd;
    const rootfs = await this.#call("Prepare", () => prepareSnapshot(this.#containerd, id));
    const spec = ociAny("Spec", ordinarySpec(`/${namespace}/${id}`, options));
    await this.#call("Record", () =>
      this.#api.containers.create({
        id,
        image: image.name,
        runtime: { name: testRuntime },
        spec,
        snapshotter: SNAPSHOTTER,
        snapshot_key: id,
      }),
    );
    await this.#call("Create", () =>
      this.#api.tasks.create({ container_id: id, rootfs, terminal: false, ...stdio }),
    );
  }

  /** Wait for the exit and delete everything. @returns what must be told of it */
  async #end(target: Target, exit: Promise<Exit>, code: number): Promise<readonly string[]> {
    const id = target.container_id;
    this.#expectCode(id, "of Wait", code, await within(`exit of ${id}`, exit, PATIENCE_MS));
    this.#expectCode(id, "of Delete", code, await this.#delete(target));
    await this.#dropRecords(id);
    return [`exit ${code}`, `delete ${code}`];
  }

  /** Run a process in a container. @returns what must be told of it */
  async #exec(id: string, execId: string): Promise<readonly string[]> {
    const code = Math.floor(this.#options.random() * 256);
    const target = { container_id: id, exec_id: execId };
    const spec = ociAny("Process", processSpec({ args: ["sh", "-c", `exit ${code}`] }));
    await this.#call("Exec", () => this.#api.tasks.exec({ ...target, terminal: false, spec }));
    const exit = this.#wait(target);
    await this.#call("Start", () => this.#api.tasks.start(target));
    const name = `exec ${execId} of ${id}`;
    this.#expectCode(name, "of Wait", code, await within(`exit of ${name}`, exit, PATIENCE_MS));
    const deleted = await this.#call("Delete", () => this.#api.tasks.deleteProcess(target));
    this.#expectCode(name, "of Delete", code, deleted);
    this.tally.execs += 1;
    return [`exec-added ${execId}`, `exec-started ${execId}`, `exit ${execId} ${code}`];
  }

  async #delete({ container_id }: Target): Promise<Exit> {
    return this.#call("Delete", () => this.#api.tasks.delete(container_id));
  }

  /** Send a signal; one of which it is not known whether it arrived is sent again, as its sender may decide. */
  async #kill(target: Target, signal: number): Promise<void> {
    for (;;) {
      try {
        await this.#call("Kill", () => this.#api.tasks.kill(target, signal));
        return;
      } catch (error) {
        // Gone, by an earlier one.
        if (grpcCode(error) === NOT_FOUND) {
          this.#count(`Kill(${signal}): already finished`);
          return;
        }
        if (signal === SIGKILL || !/died while it was sent/.test(messageOf(error))) throw error;
        this.#count(`Kill(${signal}): not known whether it was sent`);
      }
    }
  }

  /** Wait for the exit, asking again when containerd was restarted meanwhile. */
  #wait(target: Target): Promise<Exit> {
    const ask = async (): Promise<Exit> => {
      for (;;) {
        await this.#gate;
        const epoch = this.#epoch;
        try {
          return await this.#api.tasks.wait(target);
        } catch (error) {
          if (epoch === this.#epoch) throw error;
        }
      }
    };
    const exit = ask();
    exit.catch(() => {}); // awaited later
    return exit;
  }

  async #call<T>(what: string, call: () => Promise<T>): Promise<T> {
    await this.#gate;
    this.#inFlight += 1;
    try {
      return await within(what, call(), PATIENCE_MS);
    } finally {
      this.#inFlight -= 1;
    }
  }

  #expectCode(name: string, where: string, expected: number, exit: Exit): void {
    if (exit.exit_status === expected) return;
    this.tally.wrongCodes.push(`${name}: exit code ${where} is ${exit.exit_status} instead of ${expected}`);
  }

  async #expectStory(id: string, story: readonly string[], epoch: number): Promise<void> {
    const last = story.at(-1) ?? "";
    const seen = await waitFor(
      "the last event",
      () => {
        this.#takeEvents();
        const told = tell(this.#stories.get(id) ?? [], id);
        // Nobody had subscribed while containerd was started again.
        return (epoch !== this.#epoch || told.includes(last)) && told;
      },
      PATIENCE_MS,
    ).catch(() => tell(this.#stories.get(id) ?? [], id));
    const wanted = epoch === this.#epoch ? story : story.filter((event) => seen.includes(event));
    if (seen.join() !== wanted.join()) {
      this.tally.lostEvents.push(`${id}: ${seen.join(", ")} instead of ${wanted.join(", ")}`);
    }
  }

  #takeEvents(): void {
    const { events } = this.#log;
    for (; this.#read < events.length; this.#read++) {
      const event = events[this.#read];
      const id = event?.event["container_id"];
      if (event === undefined || typeof id !== "string") continue;
      const story = this.#stories.get(id);
      if (story === undefined) this.#stories.set(id, [event]);
      else story.push(event);
    }
  }

  /** Remove what there is of a container, whatever has come of it. */
  async #sweep(id: string): Promise<void> {
    const target = { container_id: id };
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      try {
        const { status } = await this.#call("State", () => this.#api.tasks.get(target));
        if (status === "PAUSED") await this.#call("Resume", () => this.#api.tasks.resume(id));
        if (status === "RUNNING" || status === "PAUSED") await this.#kill(target, SIGKILL);
        await this.#delete(target);
        break;
      } catch (error) {
        if (grpcCode(error) === NOT_FOUND) break;
        if (Date.now() > deadline) throw error;
        await delay(50);
      }
    }
    await this.#dropRecords(id);
  }

  async #dropRecords(id: string): Promise<void> {
    await this.#call("Record", () => this.#api.containers.delete(id)).catch(unlessMissing);
    await this.#call("Snapshot", () => this.#api.snapshots.remove(SNAPSHOTTER, id)).catch(unlessMissing);
  }

  #blame(what: string, error: unknown, epoch: number): void {
    const code = grpcCode(error);
    if (isGivenUp(error)) {
      this.#count("INTERNAL: the server died twice over it");
    } else if (epoch !== this.#epoch && code === NOT_FOUND) {
      // Tasks that ended while it was down are removed by some versions when they start.
      this.#count("NOT_FOUND after a restart of containerd");
    } else {
      this.tally.failures.push(`${what}: ${code === undefined ? "" : `${code} `}${messageOf(error)}`);
    }
  }

  #count(error: string): void {
    this.tally.errors.set(error, (this.tally.errors.get(error) ?? 0) + 1);
  }

  #pick<T>(choices: readonly T[]): T {
    const choice = choices[Math.floor(this.#options.random() * choices.length)];
    if (choice === undefined) throw new Error("nothing to choose from");
    return choice;
  }
}

function argsOf(kind: Kind, code: number): readonly string[] {
  if (kind === "exits") return ["sh", "-c", `exit ${code}`];
  if (kind === "terminated")
    return ["sh", "-c", `trap 'exit ${code}' TERM; while :; do sleep 1000 & wait; done`];
  return ["sleep", "1000"];
}

/** docs/decisions/005: a request that was being worked on twice when the server died. */
function isGivenUp(error: unknown): boolean {
  return /the server failed twice/.test(messageOf(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function unlessMissing(error: unknown): void {
  if (grpcCode(error) !== NOT_FOUND) throw error;
}
