import type { Socket } from "node:net";
import { messageOf } from "../../core/errors.ts";
import { parseShimArgs } from "../argv.ts";
import { deleteShim } from "../delete.ts";
import { ShimError } from "../errors.ts";
import { encodeDeleteResponse } from "../front.ts";
import { adjustOomScore, joinShimCgroup, makeCoreGroup } from "../placement.ts";
import { prepareStart } from "../start.ts";
import { within } from "../task/queue.ts";
import { readFirstFrame } from "./first-frame.ts";
import {
  agreedVersion,
  decodeHello,
  encodeResult,
  HELLO,
  type InvokeFields,
  type ResultFields,
} from "./frames.ts";
import type { Node } from "./node.ts";
import { type Pod, writePodRecord } from "./pod.ts";

/** How long a front may take to become a stub. */
const STUB_TIMEOUT_MS = 10_000;

/** Do what a front was called for and tell it what to print. Never fails. */
export async function answerInvocation(node: Node, call: InvokeFields, socket: Socket): Promise<void> {
  const version = agreedVersion(call.version);
  const answer = (result: ResultFields): void => void socket.end(encodeResult({ version, ...result }));
  try {
    const args = parseShimArgs(call.args);
    switch (args.action) {
      case "start":
        return await start(node, call, socket);
      case "delete":
        return answer(await remove(node, call));
      case "ps":
        return answer(await report(node));
      case "upgrade":
        answer(await report(node));
        node.requestStop("a person asked for it");
        return;
      default:
        throw new ShimError(
          "bad-arguments",
          `action ${JSON.stringify(args.action)}: expected start, delete, ps or upgrade`,
        );
    }
  } catch (error) {
    const line = messageOf(error).replaceAll(/\s*\n\s*/g, "; ");
    answer({ exitCode: 1, output: new Uint8Array(0), errors: `containerd-shim-gantry-v2: ${line}\n` });
  }
}

async function start(node: Node, call: InvokeFields, socket: Socket): Promise<void> {
  const args = parseShimArgs(call.args);
  node.logger.addBundle(call.cwd);
  const prepared = await prepareStart({ args, input: call.input, bundle: call.cwd, env: call.env });
  const hasCoreOfItsOwn = Boolean(call.env["SCHED_CORE"]);
  if (hasCoreOfItsOwn) await makeCoreGroup(node.config.executable, 0);
  node.useEventsAddress(prepared.ttrpcAddress || call.env["TTRPC_ADDRESS"] || "");
  const record = {
    id: prepared.group,
    containerdNamespace: args.containerdNamespace,
    isDebug: prepared.isDebug,
    hasCoreOfItsOwn,
    runtimePath: call.env["GANTRY_RUNTIME_PATH"] ?? "",
  };
  const pod = node.podFor(prepared.socket, record);
  try {
    await pod.start(async () => {
      const version = agreedVersion(call.version);
      const result = { version, exitCode: 0, output: prepared.output, errors: "" };
      if (await pod.hasStub()) {
        socket.end(encodeResult(result));
        return;
      }
      // Not earlier: the last stub's end has removed it.
      node.podList.add(pod.socket);
      writePodRecord(pod.socket, record);
      await becomeStub(pod, call, socket, { ...result, socket: pod.socket });
      // A front that goes without a word has found another stub there, which will say hello.
      if (pod.stubPid === undefined) return;
      place(node, pod.stubPid, prepared.shimCgroup, call.parentPid);
      if (hasCoreOfItsOwn) await makeCoreGroup(node.config.executable, pod.stubPid);
    });
  } catch (error) {
    if (pod.isOver) node.removePod(pod);
    throw error;
  }
}

/** The front's connection goes over to the stub; the front may also find that somebody listens there already. */
async function becomeStub(pod: Pod, call: InvokeFields, socket: Socket, result: ResultFields): Promise<void> {
  const stub = pod.nextStub();
  const frontGone = new Promise((resolve) => socket.once("close", resolve));
  // The same connection goes on as the stub's: its next frame is HELLO.
  const hello = readFirstFrame(socket, STUB_TIMEOUT_MS);
  socket.write(encodeResult(result));
  hello.then(
    (frame) => {
      if (frame?.type === HELLO) pod.hello(socket, decodeHello(frame.data));
      else socket.destroy();
    },
    () => socket.destroy(),
  );
  if (await within(Promise.race([stub, frontGone]), STUB_TIMEOUT_MS)) return;
  throw new ShimError("server-failed", `front ${call.pid} has not become the stub of its pod in time`);
}

function place(node: Node, stubPid: number, shimCgroup: string, daemonPid: number): void {
  try {
    if (shimCgroup !== "") joinShimCgroup(stubPid, shimCgroup);
    adjustOomScore(stubPid, daemonPid);
  } catch (error) {
    node.logger.log("error", `placing the stub: ${messageOf(error)}`, { pid: stubPid });
  }
}

async function remove(node: Node, call: InvokeFields): Promise<ResultFields> {
  const args = parseShimArgs(call.args);
  const { executable } = node.config;
  const { exit, warnings, socket } = await deleteShim({
    args,
    cwd: call.cwd,
    env: call.env,
    executable,
    now: () => BigInt(Date.now()) * 1_000_000n,
    clientFor: (config) => node.runtimeClient({ ...config, launcher: undefined, logger: node.logger }),
  });
  // Also one that this server has not heard of yet: its stub may have been killed while there was no server.
  const pod = socket === undefined ? undefined : findPod(node, socket);
  if (pod !== undefined) {
    await pod.shim.ready;
    pod.drop(args.id);
    // A stub that has yet to say hello to this server is told then that its pod is over.
    if (pod.isOver) node.removePod(pod);
    else pod.quitIfEmpty();
  }
  return {
    exitCode: 0,
    output: await encodeDeleteResponse(exit),
    errors: warnings.map((line) => `${line}\n`).join(""),
  };
}

/** For `gantry ps` and its like; loaded when somebody asks. */
async function report(node: Node): Promise<ResultFields> {
  const { reportNode } = await import("../ops/report.ts");
  return { exitCode: 0, output: Buffer.from(JSON.stringify(reportNode(node))), errors: "" };
}

/** Whether a call only asks, and is no use that is made of the server. */
export function isQuestion(call: InvokeFields): boolean {
  return call.args[0] === "ps";
}

function findPod(node: Node, socket: string): Pod | undefined {
  try {
    return node.podOf(socket);
  } catch (error) {
    node.logger.log("error", messageOf(error), { socket });
    return undefined; // an unreadable record: the container is removed all the same
  }
}
