import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { containerd } from "../../../src/gen/bootstrap.js";
import { encodeAny, runcOptions, ShimBench, type ShimCallOptions } from "./harness.ts";

const FEATURES_TYPE = "types.containerd.io/opencontainers/runtime-spec/1/features/Features";

let shim: ShimBench;
beforeEach(async () => {
  shim = await ShimBench.open();
});
afterEach(() => shim.dispose());

async function info(call: ShimCallOptions = {}) {
  const called = await shim.callRaw(["-info"], call);
  expect(called).toMatchObject({ code: 0, stderr: "" });
  return containerd.types.RuntimeInfo.decode(called.stdout);
}

describe("-info", () => {
  it.each<[string, ShimCallOptions]>([
    ["/dev/null", {}],
    ["an empty standard input", { input: new Uint8Array(0) }],
  ])("describes shim and runtime without options, given %s", async (_, call) => {
    const startedAt = performance.now();
    const { name, version, options, features } = await info(call);
    // The first Create of containerd 2.2 waits for this; two processes take some 50 ms, and much longer on a busy machine.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(name).toBe("io.containerd.gantry.v2");
    expect(version?.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(options).toBeNull();
    expect(features?.typeUrl).toBe(FEATURES_TYPE);
  });

  it("always tells of Linux, and of id-mapped mounts: containerd looks there without looking first", async () => {
    const { features } = await info();
    const document = JSON.parse(Buffer.from(features?.value ?? []).toString());
    expect(document).toMatchObject({
      ociVersionMin: expect.stringMatching(/^1\./),
      linux: {
        namespaces: expect.arrayContaining(["pid", "mount"]),
        mountExtensions: { idmap: { enabled: expect.any(Boolean) } },
      },
    });
  });

  it("gives the options back that it was asked with", async () => {
    const any = runcOptions({ root: "/run/elsewhere" });
    const { options } = await info({ input: encodeAny(any) });
    expect(options?.typeUrl).toBe(any.typeUrl);
    expect(Buffer.from(options?.value ?? [])).toEqual(Buffer.from(any.value));
  });

  it("asks the runtime of GANTRY_RUNTIME_PATH", async () => {
    const program = join(shim.bench.dir, "gantry-runtime");
    writeFileSync(program, `#!/bin/sh\necho '{"asked":"'"$3"'"}'\n`, { mode: 0o755 });
    const { features } = await info({ env: { GANTRY_RUNTIME_PATH: program } });
    expect(JSON.parse(Buffer.from(features?.value ?? []).toString())).toEqual({ asked: "features" });
  });

  it.each<[string, ShimCallOptions, RegExp]>([
    ["a missing runtime", { env: { GANTRY_RUNTIME_PATH: "/no/such/runtime" } }, /\/no\/such\/runtime/],
    ["a runtime that fails", { env: { GANTRY_RUNTIME_PATH: "/bin/false" } }, /features/],
    ["rubbish on standard input", { input: Buffer.from([0xff, 0xff]) }, /standard input/],
    ["unknown options", { input: encodeAny({ typeUrl: "a.b", value: Buffer.from("x") }) }, /"a\.b"/],
  ])("fails with one line for %s", async (_, call, says) => {
    const called = await shim.callRaw(["-info"], call);
    expect(called).toMatchObject({ code: 1, stderr: expect.stringMatching(says) });
    expect(called.stderr).toMatch(/^[^\n]+\n$/);
    expect(called.stdout.length).toBe(0);
  });
});
