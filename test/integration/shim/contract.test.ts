import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StatusName } from "../../../src/ttrpc/status.ts";
import { CREATED, PAUSED, RUNNING, STOPPED, type TaskClient } from "../../helpers/task-client.ts";
import { within } from "../../helpers/wait.ts";
import { changes, running } from "../runtime/harness.ts";
import { processAny, type Served, ShimBench } from "./harness.ts";

/** One container for each status, each with an exec of its own; all of them of one pod, and left as they are. */
const STATUSES = ["created", "running", "paused", "stopped"] as const;
type Status = (typeof STATUSES)[number];
const SLEEP = processAny(["sleep", "1000"]);

let shim: ShimBench;
let members: Record<Status, Served>;

beforeAll(async () => {
  shim = await ShimBench.open();
  const made = await Promise.all(
    STATUSES.map(async (status) => [status, await containerIn(status)] as const),
  );
  members = Object.fromEntries(made) as Record<Status, Served>;
});

afterAll(async () => {
  const { task } = members.running;
  await task.resume("paused");
  for (const id of ["running", "paused"]) {
    await task.kill(id, 9);
    await task.wait(id);
  }
  for (const id of STATUSES) await task.delete(id);
  await task.shutdown("running");
  await within("the end of the server", task.ttrpc.closed);
  await shim.dispose();
});

async function containerIn(status: Status): Promise<Served> {
  const command = status === "stopped" ? "while [ ! -e /end ]; do sleep 0.02; done" : "sleep 1000";
  const annotations = { "io.kubernetes.cri.sandbox-id": "pod" };
  const served = await shim.serve(
    status,
    changes(running(command), (spec) => ({ ...spec, annotations })),
  );
  const { task, bundle } = served;
  await task.create({ id: status, bundle });
  if (status !== "created") {
    await task.start(status);
    await task.exec({ id: status, execId: "ended", spec: processAny(["sh", "-c", "exit 3"]) });
    await task.start(status, "ended");
    await task.wait(status, "ended");
    await task.exec({ id: status, execId: "going", spec: SLEEP });
    await task.start(status, "going");
  }
  await task.exec({ id: status, execId: "added", spec: SLEEP });
  if (status === "paused") await task.pause(status);
  if (status === "stopped") {
    await task.kill(status, 9);
    await task.wait(status);
  }
  return served;
}

type Call = (task: TaskClient, id: string, execId: string) => Promise<unknown>;
const JSON_LIMITS = JSON.stringify({ pids: { limit: 100 } });

/** Every method, called with an id. `undefined` stands for success. */
const METHODS: Readonly<Record<string, Call>> = {
  Start: (task, id, execId) => task.start(id, execId),
  State: (task, id, execId) => task.state(id, execId),
  Delete: (task, id, execId) => task.delete(id, execId),
  Kill: (task, id, execId) => task.kill(id, 0, { execId }),
  Exec: (task, id, execId) => task.exec({ id, execId: execId || "new", spec: SLEEP }),
  Pids: (task, id) => task.pids(id),
  Pause: (task, id) => task.pause(id),
  Resume: (task, id) => task.resume(id),
  Update: (task, id) => task.update(id, JSON_LIMITS),
  Checkpoint: (task, id) => task.checkpoint(id),
  Stats: (task, id) => task.stats(id),
  Wait: (task, id, execId) => task.wait(id, execId),
  CloseIO: (task, id, execId) => task.closeIo(id, execId),
  ResizePty: (task, id, execId) => task.resize(id, execId, 80, 24),
};

async function codeOf(call: Promise<unknown>): Promise<StatusName | "OK"> {
  return within("an answer", call).then(
    () => "OK",
    (error: { code: StatusName }) => error.code,
  );
}

