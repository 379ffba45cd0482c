import { describe, expect, it } from "vitest";
import { containerd, google } from "../../../src/gen/bootstrap.js";
import { encodeBootstrapResult, parseStartInput } from "../../../src/shim/bootstrap.ts";

const { BootstrapParams, BootstrapResult } = containerd.runtime.bootstrap.v1;
const ARGS = { id: "c1", containerdNamespace: "k8s.io" };
const OPTIONS = { typeUrl: "containerd.runc.v1.Options", value: Buffer.from("2\x04runc") };

const params = (fields: Parameters<typeof BootstrapParams.encode>[0]): Uint8Array =>
  BootstrapParams.encode({ instanceId: "c1", namespace: "k8s.io", ...fields }).finish();
const any = (typeUrl: string, value: Uint8Array): Uint8Array =>
  google.protobuf.Any.encode({ typeUrl, value }).finish();

describe("parseStartInput()", () => {
  it("takes an empty input for a containerd up to 2.2 without options", async () => {
    expect(await parseStartInput(new Uint8Array(0), ARGS)).toEqual({ generation: "plain" });
  });

  it("takes BootstrapParams of this container for containerd 2.3", async () => {
    const input = params({
      containerdTtrpcAddress: "/t",
      containerdGrpcAddress: "/g",
      socketDir: "/s",
      extensions: [{ value: OPTIONS }],
    });
    expect(await parseStartInput(input, ARGS)).toEqual({
      generation: "bootstrap",
      options: expect.objectContaining({ typeUrl: OPTIONS.typeUrl }),
      isDebug: false,
      ttrpcAddress: "/t",
      grpcAddress: "/g",
      socketDir: "/s",
    });
  });

  it.each([
    [-8, true],
    [-4, true],
    [0, false],
    [4, false],
  ])("takes log level %i for debug: %s", async (logLevel, isDebug) => {
    expect(await parseStartInput(params({ logLevel }), ARGS)).toMatchObject({ isDebug });
  });

  it.each([
    ["another id", { ...ARGS, id: "c2" }],
    ["another namespace", { ...ARGS, containerdNamespace: "default" }],
  ])("does not take BootstrapParams with %s for this containerd's", async (_, args) => {
    expect(await parseStartInput(params({}), args)).toMatchObject({ generation: "plain" });
  });

  it("takes an options Any for one, although it decodes as BootstrapParams", async () => {
    const input = any(OPTIONS.typeUrl, OPTIONS.value);
    expect(BootstrapParams.decode(input).instanceId).toBe(OPTIONS.typeUrl);
    const request = await parseStartInput(input, ARGS);
    expect(request).toMatchObject({ generation: "plain", options: { typeUrl: OPTIONS.typeUrl } });
    expect(Buffer.from(request.options?.value ?? [])).toEqual(OPTIONS.value);
  });

  it("takes an Any for one even when its parts are this container's id and namespace as text", async () => {
    // Nobody's options are of a type "c1"; what matters is that it cannot be told apart, and so must be BootstrapParams.
    const request = await parseStartInput(any("c1", Buffer.from("k8s.io")), ARGS);
    expect(request.generation).toBe("bootstrap");
  });

  it("skips extensions without a value", async () => {
    const request = await parseStartInput(params({ extensions: [{}, { value: OPTIONS }] }), ARGS);
    expect(request.options?.typeUrl).toBe(OPTIONS.typeUrl);
  });

  it.each([
    ["half a field", [0x0a, 0x05, 0x61]],
    ["an endless number", [0xff, 0xff]],
  ])("refuses %s", async (_, bytes) => {
    await expect(parseStartInput(Uint8Array.from(bytes), ARGS)).rejects.toMatchObject({
      code: "bad-arguments",
    });
  });
});

describe("encodeBootstrapResult()", () => {
  it("writes version, address and protocol in the order of their numbers", async () => {
    const bytes = await encodeBootstrapResult(3, "unix:///s");
    expect(Buffer.from(bytes).toString("latin1")).toBe("\x08\x03\x12\x09unix:///s\x1a\x05ttrpc");
    expect(BootstrapResult.decode(bytes)).toMatchObject({
      version: 3,
      address: "unix:///s",
      protocol: "ttrpc",
    });
  });
});
