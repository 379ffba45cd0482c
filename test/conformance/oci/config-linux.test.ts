import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Device, LinuxNamespace, NamespaceType } from "../../../src/spec/types.ts";
import { withProcess } from "../../integration/runtime/harness.ts";
import { inRootfs, itButRunc, OciBench, withLinux, withMounts, withRaw, writable } from "./oci-bench.ts";

let bench: OciBench;
beforeEach(() => {
  bench = new OciBench();
});
afterEach(() => bench.dispose());

/** The names under /proc/PID/ns, by the specification's. */
const FILES: Readonly<Record<NamespaceType, string>> = {
  pid: "pid",
  network: "net",
  mount: "mnt",
  ipc: "ipc",
  uts: "uts",
  user: "user",
  cgroup: "cgroup",
  time: "time",
};

const namespaceOf = (pid: number | string, type: NamespaceType) =>
  readlinkSync(`/proc/${pid}/ns/${FILES[type]}`);
const only = (...namespaces: LinuxNamespace[]) => withLinux({ namespaces });
/** The rootfs is not a mapped root's: /dev is a file system of its own. */
const DEV = { destination: "/dev", type: "tmpfs", source: "tmpfs" };
const plain = withRaw({
  hostname: undefined,
  mounts: [{ destination: "/proc", type: "proc", source: "proc" }, DEV],
});
const unprotected = withLinux({ maskedPaths: [], readonlyPaths: [] });

describe("config-linux.md#namespaces", () => {
  it("a type without a path is a new namespace; one that is not listed MUST be the runtime's", () => {
    const own: NamespaceType[] = ["pid", "mount", "uts"];
    bench.created(plain, only(...own.map((type) => ({ type }))));
    const { pid } = bench.state("c1");
    const isOwn = (type: NamespaceType) => namespaceOf(pid, type) !== namespaceOf("self", type);
    const types: NamespaceType[] = ["pid", "mount", "uts", "ipc", "network", "cgroup", "user"];
    expect(types.filter(isOwn)).toEqual(own);
    bench.ok(["delete", "--force", "c1"]);
  });

  it.each(["network", "ipc", "uts", "cgroup"] as const)("a path is a %s namespace to join", (type) => {
    bench.created(plain, only({ type: "pid" }, { type: "mount" }, { type }));
    const path = `/proc/${bench.state("c1").pid}/ns/${FILES[type]}`;
    const shown = bench.ok([
      "run",
      "-b",
      bench.bundle("c2", (spec) => {
        const joined = only({ type: "pid" }, { type: "mount" }, { type, path })(plain(spec));
        return withProcess({ args: ["readlink", `/proc/self/ns/${FILES[type]}`] })(joined);
      }),
      "c2",
    ]);
    expect(shown.trim()).toBe(readlinkSync(path));
    bench.ok(["delete", "--force", "c1"]);
  });

  it.each<[string, LinuxNamespace[]]>([
    ["of another type", [{ type: "mount" }, { type: "network", path: "/proc/self/ns/uts" }]],
    ["that does not exist", [{ type: "mount" }, { type: "network", path: "/nope" }]],
    ["that is no namespace", [{ type: "mount" }, { type: "network", path: "/etc/passwd" }]],
    ["that is relative", [{ type: "mount" }, { type: "network", path: "proc/self/ns/net" }]],
  ])("a path %s MUST generate an error", (_, namespaces) => {
    expect(bench.creating(plain, only(...namespaces)).code).not.toBe(0);
  });

  it("two entries of one type, and a type nobody knows, MUST generate an error", () => {
    expect(bench.creating(plain, only({ type: "mount" }, { type: "uts" }, { type: "uts" })).code).not.toBe(0);
    expect(bench.creating(plain, only({ type: "nope" } as unknown as LinuxNamespace)).code).not.toBe(0);
  });

  it("the mapping of a user namespace is what the configuration says", () => {
    const mappings = {
      uidMappings: [{ containerID: 0, hostID: 100000, size: 1000 }],
      gidMappings: [{ containerID: 0, hostID: 200000, size: 500 }],
    };
    execFileSync("chmod", ["755", bench.dir]);
    const namespaces: LinuxNamespace[] = [{ type: "pid" }, { type: "mount" }, { type: "user" }];
    const shown = bench.inside(
      "cat /proc/self/uid_map /proc/self/gid_map",
      plain,
      withLinux({ namespaces, ...mappings }),
    );
    expect(shown.replaceAll(/ +/g, " ")).toBe(" 0 100000 1000\n 0 200000 500\n");
  });

  itButRunc("a mapping without a user namespace MUST generate an error", () => {
    const uidMappings = [{ containerID: 0, hostID: 100000, size: 1000 }];
    expect(bench.creating(withLinux({ uidMappings, gidMappings: uidMappings })).code).not.toBe(0);
  });

  itButRunc("timeOffsets are those of a new time namespace", () => {
    const timeOffsets = { boottime: { secs: 1_000_000, nanosecs: 0 } };
    const namespaces: LinuxNamespace[] = [{ type: "pid" }, { type: "mount" }, { type: "time" }];
    const uptime = bench.inside("cat /proc/uptime", plain, withLinux({ namespaces, timeOffsets }));
    expect(Number.parseFloat(uptime)).toBeGreaterThan(1_000_000);
  });
});

