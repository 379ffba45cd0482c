/** Collects little-endian fields and grows as needed. Range checks are the caller's: what does not fit throws. */
export class ByteWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 4096) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    const offset = this.#reserve(1);
    this.#view.setUint8(offset, check(value, 0, 0xff));
  }

  u16(value: number): void {
    const offset = this.#reserve(2);
    this.#view.setUint16(offset, check(value, 0, 0xffff), true);
  }

  u32(value: number): void {
    const offset = this.#reserve(4);
    this.#view.setUint32(offset, check(value, 0, 0xffffffff), true);
  }

  i32(value: number): void {
    const offset = this.#reserve(4);
    this.#view.setInt32(offset, check(value, -0x80000000, 0x7fffffff), true);
  }

  u64(value: bigint): void {
    if (BigInt.asUintN(64, value) !== value) throw new RangeError(`${value} does not fit into 64 bits`);
    const offset = this.#reserve(8);
    this.#view.setBigUint64(offset, value, true);
  }

  i64(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value) throw new RangeError(`${value} does not fit into 64 signed bits`);
    const offset = this.#reserve(8);
    this.#view.setBigInt64(offset, value, true);
  }

  /** The bytes alone, without a length. */
  raw(bytes: Uint8Array): void {
    const offset = this.#reserve(bytes.length);
    this.#bytes.set(bytes, offset);
  }

  /** Write a length that was not known when its place was left free with `u32(0)`. */
  patchU32(offset: number, value: number): void {
    if (offset + 4 > this.#length) throw new RangeError(`offset ${offset} has not been written yet`);
    this.#view.setUint32(offset, check(value, 0, 0xffffffff), true);
  }

  /** A copy of everything written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Room for `count` more bytes. It may replace buffer and view, so callers look at those afterwards only. */
  #reserve(count: number): number {
    const offset = this.#length;
    const needed = offset + count;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = needed;
    return offset;
  }
}

function check(value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${value} is not an integer between ${min} and ${max}`);
  }
  return value;
}
