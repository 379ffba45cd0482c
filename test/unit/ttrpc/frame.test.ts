import { describe, expect, it } from "vitest";
import {
  type Decoded,
  encodeFrame,
  type Frame,
  FrameDecoder,
  HEADER_BYTES,
  MAX_DATA_BYTES,
} from "../../../src/ttrpc/frame.ts";

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

describe("encodeFrame()", () => {
  it("writes length, stream id, type and flags big-endian before the data", () => {
    const frame = encodeFrame({ streamId: 0x01020304, type: 3, flags: 5, data: bytes("aabbcc") });
    expect(Buffer.from(frame).toString("hex")).toBe("00000003010203040305aabbcc");
  });

  it("takes exactly 4 MiB of data and refuses one byte more", () => {
    const fits = encodeFrame({ streamId: 1, type: 1, flags: 0, data: new Uint8Array(MAX_DATA_BYTES) });
    expect(fits.length).toBe(HEADER_BYTES + MAX_DATA_BYTES);
    expect(() =>
      encodeFrame({ streamId: 1, type: 1, flags: 0, data: new Uint8Array(MAX_DATA_BYTES + 1) }),
    ).toThrow(RangeError);
  });
});

describe("FrameDecoder", () => {
  it("decodes a frame with the largest id, an unknown type and unknown flags as it is", () => {
    expect(new FrameDecoder().push(bytes("00000000 ffffffff fe ff")).map(plain)).toEqual([
      { kind: "frame", streamId: 0xffffffff, type: 0xfe, flags: 0xff, data: "" },
    ]);
  });

  it("decodes frames of every size whatever two places the bytes are cut at", () => {
    const frames: Frame[] = [0, 1, 2, 11].map((size, i) => ({
      streamId: 2 * i + 1,
      type: 1 + (i % 3),
      flags: i,
      data: Uint8Array.from({ length: size }, (_, at) => at + i),
    }));
    const stream = Buffer.concat(frames.map(encodeFrame));
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= stream.length; second++) {
        const decoder = new FrameDecoder();
        const decoded = [
          stream.subarray(0, first),
          stream.subarray(first, second),
          stream.subarray(second),
        ].flatMap((chunk) => decoder.push(chunk));
        expect(decoded.map(plain)).toEqual(frames.map((frame) => plain({ kind: "frame", ...frame })));
        expect(decoder.isMidFrame).toBe(false);
      }
    }
  });

  it("hands out a frame that lies whole in the chunk without copying it", () => {
    const chunk = Buffer.from(encodeFrame({ streamId: 1, type: 1, flags: 0, data: bytes("0102") }));
    const [decoded] = new FrameDecoder().push(chunk);
    if (decoded?.kind !== "frame") throw new Error("expected a frame");
    expect(decoded.data.buffer).toBe(chunk.buffer);
  });

  it("reports an oversize frame once, skips its data and decodes the next frame", () => {
    const decoder = new FrameDecoder();
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32BE(MAX_DATA_BYTES + 1, 0);
    header.writeUInt32BE(7, 4);
    header[8] = 1;
    const next = encodeFrame({ streamId: 9, type: 1, flags: 0, data: bytes("ff") });
    const decoded: Decoded[] = decoder.push(header);
    expect(decoder.isMidFrame).toBe(true);
    const piece = new Uint8Array(64 * 1024);
    for (let left = MAX_DATA_BYTES + 1; left > 0; left -= piece.length) {
      decoded.push(...decoder.push(piece.subarray(0, Math.min(left, piece.length))));
      expect(decoder.heldBytes).toBe(0);
    }
    decoded.push(...decoder.push(next));
    expect(decoded.map(plain)).toEqual([
      { kind: "oversize", streamId: 7, type: 1, flags: 0, lengthBytes: MAX_DATA_BYTES + 1 },
      { kind: "frame", streamId: 9, type: 1, flags: 0, data: "ff" },
    ]);
  });

  it("skips the largest length a header can announce without holding any of it", () => {
    const decoder = new FrameDecoder();
    expect(decoder.push(bytes("ffffffff 00000001 01 00")).map(plain)).toEqual([
      { kind: "oversize", streamId: 1, type: 1, flags: 0, lengthBytes: 0xffffffff },
    ]);
    decoder.push(new Uint8Array(1024 * 1024));
    expect(decoder.heldBytes).toBe(0);
    expect(decoder.isMidFrame).toBe(true);
  });

  it("takes 4 MiB of data in single bytes and never holds more than twice what has come", () => {
    const decoder = new FrameDecoder();
    const header = bytes("00400000 00000001 01 00");
    for (const byte of header) decoder.push(Uint8Array.of(byte));
    expect(decoder.heldBytes).toBe(0);
    const one = Uint8Array.of(1);
    let decoded: Decoded[] = [];
    for (let got = 1; got <= MAX_DATA_BYTES; got++) {
      decoded = decoder.push(one);
      if (decoder.heldBytes > Math.max(2 * got, 4096)) {
        throw new Error(`${decoder.heldBytes} bytes held after ${got}`);
      }
    }
    expect(decoded).toHaveLength(1);
    expect(decoder.heldBytes).toBe(0);
  });

  it.each(["00", "00000001 00000001 01", "00000002 00000001 01 00 aa"])("is mid-frame after %s", (hex) => {
    const decoder = new FrameDecoder();
    expect(decoder.push(bytes(hex))).toEqual([]);
    expect(decoder.isMidFrame).toBe(true);
  });
});

