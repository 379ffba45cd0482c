/** Fields of the specification that no other test of this folder looks at, each in a real container. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Linux, Mount, Process, Seccomp, SeccompSyscall, Spec } from "../../../src/spec/types.ts";
import { Bench, changes, running, runtimePath, withProcess } from "./harness.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(async () => {
  bench.call(["delete", "--force", "c1"]);
  await bench.dispose();
});

const withLinux =
  (change: Partial<Linux>) =>
  (spec: Spec): Spec => ({ ...spec, linux: { ...spec.linux, ...change } });

const withMounts =
  (...mounts: readonly Mount[]) =>
  (spec: Spec): Spec => ({ ...spec, mounts: [...(spec.mounts ?? []), ...mounts] });

/** Lines that a container prints. `prepare` gets the rootfs before it runs. */
function lines(
  command: string,
  change: (spec: Spec) => Spec = (spec) => spec,
  prepare: (rootfs: string) => void = () => {},
): readonly string[] {
  const bundle = bench.bundle("c1", changes(running(command), change));
  prepare(join(bundle, "rootfs"));
  return bench.ok(["run", "-b", bundle, "c1"]).trimEnd().split("\n");
}

describe("process", () => {
  it("gets user, groups, umask, limits and environment", () => {
    const process: Partial<Process> = {
      user: { uid: 1000, gid: 50, additionalGids: [60, 70], umask: 0o027 },
      rlimits: [
        { type: "RLIMIT_NOFILE", soft: 100, hard: 200 },
        { type: "RLIMIT_CORE", soft: 0, hard: 0 },
      ],
      env: ["PATH=/bin", "A=1", "A=2"],
      cwd: "/srv/deep",
    };
    const command = "id -u; id -g; id -G; umask; ulimit -n; ulimit -Hn; ulimit -c; echo $A; pwd";
    const shown = lines(command, withProcess({ ...process, args: ["sh", "-c", command] }));
    expect(shown).toEqual(["1000", "50", "50 60 70", "0027", "100", "200", "0", "2", "/srv/deep"]);
  });

  it("gets its OOM score", () => {
    expect(lines("cat /proc/self/oom_score_adj", withProcess({ oomScoreAdj: 321 }))).toEqual(["321"]);
  });

  it("has the capabilities it was given and no others, in all five sets", () => {
    const all = ["CAP_CHOWN", "CAP_NET_RAW"];
    const capabilities = { bounding: all, permitted: all, inheritable: all, ambient: all, effective: all };
    const user = { uid: 1000, gid: 1000 };
    const shown = lines("cat /proc/self/status", withProcess({ capabilities, user, noNewPrivileges: true }));
    const set = "0000000000002001";
    for (const name of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
      expect(shown).toContain(`${name}:\t${set}`);
    expect(shown).toContain("NoNewPrivs:\t1");
  });
});

describe("seccomp", () => {
  // runtime-tools' default profile is such a one; so were Docker's before 2021.
  it("lets a program be found by a profile that is older than faccessat2, on its own path and in $PATH", () => {
    const syscalls: SeccompSyscall[] = [{ names: ["faccessat2"], action: "SCMP_ACT_ERRNO" }];
    const seccomp: Seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls };
    const run = (id: string, ...args: string[]) => {
      const bundle = bench.bundle(id, changes(running(""), withLinux({ seccomp }), withProcess({ args })));
      return bench.call(["run", "-b", bundle, id]);
    };
    expect(run("c1", "sh", "-c", "echo here")).toMatchObject({ code: 0, stdout: "here\n" });
    expect(run("c2", "/bin/sh", "-c", "echo there")).toMatchObject({ code: 0, stdout: "there\n" });
    const stderr = expect.stringContaining("permission denied");
    expect(run("c3", "/etc/passwd")).toMatchObject({ code: 1, stderr });
  });
});

