/** features.md: the document, and that what it lists is true: a configuration with each thing runs. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Linux, Mount } from "../../../src/spec/types.ts";
import { itButRunc, OciBench, withLinux, withMounts, withRaw } from "./oci-bench.ts";

let bench: OciBench;
let features: {
  readonly ociVersionMin: string;
  readonly ociVersionMax: string;
  readonly hooks: readonly string[];
  readonly mountOptions: readonly string[];
  readonly linux: {
    readonly namespaces: readonly string[];
    readonly capabilities: readonly string[];
    readonly cgroup: Readonly<Record<string, boolean>>;
    readonly seccomp: Readonly<Record<string, readonly string[] | boolean>>;
  };
  readonly annotations?: Readonly<Record<string, string>>;
};
beforeEach(() => {
  bench = new OciBench();
  features = JSON.parse(bench.ok(["features"]));
});
afterEach(() => bench.dispose());

describe("features.md", () => {
  it("#specification-version: the smallest and the largest ociVersion that the runtime accepts", () => {
    const { ociVersionMin, ociVersionMax } = features;
    for (const ociVersion of [ociVersionMin, ociVersionMax]) {
      expect(ociVersion).toMatch(/^\d+\.\d+\.\d+/);
      expect(bench.creating(withRaw({ ociVersion })).code).toBe(0);
    }
  });

  it("#hooks: those of the specification, each of which a configuration may have", () => {
    const known = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];
    expect([...features.hooks].sort()).toEqual([...known].sort());
  });

  it("#annotations: the version of libseccomp", () => {
    expect(features.annotations?.["io.github.seccomp.libseccomp.version"]).toMatch(/^\d+\.\d+\.\d+$/);
  });

  itButRunc("#mount-options: every one is accepted", () => {
    const needsBind =
      /^(r?bind|r?idmap)$|^r(ro|rw|no|suid|dev|exec|atime|diratime|relatime|strictatime|symfollow)/;
    const mounts = features.mountOptions
      .filter((option) => !["remount", "rbind", "bind", "idmap", "ridmap"].includes(option))
      .map((option, index): Mount => {
        const destination = `/m${index}`;
        return needsBind.test(option)
          ? { destination, type: "bind", source: "/etc", options: ["rbind", option] }
          : { destination, type: "tmpfs", source: "tmpfs", options: [option] };
      });
    expect(mounts.length).toBeGreaterThan(30);
    const called = bench.creating(withMounts(...mounts));
    expect(called.stderr).toBe("");
    expect(called.code).toBe(0);
  });

  it("#mount-options: one that is not listed is the file system's, which does not know it", () => {
    const mount = { destination: "/m", type: "tmpfs", source: "tmpfs", options: ["nope"] };
    expect(bench.creating(withMounts(mount)).code).not.toBe(0);
  });

  it("#namespaces: each can be made", () => {
    const mappings = { uidMappings: [MAPPING], gidMappings: [MAPPING] };
    for (const type of features.linux.namespaces) {
      const namespaces = [...new Set(["mount", "uts", "pid", type])].map((one) => ({ type: one }));
      // A user namespace may not mount a sysfs of the host's network; nothing of the spec's mounts is needed here.
      const mounts = [{ destination: "/proc", type: "proc", source: "proc" }];
      const change = { namespaces, ...(type === "user" ? mappings : {}) } as Partial<Linux>;
      const called = bench.creating(withLinux(change), withRaw({ mounts }));
      expect(called, type).toMatchObject({ code: 0 });
    }
  });

  it("#capabilities: each is known, and the kernel gives it", () => {
    const { capabilities } = features.linux;
    expect(capabilities).toContain("CAP_SYS_ADMIN");
    for (const capability of capabilities) expect(capability).toMatch(/^CAP_[A-Z0-9_]+$/);
  });

  it("#cgroup: true or false for each kind", () => {
    for (const kind of ["v1", "v2", "systemd", "systemdUser"]) {
      expect(typeof features.linux.cgroup[kind], kind).toBe("boolean");
    }
  });

  it("#seccomp: every action, operator and architecture that is listed compiles", () => {
    const { actions, operators, archs, enabled } = features.linux.seccomp as Record<
      string,
      readonly string[]
    >;
    expect(enabled).toBe(true);
    const rules = (actions ?? [])
      .filter((action) => !/ALLOW|NOTIFY|TRACE/.test(action))
      .map((action, index) => ({ names: [SYSCALLS[index] ?? ""], action }));
    const compared = (operators ?? []).map((op, index) => ({
      names: ["ioctl"],
      action: "SCMP_ACT_ERRNO",
      args: [{ index: 1, value: 1000 + index, op, ...(op === "SCMP_CMP_MASKED_EQ" ? { valueTwo: 0 } : {}) }],
    }));
    const seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [...rules, ...compared] };
    expect(bench.creating(withLinux({ seccomp }))).toMatchObject({ code: 0 });
    expect(archs).toContain("SCMP_ARCH_X86_64");
  });

  itButRunc("#annotations: keys and values are strings", () => {
    for (const value of Object.values(features.annotations ?? {})) expect(typeof value).toBe("string");
    expect(Object.keys(features.annotations ?? {}).some((key) => key.startsWith("dev.gantry."))).toBe(true);
  });
});

const MAPPING = { containerID: 0, hostID: 0, size: 65536 };
/** One for each action, none of which a container that starts and sleeps needs. */
const SYSCALLS = [
  "acct",
  "swapon",
  "swapoff",
  "reboot",
  "syslog",
  "quotactl",
  "nfsservctl",
  "kexec_load",
  "vhangup",
];
