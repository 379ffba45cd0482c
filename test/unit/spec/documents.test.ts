import { describe, expect, it } from "vitest";
import { CAPABILITIES } from "../../../src/spec/capabilities.ts";
import { defaultSpec } from "../../../src/spec/default-spec.ts";
import { featuresDocument } from "../../../src/spec/features.ts";
import { stateDocument } from "../../../src/spec/state-document.ts";
import { validateSpec } from "../../../src/spec/validate.ts";
import { aLinux, aSpec } from "../../helpers/spec.ts";

describe("defaultSpec()", () => {
  for (const isRootless of [false, true]) {
    for (const isCgroupV2 of [false, true]) {
      it(`is valid (rootless ${isRootless}, cgroup v2 ${isCgroupV2})`, () => {
        const spec = validateSpec(defaultSpec({ isRootless, euid: 1000, egid: 1001, isCgroupV2 }));
        const types = spec.linux?.namespaces?.map((namespace) => namespace.type) ?? [];
        expect(types.includes("user")).toBe(isRootless);
        expect(types.includes("network")).toBe(!isRootless);
        expect(types.includes("cgroup")).toBe(isCgroupV2);
      });
    }
  }

  it("maps a rootless caller to root and asks for nothing only root can do", () => {
    const spec = defaultSpec({ isRootless: true, euid: 1000, egid: 1001, isCgroupV2: true });
    expect(spec.linux?.uidMappings).toEqual([{ containerID: 0, hostID: 1000, size: 1 }]);
    expect(spec.linux?.gidMappings).toEqual([{ containerID: 0, hostID: 1001, size: 1 }]);
    expect(spec.linux?.resources).toBeUndefined();
    expect(
      spec.mounts?.flatMap((mount) => mount.options ?? []).some((option) => option.startsWith("gid=")),
    ).toBe(false);
  });
});

describe("featuresDocument()", () => {
  const facts = { capLastCap: 37, isAppArmorEnabled: false, isSeLinuxEnabled: true, version: "1.2.3" };

  it("lists the capabilities of this kernel and no others", () => {
    expect(featuresDocument(facts)).toMatchObject({ linux: { capabilities: CAPABILITIES.slice(0, 38) } });
  });

  it("lists no mount option that validation refuses", () => {
    const { mountOptions } = featuresDocument(facts);
    if (!Array.isArray(mountOptions)) throw new Error("mountOptions is not a list");
    for (const option of mountOptions) {
      const isBind = option !== "tmpcopyup";
      const mappings = [{ containerID: 0, hostID: 1, size: 1 }];
      const owners = option.endsWith("idmap") ? { uidMappings: mappings, gidMappings: mappings } : {};
      const type = isBind ? "bind" : "tmpfs";
      const mount = { destination: "/a", type, source: "/b", options: [option], ...owners };
      expect(validateSpec(aSpec({ mounts: [mount] })).mounts).toHaveLength(1);
    }
  });

  it("names the annotations that an engine should not take from a pod's author", () => {
    expect(featuresDocument(facts)["potentiallyUnsafeConfigAnnotations"]).toEqual([
      "org.criu.config",
      "org.systemd.property.",
    ]);
  });

  it("lists no memory policy that validation refuses", () => {
    const { linux } = featuresDocument(facts) as {
      linux: { memoryPolicy: { modes: string[]; flags: string[] } };
    };
    const { modes, flags } = linux.memoryPolicy;
    expect(modes).toHaveLength(7);
    for (const mode of modes) {
      const nodes = mode === "MPOL_DEFAULT" || mode === "MPOL_LOCAL" ? "" : "0";
      const spec = aSpec({ linux: aLinux({ memoryPolicy: { mode, nodes, flags } }) });
      expect(validateSpec(spec).linux?.memoryPolicy?.mode).toBe(mode);
    }
  });

  it("lists no seccomp action, operator or flag that validation refuses", () => {
    type Names = Record<"actions" | "operators" | "archs" | "supportedFlags", string[]>;
    const { linux } = featuresDocument(facts) as { linux: { seccomp: Names } };
    const { actions, operators, archs, supportedFlags } = linux.seccomp;
    const syscalls = actions.flatMap((action) =>
      operators.map((op) => ({ names: ["mkdir"], action, args: [{ index: 0, value: 1, op }] })),
    );
    const seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      architectures: archs,
      flags: supportedFlags,
      listenerPath: "/run/agent.sock",
      syscalls,
    };
    expect(validateSpec(aSpec({ linux: aLinux({ seccomp }) })).linux?.seccomp).toEqual(seccomp);
  });
});

describe("stateDocument()", () => {
  it("has no pid and no annotations when there are none", () => {
    expect(stateDocument({}, { id: "a", status: "stopped", bundle: "/b" })).toEqual({
      ociVersion: "1.3.0",
      id: "a",
      status: "stopped",
      bundle: "/b",
    });
  });

  it("has pid before bundle, and the annotations", () => {
    const state = stateDocument(
      { annotations: { k: "v" } },
      { id: "a", status: "running", pid: 7, bundle: "/b" },
    );
    expect(JSON.stringify(state)).toBe(
      '{"ociVersion":"1.3.0","id":"a","status":"running","pid":7,"bundle":"/b","annotations":{"k":"v"}}',
    );
  });
});
