import { describe, expect, it } from "vitest";
import {
  agreedVersion,
  decodeAttach,
  decodeHello,
  decodeInvoke,
  decodeReplay,
  decodeResult,
  encodeInvoke,
  encodeMark,
  encodeResult,
  encodeWelcome,
} from "../../../../src/shim/relay/frames.ts";
import { FrameDecoder } from "../../../../src/ttrpc/frame.ts";

function fields(...list: readonly (readonly [number, string])[]): Buffer {
  return Buffer.concat(
    list.map(([tag, text]) => {
      const head = Buffer.alloc(5);
      head.writeUInt8(tag, 0);
      head.writeUInt32BE(Buffer.byteLength(text), 1);
      return Buffer.concat([head, Buffer.from(text)]);
    }),
  );
}

describe("what a front and a stub say", () => {
  it("is read by tag, in any order, and unknown tags are skipped", () => {
    const invoke = fields(
      [2, "-id"],
      [200, "of a later version"],
      [2, "c1"],
      [3, "A=b=c"],
      [3, "EMPTY"],
      [4, "/bundle"],
      [5, "\0input"],
      [6, "/bin/x"],
      [7, "12"],
      [8, "1"],
      [1, "3"],
    );
    expect(decodeInvoke(invoke)).toEqual({
      version: 3,
      args: ["-id", "c1"],
      env: { A: "b=c", EMPTY: "" },
      cwd: "/bundle",
      input: Buffer.from("\0input"),
      executable: "/bin/x",
      pid: 12,
      parentPid: 1,
    });
    expect(decodeHello(fields([1, "1"], [2, "/s"], [3, "5"], [4, "5-77"]))).toEqual({
      version: 1,
      socket: "/s",
      pid: 5,
      epoch: "5-77",
    });
    expect(decodeAttach(fields([1, "1"], [2, "/s"], [3, "5-77"], [4, "2"]))).toMatchObject({ connection: 2 });
    expect(decodeReplay(fields([2, "1"], [3, "1500"]))).toEqual({ strikes: 1, ageMs: 1500 });
  });

  it.each([
    ["a field that is longer than the frame", () => decodeHello(Buffer.from([1, 0, 0, 0, 9, 1]))],
    ["half a field", () => decodeHello(Buffer.from([1, 0, 0]))],
    ["a number that is none", () => decodeReplay(fields([2, "-1"], [3, "0"]))],
    ["an absent number", () => decodeReplay(fields([2, "1"]))],
    ["an epoch that could be a path", () => decodeAttach(fields([1, "1"], [2, "/s"], [3, "../x"], [4, "1"]))],
  ])("is refused: %s", (_, decode) => {
    expect(decode).toThrow(expect.objectContaining({ code: "bad-frame" }));
  });
});

describe("what the server says", () => {
  it.each([
    [
      "RESULT",
      encodeResult({ exitCode: 1, output: Buffer.from("o"), errors: "e", socket: "/s" }),
      { streamId: 0, type: 0x42, data: fields([1, "1"], [2, "1"], [3, "o"], [4, "e"], [5, "/s"]) },
    ],
    ["WELCOME", encodeWelcome(1), { streamId: 0, type: 0x48, data: fields([1, "1"]) }],
    ["MARK", encodeMark(7, "parked"), { streamId: 7, type: 0x46, data: fields([2, "parked"]) }],
  ])("%s is a frame of ttrpc's form", (_, bytes, expected) => {
    expect(new FrameDecoder().push(bytes)).toEqual([{ kind: "frame", flags: 0, ...expected }]);
  });
});

describe("versions", () => {
  it("agreedVersion() is the lower one, whoever is older", () => {
    expect(agreedVersion(1, 2)).toBe(1);
    expect(agreedVersion(2, 1)).toBe(1);
    expect(agreedVersion(2, 2)).toBe(2);
  });

  it("a server of version 2 answers a stub of version 1 with 1", () => {
    const version = agreedVersion(1, 2);
    const [welcome] = new FrameDecoder().push(encodeWelcome(version));
    expect(welcome).toMatchObject({ type: 0x48, data: fields([1, "1"]) });
    const answer = { version, exitCode: 0, output: Buffer.from("{}"), errors: "" };
    const [result] = new FrameDecoder().push(encodeResult(answer));
    if (result?.kind !== "frame") throw new Error("no frame");
    expect(decodeResult(result.data)).toEqual(answer);
  });

  it("encodeInvoke() is what decodeInvoke() reads", () => {
    const call = {
      version: 1,
      args: ["ps"],
      env: { A: "b" },
      cwd: "/",
      input: Buffer.from("i"),
      executable: "/x",
      pid: 5,
      parentPid: 4,
    };
    const [frame] = new FrameDecoder().push(encodeInvoke(call));
    if (frame?.kind !== "frame") throw new Error("no frame");
    expect(decodeInvoke(frame.data)).toEqual(call);
  });
});
