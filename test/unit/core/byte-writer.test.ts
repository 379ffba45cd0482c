import { describe, expect, it } from "vitest";
import { ByteWriter } from "../../../src/core/byte-writer.ts";

describe("ByteWriter", () => {
  it("keeps every byte when it grows, at every offset of every width", () => {
    for (let before = 0; before < 9; before++) {
      const out = new ByteWriter(8);
      const expected: number[] = [];
      for (let byte = 0; byte < before; byte++) {
        out.u8(byte);
        expected.push(byte);
      }
      out.u16(0x0201);
      out.u32(0x06050403);
      out.u64(0x0e0d0c0b0a090807n);
      out.i32(-2);
      out.i64(-3n);
      out.raw(Uint8Array.of(9, 8, 7));
      expected.push(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 254, 255, 255, 255);
      expected.push(253, 255, 255, 255, 255, 255, 255, 255, 9, 8, 7);
      expect([...out.finish()]).toEqual(expected);
      expect(out.length).toBe(expected.length);
    }
  });

  it("fills in a length later, only where something was written", () => {
    const out = new ByteWriter(1);
    out.u32(0);
    out.patchU32(0, 5);
    expect([...out.finish()]).toEqual([5, 0, 0, 0]);
    expect(() => out.patchU32(1, 5)).toThrow(RangeError);
  });

  it("throws instead of cutting a value off", () => {
    const out = new ByteWriter();
    expect(() => out.u8(256)).toThrow(RangeError);
    expect(() => out.u16(-1)).toThrow(RangeError);
    expect(() => out.u32(2 ** 32)).toThrow(RangeError);
    expect(() => out.i32(2 ** 31)).toThrow(RangeError);
    expect(() => out.u64(-1n)).toThrow(RangeError);
    expect(() => out.i64(2n ** 63n)).toThrow(RangeError);
    expect(() => out.u32(Number.NaN)).toThrow(RangeError);
  });
});
