import { describe, expect, it } from "vitest";
import {
  type DbusValue,
  decodeValues,
  encodeValues,
  splitSignature,
} from "../../../../src/host/dbus/wire.ts";

describe("splitSignature()", () => {
  it.each([
    ["", []],
    ["sa(sv)u", ["s", "a(sv)", "u"]],
    ["a{sv}aay(i(uu))", ["a{sv}", "aay", "(i(uu))"]],
  ])("%j is %j", (signature, types) => {
    expect(splitSignature(signature)).toEqual(types);
  });

  it.each(["a", "(", "()", "(s", "s)", "z", "a{", `${"a".repeat(40)}s`])("refuses %j", (signature) => {
    expect(() => splitSignature(signature)).toThrowError(expect.objectContaining({ code: "bad-signature" }));
  });
});

describe("encodeValues()", () => {
  // By hand, from the examples of the D-Bus Specification, "Marshaling".
  it.each<[string, DbusValue[], string]>([
    ["u", [1], "01000000"],
    ["yu", [1, 2], "0100000002000000"],
    ["yt", [1, 2n], "01000000000000000200000000000000"],
    ["b", [true], "01000000"],
    ["s", ["foo"], "03000000666f6f00"],
    ["g", ["ai"], "02616900"],
    ["ax", [[5n]], "08000000000000000500000000000000"],
    ["ay", [[1, 2, 3]], "03000000010203"],
    ["v", [{ signature: "u", value: 7 }], "0175000007000000"],
    ["a(sv)", [[]], "0000000000000000"],
    ["(yu)", [[1, 2]], "0100000002000000"],
  ])("writes %s, %o", (signature, values, hex) => {
    expect(Buffer.from(encodeValues(signature, values)).toString("hex")).toBe(hex);
  });

  it("grows with what is written", () => {
    const list = Array.from({ length: 1000 }, (_, i) => `unit-${i}`);
    expect(decodeValues("as", encodeValues("as", [list]))).toEqual([list]);
  });

  it.each<[string, DbusValue[]]>([
    ["s", [1]],
    ["s", ["a\0b"]],
    ["u", ["1"]],
    ["u", [-1]],
    ["y", [256]],
    ["t", [-1n]],
    ["u", [1.5]],
    ["b", [1]],
    ["as", ["a"]],
    ["(su)", [["a"]]],
    ["v", ["a"]],
    ["ss", ["a"]],
  ])("refuses %s for %o", (signature, values) => {
    expect(() => encodeValues(signature, values)).toThrowError(
      expect.objectContaining({ code: "bad-value" }),
    );
  });
});

describe("decodeValues()", () => {
  it("reads what was written", () => {
    const signature = "ybnqiuxtdsogva(sv)a{sv}aay(uoss)";
    const values: DbusValue[] = [
      255,
      false,
      -3,
      65535,
      -70000,
      4294967295,
      -5n,
      2n ** 64n - 1n,
      0.5,
      "grüße",
      "/org/x",
      "a(sv)",
      { signature: "a(ss)", value: [["/dev/char/1:3", "rwm"]] },
      [["PIDs", { signature: "au", value: [7] }]],
      [["key", { signature: "b", value: true }]],
      [[1, 2], []],
      [1, "/job/1", "a.scope", "done"],
    ];
    expect(decodeValues(signature, encodeValues(signature, values))).toEqual(values);
  });

  it("reads the other byte order", () => {
    expect(decodeValues("us", Buffer.from("0000000100000001 6100".replace(" ", ""), "hex"), false)).toEqual([
      1,
      "a",
    ]);
  });

  it.each([
    ["u", "0100"],
    ["s", "ff00000061"],
    ["as", "ffffff7f"],
    ["ay", "05000000 01"],
    ["au", "02000000 01000000"],
    ["v", "027575000100000002000000"],
  ])("refuses %s from %s", (signature, hex) => {
    const bytes = Buffer.from(hex.replace(" ", ""), "hex");
    expect(() => decodeValues(signature, bytes)).toThrowError(
      expect.objectContaining({ code: "bad-message" }),
    );
  });

  it("refuses a variant in a variant in a variant without end", () => {
    const bytes = Buffer.from(`${"017600".repeat(200)}`, "hex");
    expect(() => decodeValues("v", bytes)).toThrowError(expect.objectContaining({ code: "bad-message" }));
  });
});