describe("FrameDecoder, fuzzed", () => {
  const LIMIT = 300;
  const seeds = Array.from({ length: 20 }, (_, i) => 0x9e3779b9 * (i + 1));

  it.each(seeds)(
    "agrees with a decoder of the whole input on random frames in random pieces, seed %i",
    (seed) => {
      const random = randomFrom(seed);
      for (let round = 0; round < 200; round++) {
        const frames = Array.from({ length: 1 + below(random, 6) }, () => randomFrame(random, LIMIT + 50));
        // Half of the inputs end inside a frame.
        const whole = Buffer.concat(frames);
        const stream = whole.subarray(0, random() < 0.5 ? whole.length : below(random, whole.length));
        const decoder = new FrameDecoder(LIMIT);
        const decoded: Decoded[] = [];
        for (let at = 0; at < stream.length; ) {
          const end = at + 1 + below(random, random() < 0.3 ? 3 : 400);
          decoded.push(...decoder.push(Buffer.from(stream.subarray(at, end))));
          expect(decoder.heldBytes).toBeLessThanOrEqual(LIMIT);
          at = end;
        }
        const reference = decodeWhole(stream, LIMIT);
        expect(decoded.map(plain)).toEqual(reference.decoded.map(plain));
        expect(decoder.isMidFrame).toBe(reference.isMidFrame);
      }
    },
  );

  it.each(seeds)("takes any bytes at all: no throw, no more than the limit held, seed %i", (seed) => {
    const random = randomFrom(seed);
    const decoder = new FrameDecoder();
    let got = 0;
    for (let round = 0; round < 2000; round++) {
      // Small first bytes make plausible lengths; the rest is noise.
      const noise = Uint8Array.from({ length: below(random, 64) }, () =>
        random() < 0.6 ? 0 : below(random, 256),
      );
      got += noise.length;
      const decoded = decoder.push(noise);
      expect(decoded.length).toBeLessThanOrEqual(noise.length);
      expect(decoder.heldBytes).toBeLessThanOrEqual(Math.max(4096, Math.min(2 * got, MAX_DATA_BYTES)));
    }
  });
});

/** The obvious decoder, which sees all bytes at once. */
function decodeWhole(stream: Buffer, limit: number): { decoded: Decoded[]; isMidFrame: boolean } {
  const decoded: Decoded[] = [];
  let at = 0;
  while (stream.length - at >= HEADER_BYTES) {
    const lengthBytes = stream.readUInt32BE(at);
    const end = at + HEADER_BYTES + lengthBytes;
    const fields = {
      streamId: stream.readUInt32BE(at + 4),
      type: stream[at + 8] ?? 0,
      flags: stream[at + 9] ?? 0,
    };
    if (lengthBytes > limit) decoded.push({ kind: "oversize", ...fields, lengthBytes });
    else if (end <= stream.length) {
      decoded.push({ kind: "frame", ...fields, data: stream.subarray(at + HEADER_BYTES, end) });
    }
    if (end > stream.length) return { decoded, isMidFrame: true };
    at = end;
  }
  return { decoded, isMidFrame: at < stream.length };
}

function randomFrame(random: () => number, maxBytes: number): Buffer {
  const length = random() < 0.2 ? 0 : below(random, maxBytes);
  const frame = Buffer.alloc(HEADER_BYTES + length);
  frame.writeUInt32BE(length, 0);
  frame.writeUInt32BE(below(random, 2 ** 32), 4);
  frame[8] = below(random, 256);
  frame[9] = below(random, 256);
  for (let i = HEADER_BYTES; i < frame.length; i++) frame[i] = below(random, 256);
  return frame;
}

function plain(decoded: Decoded): unknown {
  return decoded.kind === "frame" ? { ...decoded, data: Buffer.from(decoded.data).toString("hex") } : decoded;
}

/** mulberry32: small, and the same sequence on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit);
}