describe("config-linux.md#devices", () => {
  const show = (path: string) => `stat -c '%F %t:%T %a %u:%g' ${path}`;
  const device = (change: Partial<Device>) =>
    withLinux({ devices: [{ path: "/dev/made", type: "c", major: 1, minor: 7, ...change } as Device] });

  it("type, numbers, fileMode, uid and gid MUST be those of the configuration", () => {
    const made = device({ fileMode: 0o640, uid: 3, gid: 4 });
    expect(bench.inside(show("/dev/made"), made)).toBe("character special file 1:7 640 3:4\n");
    expect(bench.inside(show("/dev/made"), device({ type: "b", major: 7, minor: 99, fileMode: 0o600 }))).toBe(
      "block special file 7:63 600 0:0\n",
    );
    expect(bench.inside(show("/dev/made"), device({ type: "p", fileMode: 0o600 }))).toMatch(
      /^fifo 0:0 600 0:0/,
    );
  });

  it("a path anywhere in the rootfs MAY be a device's", () => {
    expect(bench.inside(show("/made/here"), device({ path: "/made/here", fileMode: 0o666 }), writable)).toBe(
      "character special file 1:7 666 0:0\n",
    );
  });

  itButRunc(
    "a type nobody knows, a path that is relative, and a device without its numbers, MUST generate an error",
    () => {
      expect(bench.creating(device({ type: "x" as "c" })).code).not.toBe(0);
      expect(bench.creating(device({ path: "relative" })).code).not.toBe(0);
    },
  );

  itButRunc("an existing file that is not the device MUST generate an error", () => {
    const bundle = bench.bundle("c1", device({ path: "/etc/passwd" }));
    const before = readFileSync(inRootfs(bundle, "etc/passwd"), "utf8");
    const called = bench.call(["create", "-b", bundle, "c1"]);
    if (called.code === 0) bench.ok(["delete", "--force", "c1"]);
    expect(readFileSync(inRootfs(bundle, "etc/passwd"), "utf8")).toBe(before);
    expect(called.code).not.toBe(0);
  });
});

describe("config-linux.md#default-devices and runtime-linux.md#dev-symbolic-links", () => {
  it("MUST be there without being asked for", () => {
    const names = ["null", "zero", "full", "random", "urandom", "tty"];
    const shown = bench.inside(`cd /dev; stat -c '%n %F %t:%T %a' ${names.join(" ")}`);
    expect(shown).toBe(
      ["null 1:3", "zero 1:5", "full 1:7", "random 1:8", "urandom 1:9", "tty 5:0"]
        .map((one) => `${one.replace(" ", " character special file ")} 666\n`)
        .join(""),
    );
    expect(
      bench.inside(
        "echo x >/dev/null; echo x >/dev/full || dd if=/dev/zero bs=3 count=1 2>/dev/null | wc -c",
      ),
    ).toBe("3\n");
  });

  it("/dev/ptmx is that of the container's own devpts, and the links MUST lead to the process's descriptors", () => {
    const links = ["ptmx", "fd", "stdin", "stdout", "stderr"].map((name) => `readlink /dev/${name}`);
    expect(bench.inside(links.join("; ")).trim().split("\n")).toEqual([
      expect.stringMatching(/^(\/dev\/)?pts\/ptmx$/),
      "/proc/self/fd",
      "/proc/self/fd/0",
      "/proc/self/fd/1",
      "/proc/self/fd/2",
    ]);
  });
});

