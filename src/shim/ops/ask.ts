import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { errnoOf } from "../../core/errors.ts";
import { ShimError } from "../errors.ts";
import { readFirstFrame } from "../relay/first-frame.ts";
import { decodeResult, encodeInvoke, PROTOCOL_VERSION } from "../relay/frames.ts";
import type { NodeReport } from "./report-types.ts";

const ANSWER_MS = 5000;
const DEFAULT_NODE_DIR = "/run/gantry/.node";

/** Every node directory there is, one for each containerd. @param base `GANTRY_NODE_DIR`; absent: the usual one */
export function listNodeDirs(base: string | undefined): string[] {
  const dir = base || DEFAULT_NODE_DIR;
  try {
    return readdirSync(dir)
      .filter((name) => /^[\da-f]{16}$/.test(name))
      .map((name) => join(dir, name));
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return [];
    throw error;
  }
}

/**
 * Have a server say what it knows; with "upgrade", and then end.
 *
 * @returns undefined when there is no server: none is started
 * @throws {ShimError} codes "server-failed" (it does not answer, or does not know the question), "bad-frame"
 */
export async function askServer(nodeDir: string, action: "ps" | "upgrade"): Promise<NodeReport | undefined> {
  const frame = await exchange(join(nodeDir, "shimd.sock"), action);
  if (frame === undefined) return undefined;
  const { exitCode, output, errors } = decodeResult(frame);
  if (exitCode !== 0) throw new ShimError("server-failed", `the server of ${nodeDir}: ${errors.trim()}`);
  return JSON.parse(Buffer.from(output).toString("utf8")) as NodeReport;
}

async function exchange(path: string, action: string): Promise<Uint8Array | undefined> {
  const socket = connect(path);
  try {
    const isThere = await new Promise<boolean>((resolve, reject) => {
      socket.on("connect", () => resolve(true));
      socket.on("error", (error) => {
        const errno = errnoOf(error) ?? "";
        if (["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ENOTSOCK"].includes(errno)) resolve(false);
        else reject(error);
      });
    });
    if (!isThere) return undefined;
    socket.write(
      encodeInvoke({
        version: PROTOCOL_VERSION,
        args: [action],
        env: {},
        cwd: "/",
        input: new Uint8Array(0),
        executable: process.execPath,
        pid: process.pid,
        parentPid: process.ppid,
      }),
    );
    // None: it has just ended.
    return (await readFirstFrame(socket, ANSWER_MS))?.data;
  } finally {
    socket.destroy();
  }
}
