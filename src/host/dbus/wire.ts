import { DbusError } from "./errors.ts";

/**
 * A value of any D-Bus type: numbers for y n q i u d, bigints for x t, strings for s o g, arrays for structs, dictionary
 * entries and arrays, and `Variant`.
 */
export type DbusValue = boolean | number | bigint | string | Variant | readonly DbusValue[];

/** A value that carries its type. */
export interface Variant {
  readonly signature: string;
  readonly value: DbusValue;
}

/** Bytes of each basic type of fixed size, which is also its alignment. */
const FIXED: Readonly<Record<string, number>> = { y: 1, n: 2, q: 2, b: 4, i: 4, u: 4, x: 8, t: 8, d: 8 };
/** D-Bus Specification, "Valid Signatures" and "Message Protocol". */
const MAX_DEPTH = 32;
const MAX_ARRAY_BYTES = 1 << 26;

/**
 * The single complete types of a signature: "sa(sv)u" is "s", "a(sv)", "u".
 *
 * @throws {DbusError} code "bad-signature"
 */
export function splitSignature(signature: string): string[] {
  const types: string[] = [];
  for (let at = 0; at < signature.length; ) {
    const end = endOfType(signature, at, 0);
    types.push(signature.slice(at, end));
    at = end;
  }
  return types;
}

function endOfType(signature: string, at: number, depth: number): number {
  const code = signature[at] ?? "";
  if (code in FIXED || code === "s" || code === "o" || code === "g" || code === "v") return at + 1;
  if (depth < MAX_DEPTH) {
    if (code === "a") return endOfType(signature, at + 1, depth + 1);
    const close = code === "(" ? ")" : code === "{" ? "}" : "";
    if (close !== "") {
      let end = at + 1;
      while (end < signature.length && signature[end] !== close) end = endOfType(signature, end, depth + 1);
      if (signature[end] === close && end > at + 1) return end + 1;
    }
  }
  throw new DbusError("bad-signature", `${JSON.stringify(signature)} is not a D-Bus signature (at ${at})`);
}

function alignmentOf(type: string): number {
  const code = type[0] ?? "";
  if (code === "(" || code === "{") return 8;
  if (code === "g" || code === "v") return 1;
  return FIXED[code] ?? 4; // strings and arrays start with their length
}

/** The types inside a struct or dictionary entry. */
function membersOf(type: string): string[] {
  return splitSignature(type.slice(1, -1));
}

/**
 * Values in the form they have on the wire, little-endian. Alignment counts from the first byte, as it does in a message,
 * where the body starts at a multiple of 8.
 *
 * @param signature one type for each value
 * @throws {DbusError} code "bad-value" when a value is not of its type
 */
export function encodeValues(signature: string, values: readonly DbusValue[]): Uint8Array {
  const types = splitSignature(signature);
  if (types.length !== values.length) {
    throw new DbusError("bad-value", `signature ${signature} does not fit ${values.length} values`);
  }
  const writer = new Writer();
  for (const [i, type] of types.entries()) put(writer, type, values[i] as DbusValue);
  return writer.bytes();
}

function put(writer: Writer, type: string, value: DbusValue): void {
  writer.align(alignmentOf(type));
  const code = type[0] ?? "";
  if (code === "v") {
    const { signature, value: inner } = check(type, value, isVariant);
    putSignature(writer, signature);
    put(writer, signature, inner);
  } else if (code === "a") {
    putArray(writer, type.slice(1), check(type, value, isList));
  } else if (code === "(" || code === "{") {
    const members = membersOf(type);
    const list = check(type, value, isList);
    if (members.length !== list.length) throw notOf(type, value);
    for (const [i, member] of members.entries()) put(writer, member, list[i] as DbusValue);
  } else if (code === "g") {
    putSignature(writer, check(type, value, isText));
  } else if (code === "s" || code === "o") {
    const text = Buffer.from(check(type, value, isText), "utf8");
    writer.fixed("u", text.length);
    writer.raw(text);
    writer.fixed("y", 0);
  } else if (code === "b") {
    writer.fixed("u", check(type, value, (given) => typeof given === "boolean") ? 1 : 0);
  } else {
    writer.fixed(
      code,
      check(type, value, (given) => typeof given === "number" || typeof given === "bigint"),
    );
  }
}

function putSignature(writer: Writer, signature: string): void {
  splitSignature(signature);
  writer.fixed("y", signature.length);
  writer.raw(Buffer.from(signature, "latin1"));
  writer.fixed("y", 0);
}

/** The length counts the elements only, not the padding before the first. */
function putArray(writer: Writer, type: string, list: readonly DbusValue[]): void {
  const lengthAt = writer.length;
  writer.fixed("u", 0);
  writer.align(alignmentOf(type));
  const start = writer.length;
  for (const item of list) put(writer, type, item);
  writer.setLength(lengthAt, writer.length - start);
}

function isVariant(value: DbusValue): value is Variant {
  return typeof value === "object" && !Array.isArray(value);
}
function isList(value: DbusValue): value is readonly DbusValue[] {
  return Array.isArray(value);
}
function isText(value: DbusValue): value is string {
  return typeof value === "string" && !value.includes("\0");
}

