import { readFeatures } from "../client/features.ts";
import { findRuntime } from "../client/runtime-path.ts";
import { messageOf } from "../core/errors.ts";
import { silentLogger } from "../core/log.ts";
import { ShimError } from "./errors.ts";
import { parseOptions } from "./options.ts";
import { stateRootFor } from "./state-root.ts";

/** What `-info` is called with. */
export interface InfoCall {
  /** Standard input: an options Any, or nothing. */
  readonly input: Uint8Array;
  readonly env: Readonly<Record<string, string>>;
  readonly executable: string;
  readonly version: string;
}

/** The name under which the runtime is configured in containerd. */
const RUNTIME_NAME = "io.containerd.gantry.v2";
// Registered by containerd for the OCI features document, as JSON.
const FEATURES_TYPE = "types.containerd.io/opencontainers/runtime-spec/1/features/Features";

/**
 * `-info`: who we are and what the runtime can do.
 * @returns an encoded containerd.types.RuntimeInfo
 * @throws {ShimError}, {ClientError}
 */
export async function describeRuntime(call: InfoCall): Promise<Uint8Array> {
  const { containerd, google } = await import("../gen/bootstrap.js");
  const any = call.input.length === 0 ? undefined : decodeAny(google.protobuf.Any, call.input);
  const options = await parseOptions(any);
  const path = findRuntime(call.env["GANTRY_RUNTIME_PATH"] || options.runtimePath, call.executable);
  const features = await readFeatures({
    path,
    stateRoot: stateRootFor(options.root, ""),
    env: call.env,
    isDebug: false,
    logger: silentLogger,
  });
  return containerd.types.RuntimeInfo.encode({
    name: RUNTIME_NAME,
    version: { version: call.version },
    ...(any && { options: any }),
    features: { typeUrl: FEATURES_TYPE, value: Buffer.from(features) },
  }).finish();
}

function decodeAny<Any>(type: { decode(bytes: Uint8Array): Any }, input: Uint8Array): Any {
  try {
    return type.decode(input);
  } catch (error) {
    throw new ShimError("bad-arguments", `standard input holds no options Any: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
