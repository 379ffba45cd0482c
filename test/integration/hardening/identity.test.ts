import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Spec } from "../../../src/spec/types.ts";
import { Bench, changes, running, withProcess } from "../runtime/harness.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.dispose());

/** A config.json whose text is changed: numbers that JavaScript would round before they are written. */
function rewritten(from: string, to: string): string {
  const bundle = bench.bundle("c1", running("id -u"));
  const file = join(bundle, "config.json");
  const text = readFileSync(file, "utf8");
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
  return bundle;
}

describe("a user id", () => {
  it.each(["4294967296", "9223372036854775808", "-1", "1e9", "0.5", '"root"', "null,"])(
    "%s is refused, and never becomes root (CVE-2024-40635)",
    async (uid) => {
      const bundle = rewritten('"uid":0', `"uid":${uid}`);
      const called = bench.call(["run", "-b", bundle, "c1"]);
      if (uid === "1e9") {
        // An integer all the same, in JSON's words.
        expect(called).toMatchObject({ code: 0, stdout: "1000000000\n" });
        return;
      }
      expect(called.code).toBe(1);
      expect(called.stdout).toBe("");
      await bench.expectNothingLeft();
    },
  );

  it("that is a name is refused by exec, though the image knows it (CVE-2016-3697)", () => {
    bench.ok(["run", "-d", "-b", bench.bundle("c1", running("sleep 100")), "c1"]);
    for (const user of ["root", "user", "0x0", "00x"]) {
      const called = bench.call(["exec", "--user", user, "c1", "id", "-u"]);
      expect(called).toMatchObject({ code: 255, stdout: "" });
    }
    bench.ok(["delete", "--force", "c1"]);
  });
});

describe("capabilities", () => {
  it("are exactly those asked for, with none inheritable (CVE-2022-29162)", () => {
    bench.ok(["run", "-d", "-b", bench.bundle("c1", running("sleep 100")), "c1"]);
    const status = (pid: string | number) => readFileSync(`/proc/${pid}/status`, "utf8");
    const { pid } = bench.state("c1");
    expect(status(pid)).toMatch(/^CapInh:\t0{16}$/m);
    expect(status(pid)).toMatch(/^CapAmb:\t0{16}$/m);
    const own = /^CapBnd:\t(\w+)$/m.exec(status(pid))?.[1];
    const shown = bench.ok(["exec", "--cap", "CAP_NET_RAW", "c1", "cat", "/proc/self/status"]);
    expect(shown).toMatch(/^CapInh:\t0{16}$/m);
    // CAP_NET_RAW is number 13
    const expected = (BigInt(`0x${own}`) | (1n << 13n)).toString(16).padStart(16, "0");
    expect(shown).toContain(`CapBnd:\t${expected}`);
    expect(shown).toContain(`CapEff:\t${expected}`);
    bench.ok(["delete", "--force", "c1"]);
  });

  it("are gone for a user who is not root, groups are those listed, and new privileges are refused", () => {
    const bundle = bench.bundle(
      "c1",
      withProcess({
        args: ["grep", "-E", "^(Uid|Gid|Groups|CapEff|CapPrm|NoNewPrivs)", "/proc/self/status"],
        user: { uid: 1000, gid: 1001, additionalGids: [7, 9] },
        capabilities: { bounding: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"], effective: ["CAP_CHOWN"] },
      }),
    );
    const lines = bench.ok(["run", "-b", bundle, "c1"]).replaceAll(/[\t ]+/g, " ");
    expect(lines).toContain("Uid: 1000 1000 1000 1000\n");
    expect(lines).toContain("Gid: 1001 1001 1001 1001\n");
    expect(lines).toContain("Groups: 7 9 \n");
    expect(lines).toContain("NoNewPrivs: 1\n");
    expect(lines).toContain(`CapPrm: ${"0".repeat(16)}\n`);
  });
});

describe("what would change the host", () => {
  const sysctl = (name: string, value: string) => (spec: Spec) => ({
    ...spec,
    linux: { ...spec.linux, sysctl: { [name]: value } },
  });

  it.each([
    ["kernel.core_pattern", "|/evil"],
    ["kernel.msgmax/../core_pattern", "|/evil"],
    ["kernel/msgmax/../../kernel/core_pattern", "|/evil"],
    ["net/../kernel/core_pattern", "|/evil"],
    ["fs.mqueue./../../kernel/core_pattern", "x"],
    ["kernel.hostname", "evil"],
    ["vm.swappiness", "1"],
  ])("sysctl %s is refused (CVE-2022-0811)", async (name, value) => {
    const before = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
    const bundle = bench.bundle("c1", changes(running("true"), sysctl(name, value)));
    const called = bench.call(["create", "-b", bundle, "c1"]);
    expect(called.code).toBe(1);
    expect(called.stderr).toContain("linux.sysctl");
    expect(readFileSync("/proc/sys/kernel/core_pattern", "utf8")).toBe(before);
    await bench.expectNothingLeft();
  });

  it("a sysctl's value stays one value", () => {
    const value = "4096+kernel.core_pattern=|/evil";
    const bundle = bench.bundle("c1", changes(running("true"), sysctl("kernel.msgmax", value)));
    expect(bench.call(["create", "-b", bundle, "c1"]).stderr).toContain("sysctl");
  });

  it.each([
    ["architecture", { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_NOPE"] }],
    ["action", { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["read"], action: "SCMP_ACT_NOPE" }] }],
    ["flag", { defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_NOPE"] }],
    [
      "operator",
      {
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [
          { names: ["read"], action: "SCMP_ACT_ERRNO", args: [{ index: 0, value: 1, op: "SCMP_CMP_NOPE" }] },
        ],
      },
    ],
  ])("a seccomp profile with an unknown %s is refused, not weakened", async (_, seccomp) => {
    const bundle = bench.bundle("c1", (spec) => ({ ...spec, linux: { ...spec.linux, seccomp } }) as Spec);
    const called = bench.call(["create", "-b", bundle, "c1"]);
    expect(called.code).toBe(1);
    expect(called.stderr).toContain("linux.seccomp");
    await bench.expectNothingLeft();
  });
});
