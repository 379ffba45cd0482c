import { encodeFrame } from "../../ttrpc/frame.ts";
import { ShimError } from "../errors.ts";

/** The highest version of the relay protocol that this server speaks (docs/decisions/005). */
export const PROTOCOL_VERSION = 1;

/** The version that both sides keep to. @param theirs the highest that they know */
export function agreedVersion(theirs: number, ours = PROTOCOL_VERSION): number {
  return Math.min(theirs, ours);
}

export const INVOKE = 0x41;
export const RESULT = 0x42;
export const HELLO = 0x43;
export const ATTACH = 0x44;
export const REPLAY = 0x45;
export const MARK = 0x46;
export const QUIT = 0x47;
export const WELCOME = 0x48;

/** What a front was called with. */
export interface InvokeFields {
  readonly version: number;
  readonly args: readonly string[];
  /** Without what steers JavaScript engines. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly input: Uint8Array;
  readonly executable: string;
  readonly pid: number;
  readonly parentPid: number;
}

/** Which stub speaks. */
export interface HelloFields {
  readonly version: number;
  readonly socket: string;
  readonly pid: number;
  readonly epoch: string;
}

/** Which connection of a client a stub passes on. */
export interface AttachFields {
  readonly version: number;
  readonly socket: string;
  readonly epoch: string;
  readonly connection: number;
}

export interface ReplayFields {
  readonly strikes: number;
  /** Milliseconds since the request first came. */
  readonly ageMs: number;
}

/** What a front prints, and whether it becomes a stub first. */
export interface ResultFields {
  /** Absent: the highest that this side knows. */
  readonly version?: number;
  readonly exitCode: number;
  readonly output: Uint8Array;
  readonly errors: string;
  /** The socket to listen on as this pod's stub. */
  readonly socket?: string;
}

export function decodeInvoke(data: Uint8Array): InvokeFields {
  const fields = decodeFields(data, "INVOKE");
  return {
    version: fields.number(1),
    args: fields.texts(2),
    env: Object.fromEntries(fields.texts(3).map(splitVariable)),
    cwd: fields.text(4),
    input: fields.bytes(5),
    executable: fields.text(6),
    pid: fields.number(7),
    parentPid: fields.number(8),
  };
}

export function decodeHello(data: Uint8Array): HelloFields {
  const fields = decodeFields(data, "HELLO");
  return {
    version: fields.number(1),
    socket: fields.text(2),
    pid: fields.number(3),
    epoch: fields.name(4),
  };
}

export function decodeAttach(data: Uint8Array): AttachFields {
  const fields = decodeFields(data, "ATTACH");
  return {
    version: fields.number(1),
    socket: fields.text(2),
    epoch: fields.name(3),
    connection: fields.number(4),
  };
}

export function decodeReplay(data: Uint8Array): ReplayFields {
  const fields = decodeFields(data, "REPLAY");
  return { strikes: fields.number(2), ageMs: fields.number(3) };
}

export function decodeResult(data: Uint8Array): ResultFields {
  const fields = decodeFields(data, "RESULT");
  const socket = fields.text(5);
  return {
    version: fields.number(1),
    exitCode: fields.number(2),
    output: fields.bytes(3),
    errors: fields.text(4),
    ...(socket === "" ? {} : { socket }),
  };
}

/** A question to the server that no front asks. */
export function encodeInvoke(call: InvokeFields): Uint8Array {
  return frame(INVOKE, 0, [
    [1, String(call.version)],
    ...call.args.map((arg) => [2, arg] as const),
    ...Object.entries(call.env).map(([name, value]) => [3, `${name}=${value}`] as const),
    [4, call.cwd],
    [5, call.input],
    [6, call.executable],
    [7, String(call.pid)],
    [8, String(call.parentPid)],
  ]);
}

export function encodeResult(result: ResultFields): Uint8Array {
  return frame(RESULT, 0, [
    [1, String(result.version ?? PROTOCOL_VERSION)],
    [2, String(result.exitCode)],
    [3, result.output],
    [4, result.errors],
    ...(result.socket === undefined ? [] : [[5, result.socket] as const]),
  ]);
}

/** @param version the highest that both sides know */
export function encodeWelcome(version: number): Uint8Array {
  return frame(WELCOME, 0, [[1, String(version)]]);
}

export function encodeQuit(): Uint8Array {
  return frame(QUIT, 0, []);
}

export function encodeMark(streamId: number, mark: "running" | "parked"): Uint8Array {
  return frame(MARK, streamId, [[2, mark]]);
}

function frame(type: number, streamId: number, fields: readonly (readonly [number, string | Uint8Array])[]) {
  const parts = fields.map(([tag, value]) => {
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    const head = Buffer.allocUnsafe(5);
    head.writeUInt8(tag, 0);
    head.writeUInt32BE(bytes.length, 1);
    return Buffer.concat([head, bytes]);
  });
  return encodeFrame({ streamId, type, flags: 0, data: Buffer.concat(parts) });
}

interface Fields {
  /** Empty when absent. */
  bytes(tag: number): Uint8Array;
  text(tag: number): string;
  texts(tag: number): readonly string[];
  number(tag: number): number;
  /** Text that can be a part of a file's name. */
  name(tag: number): string;
}

/** @throws {ShimError} code "bad-frame" */
function decodeFields(data: Uint8Array, what: string): Fields {
  const values = new Map<number, Uint8Array[]>();
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  for (let at = 0; at < view.length; ) {
    const end = at + 5 <= view.length ? at + 5 + view.readUInt32BE(at + 1) : Number.POSITIVE_INFINITY;
    if (end > view.length) throw new ShimError("bad-frame", `${what}: a field is longer than its frame`);
    const tag = view.readUInt8(at);
    const list = values.get(tag);
    const value = view.subarray(at + 5, end);
    if (list === undefined) values.set(tag, [value]);
    else list.push(value);
    at = end;
  }
  const bytes = (tag: number): Uint8Array => values.get(tag)?.[0] ?? new Uint8Array(0);
  const text = (tag: number): string => Buffer.from(bytes(tag)).toString("utf8");
  return {
    bytes,
    text,
    texts: (tag) => (values.get(tag) ?? []).map((value) => Buffer.from(value).toString("utf8")),
    number(tag) {
      const value = text(tag);
      if (!/^\d{1,15}$/.test(value)) {
        throw new ShimError("bad-frame", `${what}: field ${tag} is not a number: ${JSON.stringify(value)}`);
      }
      return Number(value);
    },
    name(tag) {
      const value = text(tag);
      if (!/^[\w-]{1,64}$/.test(value)) {
        throw new ShimError("bad-frame", `${what}: field ${tag} is not a name: ${JSON.stringify(value)}`);
      }
      return value;
    },
  };
}

function splitVariable(variable: string): [string, string] {
  const equals = variable.indexOf("=");
  return equals < 0 ? [variable, ""] : [variable.slice(0, equals), variable.slice(equals + 1)];
}
