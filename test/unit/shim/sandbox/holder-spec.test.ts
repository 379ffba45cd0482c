import { describe, expect, it } from "vitest";
import { holderMounts, holderSpec } from "../../../../src/shim/sandbox/holder-spec.ts";
import type { SandboxConfig, SandboxRecord } from "../../../../src/shim/sandbox/record.ts";
import { validateSpec } from "../../../../src/spec/validate.ts";

function aRecord(config: Partial<SandboxConfig> = {}, more: Partial<SandboxRecord> = {}): SandboxRecord {
  return {
    id: "p1",
    bundle: "/b",
    stateRoot: "/run/gantry/k8s.io",
    runtimePath: "/bin/gantry-runtime",
    isSystemdCgroup: false,
    netnsPath: "/run/netns/p1",
    status: "created",
    createdAtNs: "0",
    pid: 0,
    exitStatus: 0,
    exitedAtNs: "0",
    ...more,
    config: {
      hostname: "web",
      resolvConf: undefined,
      cgroupParent: "/pods/a",
      sysctls: {},
      hasHostNetwork: false,
      hasHostPid: false,
      hasHostIpc: false,
      ...config,
    },
  };
}

const specOf = (record: SandboxRecord) => holderSpec(record, "/bin/gantry-init", -998);

describe("holderSpec()", () => {
  it("has namespaces of its own, and joins the network that was made for the pod", () => {
    const spec = specOf(aRecord());
    expect(spec.linux?.namespaces).toEqual([
      { type: "mount" },
      { type: "network", path: "/run/netns/p1" },
      { type: "uts" },
      { type: "ipc" },
      { type: "pid" },
    ]);
    expect(spec.hostname).toBe("web");
    expect(spec.linux?.cgroupsPath).toBe("/pods/a/p1");
    expect(() => validateSpec(spec)).not.toThrow();
  });

  it("leaves out what is the host's, and what belongs to it", () => {
    const spec = specOf(aRecord({ hasHostNetwork: true, hasHostPid: true, hasHostIpc: true }));
    expect(spec.linux?.namespaces).toEqual([{ type: "mount" }]);
    expect(spec.linux?.sysctl).toEqual({});
    expect(spec).not.toHaveProperty("hostname");
    expect(() => validateSpec(spec)).not.toThrow();
    expect(holderMounts(aRecord({ hasHostIpc: true }).config)).toEqual([]);
  });

  it("lets the pod's sysctls win, and names a systemd unit as containerd does", () => {
    const sysctls = { "net.ipv4.ip_unprivileged_port_start": "1024" };
    const record = aRecord({ sysctls, cgroupParent: "/a.slice/a-b.slice" }, { isSystemdCgroup: true });
    expect(specOf(record).linux?.sysctl).toMatchObject(sysctls);
    expect(specOf(record).linux?.cgroupsPath).toBe("a-b.slice:cri-containerd:p1");
  });
});
