import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Spec, User } from "../../../src/spec/types.ts";
import { withProcess } from "../../integration/runtime/harness.ts";
import { itButRunc, OciBench, withRaw, writable } from "./oci-bench.ts";

let bench: OciBench;
beforeEach(() => {
  bench = new OciBench();
});
afterEach(() => bench.dispose());

/** Fields of the process as JSON has them, valid or not. */
function withRawProcess(fields: Readonly<Record<string, unknown>>): (spec: Spec) => Spec {
  return (spec) => ({ ...spec, process: { ...spec.process, ...fields } }) as Spec;
}

/** What a program that is run as this process prints. */
function printed(...changes: readonly ((spec: Spec) => Spec)[]): string {
  return bench.inside("true", ...changes);
}

describe("config.md#process", () => {
  it("args are the program and its arguments, and no shell sees them", () => {
    expect(printed(withProcess({ args: ["echo", "$HOME", "*", ";", "a  b"] }))).toBe("$HOME * ; a  b\n");
  });

  it("at least one of args is REQUIRED", () => {
    expect(bench.creating(withRawProcess({ args: [] })).code).not.toBe(0);
    expect(bench.creating(withRawProcess({ args: undefined })).code).not.toBe(0);
  });

  it("a program without a slash is looked up in the PATH of env", () => {
    const args = ["hostname"];
    expect(bench.creating(withProcess({ args, env: ["PATH=/sbin"] })).code).not.toBe(0);
    expect(printed(withProcess({ args, env: ["PATH=/sbin:/bin"] }), withRaw({ hostname: "x" }))).toBe("x\n");
  });

  it("env is what the program gets, to the letter", () => {
    const env = ["PATH=/bin", "A=1", "B=", "C=x=y", "HOME=/somewhere", "D=two words", "a.b=ü"];
    const lines = printed(withProcess({ args: ["env"], env }))
      .trim()
      .split("\n");
    expect(lines.sort()).toEqual([...env].sort());
  });

  it("cwd is where the program runs, MUST be absolute, and is made when it does not exist", () => {
    expect(printed(withProcess({ args: ["pwd"], cwd: "/etc" }))).toBe("/etc\n");
    expect(printed(withProcess({ args: ["pwd"], cwd: "/made/here" }), writable)).toBe("/made/here\n");
    expect(bench.creating(withRawProcess({ cwd: "etc" })).code).not.toBe(0);
    expect(bench.creating(withRawProcess({ cwd: "" })).code).not.toBe(0);
  });

  it("terminal false: standard input, output and error are none", () => {
    const command = "for fd in 0 1 2; do [ -t $fd ] && echo $fd; done; true";
    expect(printed(withProcess({ args: ["sh", "-c", command], terminal: false }))).toBe("");
  });
});

describe("config.md#posix-process", () => {
  it("rlimits MUST be set, soft and hard, and the kernel's largest value is no limit", () => {
    const rlimits = [
      { type: "RLIMIT_NOFILE", soft: 100, hard: 200 },
      { type: "RLIMIT_CORE", soft: 0, hard: 0 },
      { type: "RLIMIT_STACK", soft: 4096 * 1024, hard: 8192 * 1024 },
    ];
    const limits = printed(withProcess({ args: ["cat", "/proc/self/limits"], rlimits })).replaceAll(
      / +/g,
      " ",
    );
    expect(limits).toContain("Max open files 100 200 files");
    expect(limits).toContain("Max core file size 0 0 bytes");
    expect(limits).toContain("Max stack size 4194304 8388608 bytes");
  });

  it.each([
    ["an unknown type", [{ type: "RLIMIT_NOPE", soft: 1, hard: 1 }]],
    ["soft above hard", [{ type: "RLIMIT_NOFILE", soft: 2, hard: 1 }]],
    ["a negative value", [{ type: "RLIMIT_NOFILE", soft: -1, hard: 1 }]],
  ])("%s MUST generate an error", (_, rlimits) => {
    expect(bench.creating(withRawProcess({ rlimits })).code).not.toBe(0);
  });

  itButRunc("two entries of one type MUST generate an error", () => {
    const rlimit = { type: "RLIMIT_NOFILE", soft: 100, hard: 100 };
    expect(bench.creating(withProcess({ rlimits: [rlimit, rlimit] })).code).not.toBe(0);
  });
});

/** Fields of /proc/self/status of the program. */
function status(fields: string, change: (spec: Spec) => Spec): Record<string, string> {
  const args = ["grep", "-E", `^(${fields}):`, "/proc/self/status"];
  const lines = printed(change, withProcess({ args })).trim().split("\n");
  return Object.fromEntries(
    lines.map((line) => [line.split(":")[0] ?? "", line.slice(line.indexOf(":") + 1).trim()]),
  );
}

