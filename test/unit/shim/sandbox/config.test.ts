import { describe, expect, it } from "vitest";
import { runtime } from "../../../../src/gen/cri.js";
import { parseSandboxConfig } from "../../../../src/shim/sandbox/config.ts";

const { NamespaceMode, PodSandboxConfig } = runtime.v1;

function config(pod: runtime.v1.PodSandboxConfig.$Properties, typeUrl = "runtime.v1.PodSandboxConfig") {
  return parseSandboxConfig({ typeUrl, value: PodSandboxConfig.encode(pod).finish() });
}

describe("parseSandboxConfig()", () => {
  it("takes no options for a sandbox with everything of its own", () => {
    expect(parseSandboxConfig(undefined)).toMatchObject({ hasHostNetwork: false, resolvConf: undefined });
  });

  it("reads a pod of Kubernetes", () => {
    const namespaceOptions = { network: NamespaceMode.NODE, pid: NamespaceMode.CONTAINER };
    const linux = {
      cgroupParent: "/pods/a",
      sysctls: { "kernel.msgmax": "1" },
      securityContext: { namespaceOptions },
    };
    const dnsConfig = { servers: ["10.0.0.1", "10.0.0.2"], searches: ["a", "b"], options: [] };
    expect(config({ hostname: "web", dnsConfig, linux }, "type.example/runtime.v1.PodSandboxConfig")).toEqual(
      {
        hostname: "web",
        resolvConf: "search a b\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n",
        cgroupParent: "/pods/a",
        sysctls: { "kernel.msgmax": "1" },
        hasHostNetwork: true,
        hasHostPid: false,
        hasHostIpc: false,
      },
    );
  });

  it("refuses a user namespace, but not the mode that means none", () => {
    const pod = (mode: runtime.v1.NamespaceMode) => ({
      linux: { securityContext: { namespaceOptions: { usernsOptions: { mode } } } },
    });
    expect(() => config(pod(NamespaceMode.POD))).toThrow(expect.objectContaining({ code: "unsupported" }));
    expect(config(pod(NamespaceMode.NODE)).hasHostPid).toBe(false);
  });

  it("refuses what it does not know and what it cannot decode", () => {
    for (const any of [
      { typeUrl: "some.Type", value: new Uint8Array(0) },
      { typeUrl: "runtime.v1.PodSandboxConfig", value: Buffer.from([0xff, 0xff]) },
    ])
      expect(() => parseSandboxConfig(any)).toThrow(expect.objectContaining({ code: "bad-request" }));
  });
});
