import { DbusError } from "./errors.ts";
import { type DbusValue, decodeValues, encodeValues, type Variant } from "./wire.ts";

/** D-Bus Specification, "Message Types". */
export const MESSAGE_TYPE = { call: 1, reply: 2, error: 3, signal: 4 } as const;

/** Header fields by their code: "Header Fields". */
const FIELD = {
  path: 1,
  interface: 2,
  member: 3,
  errorName: 4,
  replySerial: 5,
  destination: 6,
  signature: 8,
} as const;
const FIELD_TYPE: Readonly<Record<keyof typeof FIELD, string>> = {
  path: "o",
  interface: "s",
  member: "s",
  errorName: "s",
  replySerial: "u",
  destination: "s",
  signature: "g",
};

/** One message; a field that is empty, or 0, is not there. */
export interface DbusMessage {
  readonly type: number;
  readonly serial: number;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly errorName?: string;
  readonly replySerial?: number;
  readonly destination?: string;
  readonly signature?: string;
  readonly body: readonly DbusValue[];
}

const HEADER = "yyyyuua(yv)";
/** The fixed part, and the length of the array of fields. */
const FIXED_BYTES = 16;
/** "Maximum length of a message"; what systemd answers us is a thousandth of that. */
const MAX_BYTES = 1 << 27;

/** A message on the wire. */
export function encodeMessage(message: DbusMessage): Uint8Array {
  const body = encodeValues(message.signature ?? "", message.body);
  const fields = (Object.keys(FIELD) as (keyof typeof FIELD)[]).flatMap((name): DbusValue[] => {
    const value = message[name];
    return value === undefined || value === "" || value === 0
      ? []
      : [[FIELD[name], { signature: FIELD_TYPE[name], value }]];
  });
  const header = encodeValues(HEADER, [
    "l".charCodeAt(0),
    message.type,
    0,
    1,
    body.length,
    message.serial,
    fields,
  ]);
  return Buffer.concat([header, Buffer.alloc(padding(header.length)), body]);
}

/**
 * The first message of what has arrived.
 *
 * @returns the message and the bytes it took, or undefined when more bytes are needed
 * @throws {DbusError} code "bad-message"
 */
export function decodeMessage(bytes: Uint8Array): { message: DbusMessage; length: number } | undefined {
  if (bytes.length < FIXED_BYTES) return undefined;
  const isLittleEndian = bytes[0] === "l".charCodeAt(0);
  if (!isLittleEndian && bytes[0] !== "B".charCodeAt(0)) {
    throw new DbusError("bad-message", `a D-Bus message starts with byte ${bytes[0]}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fieldsEnd = FIXED_BYTES + view.getUint32(12, isLittleEndian);
  const bodyStart = fieldsEnd + padding(fieldsEnd);
  const length = bodyStart + view.getUint32(4, isLittleEndian);
  if (length > MAX_BYTES) throw new DbusError("bad-message", `a D-Bus message of ${length} bytes`);
  if (bytes.length < length) return undefined;
  const header = decodeValues(HEADER, bytes.subarray(0, fieldsEnd), isLittleEndian);
  const fields = new Map((header[6] as [number, Variant][]).map(([code, { value }]) => [code, value]));
  const text = (name: keyof typeof FIELD): string => String(fields.get(FIELD[name]) ?? "");
  const signature = text("signature");
  return {
    length,
    message: {
      type: Number(header[1]),
      serial: Number(header[5]),
      path: text("path"),
      interface: text("interface"),
      member: text("member"),
      errorName: text("errorName"),
      replySerial: Number(fields.get(FIELD.replySerial) ?? 0),
      destination: text("destination"),
      signature,
      body: decodeValues(signature, bytes.subarray(bodyStart, length), isLittleEndian),
    },
  };
}

function padding(length: number): number {
  return (8 - (length % 8)) % 8;
}