describe("root and mounts", () => {
  it("root.readonly leaves nothing writable but the mounts", () => {
    const readonly = (spec: Spec): Spec => ({ ...spec, root: { path: "rootfs", readonly: true } });
    expect(lines("touch /x 2>/dev/null || echo refused; touch /dev/shm/x && echo made", readonly)).toEqual([
      "refused",
      "made",
    ]);
  });

  it("come in their order, with their options, also on a relative destination", () => {
    const source = join(bench.dir, "source");
    mkdirSync(join(source, "below"), { recursive: true });
    writeFileSync(join(source, "file"), "text\n");
    const change = withMounts(
      { destination: "data", type: "bind", source, options: ["rbind", "rro", "nodev"] },
      { destination: "/data/below", type: "tmpfs", source: "tmpfs", options: ["size=64k", "mode=700"] },
      { destination: "/copied", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "ro"] },
      { destination: "/shared", type: "bind", source, options: ["bind", "rshared"] },
    );
    const shown = lines(
      "cat /data/file; touch /data/x 2>/dev/null || echo refused; touch /data/below/x && stat -c %a /data/below; " +
        "cat /copied/own; touch /copied/x 2>/dev/null || echo refused; cat /proc/self/mountinfo",
      change,
      (rootfs) => {
        mkdirSync(join(rootfs, "copied"));
        writeFileSync(join(rootfs, "copied/own"), "own\n");
      },
    );
    expect(shown.slice(0, 5)).toEqual(["text", "refused", "700", "own", "refused"]);
    expect(shown.find((line) => line.includes(" /data "))).toMatch(/ ro,nodev/);
    expect(shown.find((line) => line.includes(" /shared "))).toMatch(/ shared:\d+/);
  });

  it("a tmpfs has the mode of the directory it covers, or everybody's where there is none", () => {
    const shown = lines(
      "stat -c %a /covered /made/deep",
      withMounts(
        { destination: "/covered", type: "tmpfs", source: "tmpfs" },
        { destination: "/made/deep", type: "tmpfs", source: "tmpfs" },
      ),
      (rootfs) => mkdirSync(join(rootfs, "covered"), { mode: 0o711 }),
    );
    expect(shown).toEqual(["711", "1777"]);
  });

  it("linux.rootfsPropagation is that of the root", () => {
    const root = (rootfsPropagation: string, id: string): string | undefined => {
      const bundle = bench.bundle(
        id,
        changes(running("cat /proc/self/mountinfo"), withLinux({ rootfsPropagation })),
      );
      const shown = bench.ok(["run", "-b", bundle, id]).split("\n");
      return shown.find((line) => line.split(" ")[4] === "/");
    };
    expect(root("shared", "c1")).toMatch(/ shared:\d+/);
    expect(root("private", "c2")).not.toMatch(/ (shared|master):\d+/);
    expect(root("unbindable", "c3")).toMatch(/ unbindable /);
  });

  it("linux.rootfsPropagation slave is a slave of the host's, where that is shared", () => {
    const bundle = bench.bundle(
      "c1",
      changes(running("cat /proc/self/mountinfo"), withLinux({ rootfsPropagation: "slave" })),
    );
    const command = `mount --make-rshared / && exec ${runtimePath} --root ${bench.stateRoot} run -b ${bundle} c1`;
    const { stdout } = bench.call(["-m", "sh", "-c", command], { program: "unshare", isWhole: true });
    const root = stdout.split("\n").find((line) => line.split(" ")[4] === "/");
    expect(root).toMatch(/ master:\d+/);
    expect(root).not.toMatch(/ shared:\d+/);
  });
});