describe.each([2, 3] as const)("containerd.task.v%i.Task", (version) => {
  it.each(Object.entries(METHODS))(
    "%s answers NOT_FOUND for a container it does not know",
    async (_, call) => {
      const task = await shim.client(members.running.address, version);
      expect(await codeOf(call(task, "nobody", ""))).toBe("NOT_FOUND");
    },
  );

  it.each(["Start", "State", "Delete", "Kill", "Wait", "CloseIO", "ResizePty"])(
    "%s answers NOT_FOUND for an exec it does not know",
    async (method) => {
      const task = await shim.client(members.running.address, version);
      expect(await codeOf(METHODS[method]?.(task, "running", "nobody") ?? Promise.resolve())).toBe(
        "NOT_FOUND",
      );
    },
  );

  it("Connect never fails", async () => {
    const task = await shim.client(members.running.address, version);
    expect(await task.connect("nobody")).toMatchObject({ taskPid: 0, shimPid: members.running.shimPid });
    expect((await task.connect("running")).taskPid).toBe((await task.state("running")).pid);
  });

  it("Shutdown is no more than a question while there are containers", async () => {
    const task = await shim.client(members.running.address, version);
    await task.shutdown("running");
    await task.shutdown("nobody");
    expect(await task.state("running")).toMatchObject({ status: RUNNING });
  });

  it("answers UNIMPLEMENTED for methods it does not know", async () => {
    const { ttrpc } = await shim.client(members.running.address, version);
    const service = `containerd.task.v${version}.Task`;
    for (const method of ["Migrate", "constructor", "state", ""]) {
      await expect(ttrpc.call(service, method, new Uint8Array(0))).rejects.toMatchObject({
        code: "UNIMPLEMENTED",
      });
    }
  });
});

it.each(["containerd.task.v4.Task", "containerd.runtime.sandbox.v1.Sandbox", "grpc.health.v1.Health", ""])(
  "the service %j is UNIMPLEMENTED, by which containerd knows to call another version",
  async (service) => {
    const { ttrpc } = members.running.task;
    await expect(ttrpc.call(service, "State", new Uint8Array(0))).rejects.toMatchObject({
      code: "UNIMPLEMENTED",
    });
  },
);

it("a payload that is no such message is answered, and the connection goes on", async () => {
  const { ttrpc } = members.running.task;
  const call = ttrpc.call("containerd.task.v2.Task", "State", Buffer.from([0xff, 0xff]));
  await expect(call).rejects.toMatchObject({ code: "INTERNAL" });
  expect(await members.running.task.state("running")).toMatchObject({ status: RUNNING });
});

/** shim-v2.md, 4.2: the codes clients rely on and the oracle's for the rest. Nothing here changes a container. */
const MATRIX: readonly (readonly [Status, string, string, StatusName | "OK"])[] = [
  // Init.
  ["running", "Start", "", "UNKNOWN"],
  ["paused", "Start", "", "UNKNOWN"],
  ["stopped", "Start", "", "UNKNOWN"],
  ["running", "Delete", "", "UNKNOWN"],
  ["paused", "Delete", "", "UNKNOWN"],
  ["created", "Kill", "", "OK"],
  ["running", "Kill", "", "OK"],
  ["paused", "Kill", "", "OK"],
  ["stopped", "Kill", "", "NOT_FOUND"],
  ["created", "Pause", "", "UNKNOWN"],
  ["paused", "Pause", "", "UNKNOWN"],
  ["stopped", "Pause", "", "UNKNOWN"],
  ["created", "Resume", "", "UNKNOWN"],
  ["running", "Resume", "", "UNKNOWN"],
  ["stopped", "Resume", "", "UNKNOWN"],
  ["created", "Update", "", "OK"],
  ["running", "Update", "", "OK"],
  ["paused", "Update", "", "OK"],
  ["stopped", "Update", "", "UNKNOWN"],
  ["paused", "Exec", "", "UNKNOWN"],
  ["stopped", "Exec", "", "UNKNOWN"],
  ["stopped", "Wait", "", "OK"],
  ["stopped", "Stats", "", "OK"],
  ["stopped", "Pids", "", "OK"],
  ...STATUSES.flatMap((status) =>
    (["CloseIO", "ResizePty"] as const).map((method) => [status, method, "", "OK"] as const),
  ),
  ...(["created", "running", "paused"] as const).flatMap((status) =>
    (["Stats", "Pids", "State"] as const).map((method) => [status, method, "", "OK"] as const),
  ),
  ...STATUSES.map((status) => [status, "Checkpoint", "", "UNIMPLEMENTED"] as const),
  // Execs: "added" was never started, "going" runs until its container stops, "ended" exited.
  ...STATUSES.map((status) => [status, "Exec", "added", "ALREADY_EXISTS"] as const),
  ["created", "Kill", "added", "FAILED_PRECONDITION"],
  ["running", "Kill", "added", "FAILED_PRECONDITION"],
  ["running", "Kill", "going", "OK"],
  ["running", "Kill", "ended", "NOT_FOUND"],
  ["stopped", "Kill", "going", "NOT_FOUND"],
  ["running", "Start", "going", "UNKNOWN"],
  ["running", "Start", "ended", "UNKNOWN"],
  ["stopped", "Start", "added", "FAILED_PRECONDITION"],
  ["running", "Delete", "going", "UNKNOWN"],
  ["paused", "Delete", "going", "UNKNOWN"],
  ["running", "Wait", "ended", "OK"],
  ["stopped", "Wait", "going", "OK"],
  ["running", "CloseIO", "added", "OK"],
  ["running", "CloseIO", "going", "OK"],
  ["running", "CloseIO", "ended", "OK"],
  ["running", "ResizePty", "going", "OK"],
];

