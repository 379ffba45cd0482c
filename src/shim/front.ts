import { messageOf } from "../core/errors.ts";
import { parseShimArgs, type ShimArgs } from "./argv.ts";
import { ShimError } from "./errors.ts";
import { readInput, writeAll } from "./stdio.ts";

/** How the shim was called. */
export interface FrontCall {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly executable: string;
  readonly version: string;
  readonly cwd: string;
}

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

/**
 * What `containerd-shim-gantry-v2` hands to `gantry-shimd front`: -info, and `delete` when no server can be had. Only the
 * answer may be on standard output and nothing on standard error; after a failure it is the other way round.
 *
 * @returns the exit code; everything has been written
 */
export async function runFront(call: FrontCall): Promise<number> {
  try {
    const args = parseShimArgs(call.argv);
    const { output, warnings } = await answer(call, args);
    writeAll(STDOUT, output);
    if (warnings !== "") writeAll(STDERR, Buffer.from(warnings));
    return 0;
  } catch (error) {
    const line = messageOf(error).replaceAll(/\s*\n\s*/g, "; ");
    writeAll(STDERR, Buffer.from(`containerd-shim-gantry-v2: ${line}\n`));
    return 1;
  }
}

interface Answer {
  readonly output: Uint8Array;
  readonly warnings: string;
}

async function answer(call: FrontCall, args: ShimArgs): Promise<Answer> {
  const { env, executable, version } = call;
  if (args.wantsVersion) return silent(Buffer.from(versionText(version)));
  if (args.wantsInfo) {
    const { describeRuntime } = await import("./info.ts");
    return silent(await describeRuntime({ input: readInput(STDIN), env, executable, version }));
  }
  switch (args.action) {
    case "start":
      throw new ShimError("server-failed", "gantry-shimd cannot be started or does not answer");
    case "delete": {
      const [{ deleteShim }, { createRuntimeClient }] = await Promise.all([
        import("./delete.ts"),
        import("../client/runtime-client.ts"),
      ]);
      const now = (): bigint => BigInt(Date.now()) * 1_000_000n;
      const { exit, warnings } = await deleteShim({
        args,
        cwd: call.cwd,
        env,
        executable,
        now,
        clientFor: createRuntimeClient,
      });
      return {
        output: await encodeDeleteResponse(exit),
        warnings: warnings.map((line) => `${line}\n`).join(""),
      };
    }
    default:
      throw new ShimError("bad-arguments", `action ${JSON.stringify(args.action)}: expected start or delete`);
  }
}

/** What `delete` prints. */
export async function encodeDeleteResponse(exit: {
  readonly pid: number;
  readonly exitStatus: number;
  readonly exitedAtNs: bigint;
}): Promise<Uint8Array> {
  const [{ containerd }, { timestampOf }] = await Promise.all([
    import("../gen/task.js"),
    import("../ttrpc/well-known.ts"),
  ]);
  const { pid, exitStatus, exitedAtNs } = exit;
  return containerd.task.v2.DeleteResponse.encode({
    pid,
    exitStatus,
    exitedAt: timestampOf(exitedAtNs),
  }).finish();
}

function versionText(version: string): string {
  const engine =
    process.versions["bun"] === undefined ? `node ${process.version}` : `bun ${process.versions["bun"]}`;
  return `containerd-shim-gantry-v2:\n  Version: ${version}\n  Engine:  ${engine}\n`;
}

function silent(output: Uint8Array): Answer {
  return { output, warnings: "" };
}
