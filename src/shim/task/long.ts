import Long from "long";

/** A counter as protobufjs wants it. Unsigned; what does not fit into 64 bits is cut to the largest number that does. */
export function toLong(value: bigint): Long {
  const clamped = value < 0n ? 0n : value > 2n ** 64n - 1n ? 2n ** 64n - 1n : value;
  return Long.fromBits(Number(clamped & 0xffff_ffffn) | 0, Number(clamped >> 32n) | 0, true);
}