describe("the result matrix", () => {
  it.each(MATRIX)("%s container: %s %s → %s", async (status, method, execId, code) => {
    const call = METHODS[method];
    if (call === undefined) throw new Error(`no method ${method}`);
    expect(await codeOf(call(members[status].task, status, execId))).toBe(code);
  });

  it("State tells the status, of execs too", async () => {
    const { task } = members.running;
    const statuses = async (id: string) =>
      Promise.all(
        ["", "added", "going", "ended"].map(async (execId) => (await task.state(id, execId)).status),
      );
    expect((await task.state("created")).status).toBe(CREATED);
    expect(await statuses("running")).toEqual([RUNNING, CREATED, RUNNING, STOPPED]);
    expect(await statuses("paused")).toEqual([PAUSED, CREATED, PAUSED, STOPPED]);
    expect(await statuses("stopped")).toEqual([STOPPED, CREATED, STOPPED, STOPPED]);
  });

  it("Wait blocks while a process lives, and is answered for no other's sake", async () => {
    const { task } = members.running;
    for (const [id, execId] of [
      ["created", ""],
      ["running", ""],
      ["paused", ""],
      ["running", "going"],
      ["running", "added"],
    ] as const) {
      await expect(within("Wait", task.wait(id, execId), 50)).rejects.toThrow(/longer than 50 ms/);
    }
  });

  it("Create is refused for an id that is taken, for a checkpoint, and for an id and a bundle that are none", async () => {
    const { task, bundle } = members.running;
    expect(await codeOf(task.create({ id: "running", bundle }))).toBe("ALREADY_EXISTS");
    expect(await codeOf(task.create({ id: "new", bundle, checkpoint: "/c" }))).toBe("UNIMPLEMENTED");
    expect(await codeOf(task.create({ id: "../x", bundle }))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(task.create({ id: "new", bundle: "relative" }))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(task.create({ id: "new", bundle: join(bundle, "none") }))).not.toBe("OK");
    expect(await codeOf(task.state("new"))).toBe("NOT_FOUND");
  });

  it("a broken process, limit or signal is refused by name", async () => {
    const { task } = members.running;
    const exec = (text: string, execId = "bad") =>
      codeOf(task.exec({ id: "running", execId, spec: { ...SLEEP, value: Buffer.from(text) } }));
    expect(await exec("{")).toBe("INVALID_ARGUMENT");
    expect(await exec("[]")).toBe("INVALID_ARGUMENT");
    expect(await exec("{}", "a/b")).toBe("INVALID_ARGUMENT");
    expect(await codeOf(task.state("running", "bad"))).toBe("NOT_FOUND");
    expect(await codeOf(task.update("running", "{"))).toBe("INVALID_ARGUMENT");
    expect(await codeOf(task.kill("running", 999))).not.toBe("OK");
    expect(await codeOf(task.kill("running", 999, { execId: "going" }))).toBe("INVALID_ARGUMENT");
  });
});