describe("config.md#user", () => {
  const as = (user: Partial<User>) => withProcess({ user: { uid: 0, gid: 0, ...user } });

  it("uid, gid and additionalGids are those of the process, real, effective, saved and of the file system", () => {
    const seen = status("Uid|Gid|Groups", as({ uid: 1234, gid: 567, additionalGids: [5, 8] }));
    expect(seen).toEqual({ Uid: "1234\t1234\t1234\t1234", Gid: "567\t567\t567\t567", Groups: "5 8" });
  });

  it("without additionalGids it has none of the caller's", () => {
    expect(status("Groups", as({ uid: 1 }))).toEqual({ Groups: "" });
  });

  it("umask is that of the process", () => {
    const command = "umask; touch /file; stat -c %a /file";
    const change = withProcess({ args: ["sh", "-c", command], user: { uid: 0, gid: 0, umask: 0o137 } });
    expect(printed(change, writable)).toBe("0137\n640\n");
  });

  it("username is for other platforms and ignored", () => {
    expect(status("Uid", as({ username: "nobody" }))).toEqual({ Uid: "0\t0\t0\t0" });
  });

  it.each([{ uid: -1 }, { uid: 2 ** 32 }, { gid: -1 }, { uid: "0" }, { uid: 0, gid: 0, umask: -1 }])(
    "%j MUST generate an error",
    (user) => {
      expect(bench.creating(withRawProcess({ user })).code).not.toBe(0);
    },
  );
});

describe("config.md#linux-process", () => {
  // linux/capability.h: CHOWN 0, KILL 5, NET_RAW 13
  const mask = (...bits: readonly number[]) =>
    bits
      .reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n)
      .toString(16)
      .padStart(16, "0");

  it("capabilities are five sets of their own", () => {
    const capabilities = {
      bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"],
      permitted: ["CAP_CHOWN", "CAP_KILL"],
      effective: ["CAP_KILL"],
      inheritable: ["CAP_CHOWN", "CAP_KILL"],
      ambient: ["CAP_KILL"],
    };
    // Not root: execve would fill root's sets again from the bounding set.
    const user = { uid: 1000, gid: 1000 };
    const seen = status("CapBnd|CapPrm|CapEff|CapInh|CapAmb", withProcess({ capabilities, user }));
    expect(seen).toEqual({
      CapBnd: mask(0, 5, 13),
      CapInh: mask(0, 5),
      CapAmb: mask(5),
      CapPrm: mask(5),
      CapEff: mask(5),
    });
  });

  it("an empty object takes every capability, also from root", () => {
    const seen = status("CapBnd|CapPrm|CapEff", withProcess({ capabilities: {} }));
    expect(seen).toEqual({ CapBnd: mask(), CapPrm: mask(), CapEff: mask() });
  });

  it("a capability that no kernel knows SHOULD be warned of, and is no error", () => {
    const capabilities = {
      bounding: ["CAP_KILL", "CAP_LATER"],
      permitted: ["CAP_KILL"],
      effective: ["CAP_KILL"],
    };
    expect(status("CapBnd", withProcess({ capabilities }))).toEqual({ CapBnd: mask(5) });
  });

  it.each([true, false])("noNewPrivileges %s is what the kernel says", (noNewPrivileges) => {
    expect(status("NoNewPrivs", withProcess({ noNewPrivileges }))).toEqual({
      NoNewPrivs: noNewPrivileges ? "1" : "0",
    });
  });

  it("oomScoreAdj is set, and without it the runtime's own is not changed", () => {
    const args = ["cat", "/proc/self/oom_score_adj"];
    expect(printed(withProcess({ args, oomScoreAdj: 321 }))).toBe("321\n");
    expect(printed(withProcess({ args }))).toBe(readFileSync("/proc/self/oom_score_adj", "utf8"));
    expect(bench.creating(withRawProcess({ oomScoreAdj: 1001 })).code).not.toBe(0);
  });

  it("an selinuxLabel on a host without SELinux MUST generate an error", () => {
    const selinuxLabel = "system_u:system_r:container_t:s0";
    expect(bench.creating(withProcess({ selinuxLabel })).code).not.toBe(0);
  });

  it("an apparmorProfile that cannot be applied MUST generate an error", () => {
    expect(bench.creating(withProcess({ apparmorProfile: "no-such-profile" })).code).not.toBe(0);
  });

  itButRunc("scheduler and ioPriority are applied, unknown ones MUST generate an error", () => {
    const stat = printed(
      withProcess({ args: ["cat", "/proc/self/stat"], scheduler: { policy: "SCHED_BATCH", nice: 5 } }),
    ).split(" ");
    // proc_pid_stat(5): fields 19 (nice) and 41 (policy; SCHED_BATCH is 3), counted from 1
    expect([stat[18], stat[40]]).toEqual(["5", "3"]);
    expect(bench.creating(withRawProcess({ scheduler: { policy: "SCHED_NOPE" } })).code).not.toBe(0);
    expect(bench.creating(withRawProcess({ ioPriority: { class: "NOPE", priority: 1 } })).code).not.toBe(0);
  });
});
