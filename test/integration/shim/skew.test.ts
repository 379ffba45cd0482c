/** A server and stubs of other versions: of the protocol they keep to what both know. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { containerd } from "../../../src/gen/task.js";
import { encodeRequest } from "../../../src/ttrpc/message.ts";
import { repository } from "../../helpers/paths.ts";
import { waitFor, within } from "../../helpers/wait.ts";
import { connectTo, type FrameSocket, fieldsOf, frame, ours, TYPE } from "../../native/stub/wire.ts";
import { running } from "../runtime/harness.ts";
import { encodeParams, killServer, ShimBench, shimPath } from "./harness.ts";

let shim: ShimBench;
beforeEach(async () => {
  shim = await ShimBench.open();
});
afterEach(() => shim.dispose());

/** A stub that says 9, with our other programs beside it. */
function newerStub(): string {
  const name = "containerd-shim-gantry-v9";
  execFileSync("make", ["-s", "-C", join(repository, "native"), `build/test/stub/${name}`]);
  const directory = join(shim.bench.dir, "newer");
  mkdirSync(directory);
  for (const program of ["gantry-shimd", "gantry-runtime", "gantry-init"]) {
    symlinkSync(join(dirname(shimPath), program), join(directory, program));
  }
  execFileSync("cp", [join(repository, "native/build/test/stub", name), join(directory, basename(shimPath))]);
  return join(directory, basename(shimPath));
}

describe("a stub of a later version", () => {
  it("serves a pod like any other, also when the server is killed", { timeout: 180_000 }, async () => {
    const one = await shim.serve("c1", running("exit 3"), { program: newerStub() });
    await one.task.create({ id: "c1", bundle: one.bundle });
    const exit = one.task.wait("c1");
    await one.task.state("c1");
    await killServer(shim.serverPid());
    await one.task.start("c1");
    expect((await within("exit", exit)).exitStatus).toBe(3);
    await one.task.delete("c1");
    await one.task.shutdown("c1");
  });

  it("may say more than the server knows", async () => {
    // Another pod has the server started.
    const other = await shim.serve("c1");
    const [name = ""] = readdirSync(shim.nodeDir);
    const server = join(shim.nodeDir, name, "shimd.sock");

    const front = await connectTo(server);
    front.send(
      ours(TYPE.invoke, [
        [1, "2"],
        [200, "of a later version"],
        ...[
          "-namespace",
          shim.namespace,
          "-address",
          join(shim.bench.dir, "c.sock"),
          "-id",
          "c2",
          "start",
        ].map((argument) => [2, argument] as const),
        [3, `TTRPC_ADDRESS=${shim.events.address}`],
        [4, shim.bench.bundle("c2")],
        [
          5,
          Buffer.from(
            encodeParams({ instanceId: "c2", namespace: shim.namespace, socketDir: shim.socketDir }),
          ).toString(),
        ],
        [6, shimPath],
        [7, String(process.pid)],
        [8, String(process.ppid)],
      ]),
    );
    const result = fieldsOf(await front.frame());
    expect([result.get(1), result.get(2)]).toEqual([["1"], ["0"]]);
    const socket = result.get(5)?.[0] ?? "";
    const hello = [
      [99, "?"],
      [1, "2"],
      [2, socket],
      [3, String(process.pid)],
      [4, "skew-1"],
    ] as const;
    front.send(ours(TYPE.hello, hello));
    const welcome = await front.frame();
    expect([welcome.type, fieldsOf(welcome).get(1)]).toEqual([TYPE.welcome, ["1"]]);
    front.send(ours(0x4f, [[1, "a frame of a later version"]]));

    const client = await connectTo(server);
    const attach = [
      [1, "1"],
      [2, socket],
      [3, "skew-1"],
      [4, "1"],
      [77, "?"],
    ] as const;
    client.send(ours(TYPE.attach, attach), frame(0x4f, 1, "unknown"));
    await expectAnswer(client, 1);
    await front.expectSilence(100);
    front.close();
    client.close();
    await waitFor(
      "the pod to be gone",
      () => !readdirSync(join(shim.nodeDir, name, "pods")).includes(basename(socket)),
    );
    await other.task.shutdown("c1");
  });
});

/** Connect is answered. */
async function expectAnswer(client: FrameSocket, stream: number): Promise<void> {
  const payload = containerd.task.v2.ConnectRequest.encode({ id: "c2" }).finish();
  const call = {
    service: "containerd.task.v2.Task",
    method: "Connect",
    payload,
    timeoutNs: 0n,
    metadata: new Map(),
  };
  client.send(Buffer.from(encodeRequest(stream, 1, call)));
  expect(await client.frame()).toMatchObject({ type: TYPE.response, stream });
}
