import { describe, expect, it } from "vitest";
import { readKernelFacts } from "../../../src/host/facts.ts";
import type { HostFiles } from "../../../src/host/files.ts";
import { readNofileLimit } from "../../../src/host/rlimit.ts";

function fakeFiles(content: Readonly<Record<string, string>>): HostFiles {
  return { readText: (path) => content[path], exists: (path) => path in content };
}

const CAPS = { "/proc/sys/kernel/cap_last_cap": "40\n" };

describe("readKernelFacts()", () => {
  it("reports a plain kernel", () => {
    expect(readKernelFacts(fakeFiles(CAPS))).toEqual({
      capLastCap: 40,
      isAppArmorEnabled: false,
      isSeLinuxEnabled: false,
      hasCgroupNamespace: false,
      isInUserNamespace: false,
    });
  });
  it.each([
    ["Y\n", true],
    ["N\n", false],
  ])("believes AppArmor's parameter %j only with its directory", (enabled, expected) => {
    const module = { ...CAPS, "/sys/module/apparmor/parameters/enabled": enabled };
    expect(readKernelFacts(fakeFiles(module)).isAppArmorEnabled).toBe(false);
    const both = fakeFiles({ ...module, "/sys/kernel/security/apparmor": "" });
    expect(readKernelFacts(both).isAppArmorEnabled).toBe(expected);
  });
  it.each([
    ["system_u:system_r:container_runtime_t:s0\0", true],
    ["kernel\0", false],
    ["", false],
  ])("takes SELinux as enabled once a policy labels us (%j)", (label, expected) => {
    const files = fakeFiles({ ...CAPS, "/sys/fs/selinux/enforce": "1", "/proc/self/attr/current": label });
    expect(readKernelFacts(files).isSeLinuxEnabled).toBe(expected);
  });
  it.each([{}, { "/proc/sys/kernel/cap_last_cap": "many" }])("refuses %j", (content) => {
    expect(() => readKernelFacts(fakeFiles(content))).toThrowError(
      expect.objectContaining({ code: "unreadable-proc" }),
    );
  });
});

describe("readNofileLimit()", () => {
  const HEAD = "Limit                     Soft Limit           Hard Limit           Units     \n";
  it("reads numbers and unlimited", () => {
    const files = fakeFiles({
      "/proc/7/limits": `${HEAD}Max open files            1024                 unlimited            files     \n`,
    });
    expect(readNofileLimit(7, files)).toEqual({ soft: 1024n, hard: 18446744073709551615n });
    expect(readNofileLimit(8, files)).toBeUndefined();
  });
  it("refuses a file without the line", () => {
    expect(() => readNofileLimit(7, fakeFiles({ "/proc/7/limits": HEAD }))).toThrowError(
      expect.objectContaining({ code: "unreadable-proc" }),
    );
  });
});
