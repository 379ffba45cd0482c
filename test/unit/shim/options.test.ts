import { describe, expect, it } from "vitest";
import { containerd, runtimeoptions } from "../../../src/gen/options.js";
import { NO_OPTIONS, parseOptions } from "../../../src/shim/options.ts";

const { Options } = containerd.runc.v1;
const { CreateOptions } = containerd.linux.runc;
const TYPE = "containerd.runc.v1.Options";
const runc = (fields: Parameters<typeof Options.encode>[0], typeUrl = TYPE) => ({
  typeUrl,
  value: Options.encode(fields).finish(),
});

describe("parseOptions()", () => {
  it.each([
    ["nothing", undefined],
    ["an Any without a type", { typeUrl: "", value: new Uint8Array(0) }],
    ["runc's, empty", runc({})],
    ["a runtime's empty configuration", { typeUrl: "runtimeoptions.v1.Options", value: new Uint8Array(0) }],
    ["what the monitor does by itself", runc({ ioUid: 1000, ioGid: 1000 })],
    ["our own name", runc({ binaryName: "gantry-runtime" })],
  ])("asks for nothing with %s", async (_, any) => {
    expect(await parseOptions(any)).toEqual(NO_OPTIONS);
  });

  it.each([TYPE, `type.googleapis.com/${TYPE}`, `a/b/${TYPE}`])("knows the type %s", async (typeUrl) => {
    expect(await parseOptions(runc({ noPivotRoot: true }, typeUrl))).toMatchObject({ noPivot: true });
  });

  it("takes the path of a configuration, and refuses one that is not absolute or not there to be read", async () => {
    const generic = (configPath: string) => ({
      typeUrl: "runtimeoptions.v1.Options",
      value: runtimeoptions.v1.Options.encode({ configPath }).finish(),
    });
    expect(await parseOptions(generic("/etc/x.toml"))).toEqual({ ...NO_OPTIONS, configPath: "/etc/x.toml" });
    const bad = { code: "bad-request" };
    await expect(parseOptions(generic("x.toml"))).rejects.toMatchObject(bad);
    const garbled = { typeUrl: "runtimeoptions.v1.Options", value: Buffer.from("x") };
    await expect(parseOptions(garbled)).rejects.toMatchObject(bad);
  });

  it("takes what it can fulfil", async () => {
    const any = runc({
      noPivotRoot: true,
      noNewKeyring: true,
      shimCgroup: "/shims",
      binaryName: "/opt/bin/gantry-runtime",
      root: "/run/elsewhere",
    });
    expect(await parseOptions(any)).toMatchObject({
      noPivot: true,
      noNewKeyring: true,
      shimCgroup: "/shims",
      runtimePath: "/opt/bin/gantry-runtime",
      root: "/run/elsewhere",
    });
  });

  it("takes the same from what clients of containerd 1.x send to a runtime of another name than runc's", async () => {
    const fields = {
      noPivotRoot: true,
      noNewKeyring: true,
      shimCgroup: "/shims",
      ioUid: 7,
      criuWorkPath: "/w",
    };
    const any = {
      typeUrl: "containerd.linux.runc.CreateOptions",
      value: CreateOptions.encode(fields).finish(),
    };
    expect(await parseOptions(any)).toEqual({
      ...NO_OPTIONS,
      noPivot: true,
      noNewKeyring: true,
      shimCgroup: "/shims",
    });
  });

  it.each([
    ["another runtime by name", runc({ binaryName: "runc" }), "refused"],
    ["another runtime by path", runc({ binaryName: "/usr/bin/crun" }), "refused"],
    ["a relative path of our own", runc({ binaryName: "bin/gantry-runtime" }), "refused"],
    ["a relative root", runc({ root: "run" }), "bad-request"],
    ["another type", { typeUrl: "example.Options", value: new Uint8Array(0) }, "bad-request"],
    ["another type whose name ends alike", { typeUrl: `x${TYPE}`, value: new Uint8Array(0) }, "bad-request"],
    ["bytes that are no message", { typeUrl: TYPE, value: Uint8Array.from([0xff, 0xff]) }, "bad-request"],
    [
      "a field of another type",
      { typeUrl: "containerd.linux.runc.CreateOptions", value: Uint8Array.from([0x4a, 9]) },
      "bad-request",
    ],
  ])("refuses %s", async (_, any, code) => {
    await expect(parseOptions(any)).rejects.toMatchObject({ code });
  });
});
