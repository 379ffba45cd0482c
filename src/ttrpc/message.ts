import Long from "long";
import protobuf from "protobufjs/minimal.js";
import { type google, ttrpc } from "../gen/ttrpc.js";
import { type StatusDetail, TtrpcError } from "./errors.ts";
import {
  FLAG_NO_DATA,
  HEADER_BYTES,
  MAX_DATA_BYTES,
  TYPE_DATA,
  TYPE_REQUEST,
  TYPE_RESPONSE,
  writeHeader,
} from "./frame.ts";
import { STATUS_CODE, statusNameOf } from "./status.ts";

/** A decoded ttrpc.Request. */
export interface RequestMessage {
  readonly service: string;
  readonly method: string;
  readonly payload: Uint8Array;
  /** Time left for the call when it was sent; 0n: no limit. */
  readonly timeoutNs: bigint;
  /** Keys in lower case. */
  readonly metadata: ReadonlyMap<string, readonly string[]>;
}

const NO_METADATA: ReadonlyMap<string, readonly string[]> = new Map();

/** Decode the data of a request frame. @throws {TtrpcError} INVALID_ARGUMENT when it is not a Request */
export function decodeRequest(data: Uint8Array): RequestMessage {
  let request: ttrpc.Request;
  try {
    request = ttrpc.Request.decode(data);
  } catch (error) {
    throw new TtrpcError("INVALID_ARGUMENT", "unmarshal request error: not a ttrpc request", {
      cause: error,
    });
  }
  const { timeoutNano } = request;
  return {
    service: request.service,
    method: request.method,
    payload: request.payload,
    timeoutNs: bigintOf(timeoutNano),
    metadata: request.metadata.length === 0 ? NO_METADATA : metadataOf(request.metadata),
  };
}

/** A whole request frame. @throws {TtrpcError} RESOURCE_EXHAUSTED when it is over the limit */
export function encodeRequest(streamId: number, flags: number, request: RequestMessage): Uint8Array {
  const metadata: ttrpc.KeyValue.$Properties[] = [];
  for (const [key, values] of request.metadata) {
    for (const value of values) metadata.push({ key: key.toLowerCase(), value });
  }
  const { service, method, payload, timeoutNs } = request;
  const message: ttrpc.Request.$Properties = { service, method, payload, metadata };
  if (timeoutNs !== 0n) message.timeoutNano = longOf(timeoutNs);
  return finishFrame(ttrpc.Request.encode(message, startFrame()), streamId, TYPE_REQUEST, flags);
}

/** A whole response frame for success; flags 0, as ttrpc before 1.2 wants. @throws as `encodeRequest` */
export function encodeResponse(streamId: number, payload: Uint8Array): Uint8Array {
  return finishFrame(ttrpc.Response.encode({ payload }, startFrame()), streamId, TYPE_RESPONSE, 0);
}

/** A whole response frame for a failed call. Never fails: a status over the limit is replaced by one that fits. */
export function encodeFailure(streamId: number, error: TtrpcError): Uint8Array {
  const { code, message, details } = error;
  // An estimate is enough, and encoding a giant first would cost its size: UTF-8 takes at most 3 bytes per unit.
  const bytes = message.length * 3 + details.reduce((sum, detail) => sum + detail.value.length + 256, 256);
  const status: google.rpc.Status.$Properties =
    bytes <= MAX_DATA_BYTES
      ? {
          code: STATUS_CODE[code],
          message,
          details: details.map(({ typeUrl, value }) => ({ typeUrl, value })),
        }
      : { code: STATUS_CODE[code], message: `${message.slice(0, 4096)}… (cut, the rest did not fit)` };
  return finishFrame(ttrpc.Response.encode({ status }, startFrame()), streamId, TYPE_RESPONSE, 0);
}

/** A whole data frame. Without a message it says only what the flags say. @throws as `encodeRequest` */
export function encodeData(streamId: number, flags: number, message: Uint8Array | undefined): Uint8Array {
  const allFlags = message === undefined ? flags | FLAG_NO_DATA : flags;
  const writer = startFrame();
  return finishFrame(message === undefined ? writer : writer.raw(message), streamId, TYPE_DATA, allFlags);
}

/**
 * The payload of a response.
 *
 * @throws {TtrpcError} the status, when it is not OK; INTERNAL when the data is not a Response
 */
export function decodeResponse(data: Uint8Array): Uint8Array {
  let response: ttrpc.Response;
  try {
    response = ttrpc.Response.decode(data);
  } catch (error) {
    throw new TtrpcError("INTERNAL", "the peer's answer is not a ttrpc response", { cause: error });
  }
  const { status } = response;
  if (status == null || !status.code) return response.payload;
  throw new TtrpcError(statusNameOf(status.code), status.message ?? "", { details: detailsOf(status) });
}

function metadataOf(pairs: readonly ttrpc.KeyValue.$Properties[]): ReadonlyMap<string, readonly string[]> {
  const metadata = new Map<string, string[]>();
  for (const { key, value } of pairs) {
    const name = (key ?? "").toLowerCase();
    const values = metadata.get(name);
    if (values === undefined) metadata.set(name, [value ?? ""]);
    else values.push(value ?? "");
  }
  return metadata;
}

function detailsOf(status: google.rpc.Status.$Properties): readonly StatusDetail[] {
  return (status.details ?? []).map(({ typeUrl, value }) => ({
    typeUrl: typeUrl ?? "",
    value: value ?? new Uint8Array(0),
  }));
}

function bigintOf({ high, low }: Long): bigint {
  // Through a number while it is exact: most deadlines are some seconds.
  if (high >= 0 && high < 2 ** 21) return BigInt(high * 2 ** 32 + (low >>> 0));
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

function longOf(value: bigint): Long {
  return Long.fromBits(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
}

const BLANK_HEADER = new Uint8Array(HEADER_BYTES);

// Header and message come out of one writer, so that a frame is one allocation and one write to the socket.
function startFrame(): protobuf.Writer {
  return protobuf.Writer.create().raw(BLANK_HEADER);
}

function finishFrame(writer: protobuf.Writer, streamId: number, type: number, flags: number): Uint8Array {
  const lengthBytes = writer.len - HEADER_BYTES;
  if (lengthBytes > MAX_DATA_BYTES) {
    throw new TtrpcError(
      "RESOURCE_EXHAUSTED",
      `message of ${lengthBytes} bytes is over the limit of ${MAX_DATA_BYTES}`,
    );
  }
  const frame = writer.finish();
  writeHeader(frame, lengthBytes, streamId, type, flags);
  return frame;
}