function check<T extends DbusValue>(
  type: string,
  value: DbusValue,
  isRight: (value: DbusValue) => value is T,
): T {
  if (isRight(value)) return value;
  throw notOf(type, value);
}

function notOf(type: string, value: DbusValue): DbusError {
  return new DbusError("bad-value", `${typeof value} ${String(value)} is not of D-Bus type ${type}`);
}

class Writer {
  #buffer = Buffer.alloc(512);
  length = 0;

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.length);
  }

  align(alignment: number): void {
    const end = Math.ceil(this.length / alignment) * alignment;
    this.#reserve(end - this.length);
    this.length = end; // what is reserved is zero
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  fixed(code: string, value: number | bigint): void {
    const size = FIXED[code] ?? 0;
    this.#reserve(size);
    try {
      writeFixed(this.#buffer, code, value, this.length);
    } catch {
      throw notOf(code, value); // out of range
    }
    this.length += size;
  }

  setLength(at: number, length: number): void {
    this.#buffer.writeUInt32LE(length, at);
  }

  #reserve(count: number): void {
    if (this.length + count <= this.#buffer.length) return;
    const larger = Buffer.alloc(Math.max(2 * this.#buffer.length, this.length + count));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}

function writeFixed(buffer: Buffer, code: string, value: number | bigint, at: number): void {
  if (code === "x") buffer.writeBigInt64LE(BigInt(value), at);
  else if (code === "t") buffer.writeBigUInt64LE(BigInt(value), at);
  else if (code === "d") buffer.writeDoubleLE(Number(value), at);
  else if (!Number.isInteger(Number(value))) throw notOf(code, value);
  else if (code === "y") buffer.writeUInt8(Number(value), at);
  else if (code === "n") buffer.writeInt16LE(Number(value), at);
  else if (code === "q") buffer.writeUInt16LE(Number(value), at);
  else if (code === "i") buffer.writeInt32LE(Number(value), at);
  else buffer.writeUInt32LE(Number(value), at);
}

/**
 * What `encodeValues` has written, or the other side has, in either byte order.
 *
 * @throws {DbusError} code "bad-message" for bytes that end too early or lengths that are not possible
 */
export function decodeValues(signature: string, bytes: Uint8Array, isLittleEndian = true): DbusValue[] {
  const reader = new Reader(bytes, isLittleEndian);
  return splitSignature(signature).map((type) => take(reader, type, 0));
}

function take(reader: Reader, type: string, depth: number): DbusValue {
  if (depth > 2 * MAX_DEPTH) throw new DbusError("bad-message", "D-Bus value nested too deeply");
  reader.align(alignmentOf(type));
  switch (type[0]) {
    case "v": {
      const signature = reader.signature();
      if (splitSignature(signature).length !== 1) {
        throw new DbusError("bad-message", `a D-Bus variant of type ${JSON.stringify(signature)}`);
      }
      return { signature, value: take(reader, signature, depth + 1) };
    }
    case "a":
      return takeArray(reader, type.slice(1), depth);
    case "(":
    case "{":
      return membersOf(type).map((member) => take(reader, member, depth + 1));
    case "g":
      return reader.signature();
    case "s":
    case "o":
      return reader.text(Number(reader.fixed("u")));
    case "b":
      return Number(reader.fixed("u")) === 1;
    default:
      return reader.fixed(type);
  }
}

function takeArray(reader: Reader, type: string, depth: number): DbusValue[] {
  const length = Number(reader.fixed("u"));
  if (length > MAX_ARRAY_BYTES) throw new DbusError("bad-message", `a D-Bus array of ${length} bytes`);
  reader.align(alignmentOf(type));
  const end = reader.at + length;
  const list: DbusValue[] = [];
  while (reader.at < end) list.push(take(reader, type, depth + 1));
  if (reader.at !== end) throw new DbusError("bad-message", `a D-Bus array ends within an element`);
  return list;
}

class Reader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #isLittleEndian: boolean;
  at = 0;

  constructor(bytes: Uint8Array, isLittleEndian: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#isLittleEndian = isLittleEndian;
  }

  align(alignment: number): void {
    this.at = Math.ceil(this.at / alignment) * alignment;
  }

  fixed(code: string): number | bigint {
    const at = this.#pass(FIXED[code] ?? 0);
    const [view, little] = [this.#view, this.#isLittleEndian];
    if (code === "x") return view.getBigInt64(at, little);
    if (code === "t") return view.getBigUint64(at, little);
    if (code === "d") return view.getFloat64(at, little);
    if (code === "y") return view.getUint8(at);
    if (code === "n") return view.getInt16(at, little);
    if (code === "q") return view.getUint16(at, little);
    if (code === "i") return view.getInt32(at, little);
    return view.getUint32(at, little);
  }

  /** A string of this length and the NUL after it. */
  text(length: number): string {
    const at = this.#pass(length + 1);
    return Buffer.from(this.#bytes.subarray(at, at + length)).toString("utf8");
  }

  signature(): string {
    return this.text(Number(this.fixed("y")));
  }

  #pass(count: number): number {
    const at = this.at;
    if (at + count > this.#bytes.length) throw new DbusError("bad-message", "a D-Bus message ends too early");
    this.at += count;
    return at;
  }
}