describe("config-linux.md#sysctl", () => {
  it("MUST be set, in the container's namespaces alone", () => {
    const before = readFileSync("/proc/sys/kernel/shmmax", "utf8");
    const sysctl = { "net.ipv4.ip_forward": "1", "kernel.shmmax": "4096000" };
    const command = "cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax";
    expect(bench.inside(command, withLinux({ sysctl }))).toBe("1\n4096000\n");
    expect(readFileSync("/proc/sys/kernel/shmmax", "utf8")).toBe(before);
  });

  it.each(["net.nope", "kernel.core_pattern", "vm.swappiness"])(
    "%s cannot be: MUST generate an error",
    (name) => {
      expect(bench.creating(withLinux({ sysctl: { [name]: "1" } })).code).not.toBe(0);
    },
  );
});

describe("config-linux.md#masked-paths and #readonly-paths", () => {
  it("a masked file reads as empty, a masked directory has nothing in it, a missing one is no error", () => {
    const maskedPaths = ["/etc/passwd", "/bin/../root", "/nope"];
    const bundle = bench.bundle("c1", (spec) =>
      withLinux({ maskedPaths })(
        withProcess({ args: ["sh", "-c", "wc -c </etc/passwd; ls -A /root; touch /root/x || echo refused"] })(
          writable(spec),
        ),
      ),
    );
    writeFileSync(inRootfs(bundle, "root/secret"), "");
    expect(bench.call(["run", "-b", bundle, "c1"])).toMatchObject({ code: 0, stdout: "0\nrefused\n" });
  });

  it("a read-only path cannot be written, with everything below it", () => {
    const command =
      "touch /etc/new || echo refused; echo x >>/etc/passwd || echo refused; touch /tmp/new && echo written";
    const readonlyPaths = ["/etc", "/nope"];
    expect(bench.inside(command, writable, withLinux({ readonlyPaths }))).toBe("refused\nrefused\nwritten\n");
  });

  itButRunc.each(["maskedPaths", "readonlyPaths"])("%s MUST be absolute paths", (field) => {
    expect(bench.creating(withLinux({ [field]: ["etc/passwd"] })).code).not.toBe(0);
  });
});

describe("config-linux.md#rootfs-mount-propagation", () => {
  /** The optional fields of the root mount: mountinfo's field 7 and on, with the dash that ends them. */
  function rootFields(rootfsPropagation: string): string {
    const shown = bench.inside("cat /proc/self/mountinfo", withLinux({ rootfsPropagation }), unprotected);
    const root =
      shown
        .split("\n")
        .map((line) => line.split(" "))
        .find((fields) => fields[4] === "/") ?? [];
    return root.slice(6, root.indexOf("-") + 1).join(" ");
  }

  itButRunc("shared is that of the root mount", () => expect(rootFields("shared")).toMatch(/^shared:\d+ -$/));
  itButRunc("unbindable is that of the root mount", () =>
    expect(rootFields("unbindable")).toBe("unbindable -"),
  );
  it("slave is that of the root mount", () => expect(rootFields("slave")).toMatch(/^(master:\d+ )?-$/));
  it("private is that of the root mount", () => expect(rootFields("private")).toBe("-"));

  it("another word MUST generate an error", () => {
    expect(bench.creating(withLinux({ rootfsPropagation: "public" })).code).not.toBe(0);
  });

  it("nothing the container mounts is seen on the host", () => {
    bench.created(withMounts({ destination: "/data", type: "tmpfs", source: "tmpfs" }));
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(`${bench.dir}/bundle-1/rootfs/data`);
    bench.ok(["delete", "--force", "c1"]);
  });
});