describe("linux", () => {
  it("names the machine and its domain, and sets sysctls of its namespaces", () => {
    const change = (spec: Spec): Spec => ({
      ...withLinux({ sysctl: { "net.core.somaxconn": "77", "kernel/msgmax": "9000" } })(spec),
      hostname: "box",
      domainname: "example.org",
    });
    const command =
      "hostname; cat /proc/sys/kernel/domainname /proc/sys/net/core/somaxconn /proc/sys/kernel/msgmax";
    expect(lines(command, change)).toEqual(["box", "example.org", "77", "9000"]);
  });

  it("moves the clocks of a time namespace", () => {
    const change = (spec: Spec): Spec =>
      withLinux({
        namespaces: [...(spec.linux?.namespaces ?? []), { type: "time" }],
        timeOffsets: { boottime: { secs: 864_000, nanosecs: 5 }, monotonic: { secs: -1 } },
      })(spec);
    const [uptime = "", ...offsets] = lines("cat /proc/uptime /proc/self/timens_offsets", change);
    expect(Number(uptime.split(" ")[0])).toBeGreaterThan(864_000);
    expect(offsets.map((line) => line.split(/\s+/))).toEqual([
      ["monotonic", "-1", "0"],
      ["boottime", "864000", "5"],
    ]);
  });

  it("makes devices with their owner and mode, lets only the allowed ones be opened, and refuses another file there", () => {
    const devices: Linux["devices"] = [
      { path: "/dev/zero2", type: "c", major: 1, minor: 5, fileMode: 0o640, uid: 0, gid: 6 },
      { path: "/dev/kmsg2", type: "c", major: 1, minor: 11, fileMode: 0o666 },
      { path: "/srv/pipe", type: "p", fileMode: 0o600 },
    ];
    const resources: Linux["resources"] = {
      devices: [
        { allow: false, access: "rwm" },
        { allow: true, type: "c", major: 1, minor: 5, access: "r" },
      ],
    };
    const shown = lines(
      "stat -c '%t:%T %a %u:%g' /dev/zero2; dd if=/dev/zero2 bs=3 count=1 2>/dev/null | wc -c; " +
        "(: </dev/kmsg2) 2>/dev/null || echo refused; stat -c %F /srv/pipe; ls /dev",
      withLinux({ devices, resources }),
    );
    expect(shown.slice(0, 4)).toEqual(["1:5 640 0:6", "3", "refused", "fifo"]);
    for (const name of [
      "null",
      "zero",
      "full",
      "random",
      "urandom",
      "tty",
      "ptmx",
      "fd",
      "stdin",
      "stdout",
      "stderr",
    ]) {
      expect(shown).toContain(name);
    }
    const taken: Linux["devices"] = [{ path: "/etc/passwd", type: "c", major: 1, minor: 3 }];
    const called = bench.call(["run", "-b", bench.bundle("c2", withLinux({ devices: taken })), "c1"]);
    expect(called.stderr).toMatch(/make device \\"\/etc\/passwd\\": file exists \(something else is there\)/);
  });

  it("masks paths and makes paths read-only", () => {
    const change = withLinux({
      maskedPaths: ["/proc/version", "/secret", "/nope"],
      readonlyPaths: ["/proc/sys", "/fixed", "/nope"],
    });
    const shown = lines(
      "wc -c </proc/version; ls /secret | wc -l; touch /fixed/x 2>/dev/null || echo refused; " +
        "echo 1 2>/dev/null >/proc/sys/kernel/msgmax || echo refused",
      change,
      (rootfs) => {
        for (const name of ["secret", "fixed"]) mkdirSync(join(rootfs, name));
        writeFileSync(join(rootfs, "secret/file"), "");
      },
    );
    expect(shown).toEqual(["0", "0", "refused", "refused"]);
  });

  it("joins a namespace by its path", () => {
    bench.ok(["run", "-d", "-b", bench.bundle("c1", running("sleep 1000")), "c1"]);
    const network = `/proc/${bench.state("c1").pid}/ns/net`;
    const shown = bench.ok([
      "run",
      "-b",
      bench.bundle("c2", (spec) => {
        const kept = (spec.linux?.namespaces ?? []).filter(({ type }) => type !== "network");
        return changes(
          running("readlink /proc/self/ns/net"),
          withLinux({ namespaces: [...kept, { type: "network", path: network }] }),
        )(spec);
      }),
      "c2",
    ]);
    expect(shown).toBe(bench.ok(["exec", "c1", "readlink", "/proc/self/ns/net"]));
  });
});
