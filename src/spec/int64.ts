import type { Int64 } from "./types.ts";

export const MAX_U32 = 2 ** 32 - 1;
export const MAX_U64 = 2n ** 64n - 1n;
export const MAX_I64 = 2n ** 63n - 1n;
export const MIN_I64 = -(2n ** 63n);

/** A 64-bit field of a spec as a bigint. @throws {RangeError} for a number that is not an integer */
export function toBigInt(value: Int64): bigint {
  return BigInt(value);
}
