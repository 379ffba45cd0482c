import type { ShimArgs } from "./argv.ts";
import { ShimError } from "./errors.ts";

/** A google.protobuf.Any that carries the runtime options. */
export interface OptionsAny {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** Which containerd asks, as far as `start` must know: it decides the form of the answer. */
export type StartRequest =
  | {
      /** containerd 1.6 to 2.2: answered by the plain address. */
      readonly generation: "plain";
      readonly options?: OptionsAny;
    }
  | {
      /** containerd 2.3 and later: answered by a BootstrapResult. */
      readonly generation: "bootstrap";
      readonly options?: OptionsAny;
      readonly isDebug: boolean;
      readonly ttrpcAddress: string;
      readonly grpcAddress: string;
      /** Directory for the sockets; empty: the default. */
      readonly socketDir: string;
    };

/** log/slog's numbering: debug is -4. */
const LOG_LEVEL_DEBUG = -4;

/**
 * Tell the generations of containerd apart by what is on standard input of `start`. An options `Any` of an older daemon
 * decodes as BootstrapParams as well (both begin with a string), so the identity inside must be ours.
 *
 * @throws {ShimError} code "bad-arguments" for what is neither
 */
export async function parseStartInput(
  input: Uint8Array,
  args: Pick<ShimArgs, "id" | "containerdNamespace">,
): Promise<StartRequest> {
  if (input.length === 0) return { generation: "plain" };
  // Loaded only here: without options, an older containerd's `start` needs no protobuf at all.
  const { containerd, google } = await import("../gen/bootstrap.js");
  const params = attempt(() => containerd.runtime.bootstrap.v1.BootstrapParams.decode(input));
  if (
    params !== undefined &&
    params.instanceId === args.id &&
    params.namespace === args.containerdNamespace
  ) {
    const options = params.extensions
      .map((extension) => toOptions(extension.value))
      .find((any) => any !== undefined);
    return {
      generation: "bootstrap",
      ...(options && { options }),
      isDebug: params.logLevel <= LOG_LEVEL_DEBUG,
      ttrpcAddress: params.containerdTtrpcAddress,
      grpcAddress: params.containerdGrpcAddress,
      socketDir: params.socketDir ?? "",
    };
  }
  const any = attempt(() => google.protobuf.Any.decode(input));
  if (any === undefined) {
    throw new ShimError("bad-arguments", "standard input holds neither BootstrapParams nor an options Any");
  }
  const options = toOptions(any);
  return { generation: "plain", ...(options && { options }) };
}

/** The answer for containerd 2.3 and later. @param version of the Task API that the server promises to fulfil */
export async function encodeBootstrapResult(version: 2 | 3, address: string): Promise<Uint8Array> {
  const { containerd } = await import("../gen/bootstrap.js");
  return containerd.runtime.bootstrap.v1.BootstrapResult.encode({
    version,
    address,
    protocol: "ttrpc",
  }).finish();
}

function toOptions(
  any: { readonly typeUrl?: string | null; readonly value?: Uint8Array | null } | null | undefined,
): OptionsAny | undefined {
  if (!any?.typeUrl) return undefined;
  return { typeUrl: any.typeUrl, value: any.value ?? new Uint8Array(0) };
}

function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined; // not this message: the caller tries the other one
  }
}
