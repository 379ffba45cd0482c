import Long from "long";
import { describe, expect, it } from "vitest";
import { containerd } from "../../../src/gen/events.js";
import { io } from "../../../src/gen/metrics.js";
import { google } from "../../../src/gen/ttrpc.js";
import { timeNsOf, timestampOf, typeNameOf } from "../../../src/ttrpc/well-known.ts";

describe("timestampOf() and timeNsOf()", () => {
  it.each([
    [0n, "0", 0],
    [1n, "0", 1],
    [1_700_000_000_123_456_789n, "1700000000", 123_456_789],
    [-1n, "-1", 999_999_999],
    [-1_000_000_000n, "-1", 0],
    // Go's zero time: year 1.
    [-62_135_596_800_000_000_000n, "-62135596800", 0],
  ])("carry %s ns to the wire and back", (timeNs, seconds, nanos) => {
    const timestamp = timestampOf(timeNs);
    expect(timestamp.seconds.toString()).toBe(seconds);
    expect(timestamp.nanos).toBe(nanos);
    const { Timestamp } = google.protobuf;
    expect(timeNsOf(Timestamp.decode(Timestamp.encode(timestamp).finish()))).toBe(timeNs);
  });

  it("take an absent timestamp for the epoch", () => {
    expect(timeNsOf(undefined)).toBe(0n);
    expect(timeNsOf(null)).toBe(0n);
  });
});

describe("typeNameOf()", () => {
  it.each([
    ["containerd.runc.v1.Options", "containerd.runc.v1.Options"],
    ["type.googleapis.com/containerd.runc.v1.Options", "containerd.runc.v1.Options"],
    ["types.containerd.io/opencontainers/runtime-spec/1/Process", "Process"],
    ["", ""],
  ])("%j is %j", (typeUrl, name) => {
    expect(typeNameOf(typeUrl)).toBe(name);
  });
});

describe("the generated codecs", () => {
  it("keep 64-bit values whole", () => {
    const { Metrics } = io.containerd.cgroups.v2;
    const usageLimit = Long.MAX_UNSIGNED_VALUE;
    const decoded = Metrics.decode(Metrics.encode({ memory: { usageLimit } }).finish());
    expect(decoded.memory?.usageLimit?.toString()).toBe("18446744073709551615");
  });

  it("write an exit event as the wire format says, byte for byte", () => {
    const exit = {
      containerId: "c",
      id: "e",
      pid: 300,
      exitStatus: 137,
      exitedAt: timestampOf(2_000_000_003n),
    };
    expect(Buffer.from(containerd.events.TaskExit.encode(exit).finish()).toString("hex")).toBe(
      "0a0163" + "120165" + "18ac02" + "208901" + "2a0408021003",
    );
  });
});
