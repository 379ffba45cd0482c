import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Mount, Spec } from "../../../src/spec/types.ts";
import { withProcess } from "../../integration/runtime/harness.ts";
import { itButRunc, OciBench, withLinux, withMounts, withRaw, writable } from "./oci-bench.ts";

let bench: OciBench;
beforeEach(() => {
  bench = new OciBench();
});
afterEach(() => bench.dispose());

describe("config.md#specification-version", () => {
  it.each(["1.0.0", "1.0.2-dev", "1.1.0+build"])("%s is a version of it", (ociVersion) => {
    expect(bench.inside("echo ran", withRaw({ ociVersion }))).toBe("ran\n");
  });

  itButRunc.each(["one", "1.0", "2.0.0", ""])(
    "%j is none, and a value that is invalid or unsupported MUST generate an error",
    (ociVersion) => {
      expect(bench.creating(withRaw({ ociVersion })).code).not.toBe(0);
    },
  );
});

describe("config.md#root", () => {
  it("path may be absolute or relative to the bundle", () => {
    expect(bench.inside("cat /etc/passwd", withRaw({ root: { path: "./rootfs" } }))).toContain("root:");
    const root = { path: join(bench.dir, "bundle-1/rootfs") };
    expect(bench.inside("cat /etc/passwd", withRaw({ root }))).toContain("root:");
  });

  it.each([{ path: "nope" }, { path: "config.json" }, { path: "" }, undefined])(
    "a directory MUST exist at path: %j",
    (root) => {
      expect(bench.creating(withRaw({ root })).code).not.toBe(0);
    },
  );

  it("readonly MUST make the root read-only, and false or nothing leave it writable", () => {
    const attempt = "touch /file 2>/dev/null && echo written || echo refused";
    expect(bench.inside(attempt, withRaw({ root: { path: "rootfs", readonly: true } }))).toBe("refused\n");
    expect(bench.inside(attempt, withRaw({ root: { path: "rootfs", readonly: false } }))).toBe("written\n");
    expect(bench.inside(attempt, withRaw({ root: { path: "rootfs" } }))).toBe("written\n");
  });
});

/** The line of /proc/self/mountinfo for a mount point, without what differs each time. */
function mountLine(mountinfo: string, target: string): string {
  const fields = mountinfo.split("\n").map((line) => line.split(" "));
  return fields.findLast((one) => one[4] === target)?.join(" ") ?? "";
}

describe("config.md#mounts", () => {
  const tmpfs = (destination: string, ...options: string[]) =>
    withMounts({ destination, type: "tmpfs", source: "tmpfs", options });

  it("MUST be mounted in the listed order", () => {
    const shown = bench.inside(
      "ls /data; ls /data/inner",
      tmpfs("/data"),
      withMounts({ destination: "/data/inner", type: "bind", source: "/etc/passwd", options: ["bind"] }),
    );
    expect(shown).toBe("inner\n/data/inner\n");
    // The other way round the first is hidden.
    const bind = { destination: "/data/inner", type: "bind", source: "/etc/passwd", options: ["bind"] };
    expect(bench.inside("ls /data", withMounts(bind), tmpfs("/data"))).toBe("");
  });

  it("a destination that does not exist is made, for a file and for a directory", () => {
    const source = join(bench.dir, "source");
    mkdirSync(source);
    writeFileSync(join(source, "file"), "content");
    const shown = bench.inside(
      "cat /made/deep/file /made/directory/file",
      withMounts(
        { destination: "/made/deep/file", type: "bind", source: join(source, "file"), options: ["bind"] },
        { destination: "/made/directory", type: "bind", source, options: ["rbind"] },
      ),
    );
    expect(shown).toBe("contentcontent");
  });

  it("a relative source of a bind is relative to the bundle", () => {
    const bind = { destination: "/mnt", type: "bind", source: "rootfs/etc", options: ["bind"] };
    expect(bench.inside("ls /mnt", withMounts(bind))).toBe("passwd\n");
  });

  it("a bind of a source that does not exist, and a type that the kernel does not know, MUST generate an error", () => {
    const bind = { destination: "/mnt", type: "bind", source: "/nope", options: ["bind"] };
    expect(bench.creating(withMounts(bind)).code).not.toBe(0);
    expect(bench.creating(withMounts({ destination: "/mnt", type: "nope", source: "x" })).code).not.toBe(0);
  });

  it("a mount is a bind by its option, whatever its type says", () => {
    const bind = { destination: "/mnt", type: "none", source: "/etc/passwd", options: ["bind"] };
    expect(bench.inside("wc -c </mnt", withMounts(bind))).not.toBe("0\n");
  });

  it("options that are the file system's reach it", () => {
    const shown = bench.inside(
      "cat /proc/self/mountinfo; stat -c %a /data",
      tmpfs("/data", "size=1m", "mode=700"),
    );
    expect(mountLine(shown, "/data")).toMatch(/size=1024k/);
    expect(shown).toMatch(/\n700\n$/);
    expect(bench.creating(tmpfs("/data", "size=many")).code).not.toBe(0);
  });
});

describe("config.md#linux-mount-options", () => {
  /** The options the kernel shows for a mount of each list, and what stands behind the dash: the file system's own. */
  function shown(
    lists: readonly (readonly string[])[],
    mount: Partial<Mount>,
  ): { flags: string[]; rest: string }[] {
    const mounts = lists.map((options, index) => ({
      destination: `/m${index}`,
      ...mount,
      options: [...(mount.options ?? []), ...options],
    }));
    const mountinfo = bench.inside("cat /proc/self/mountinfo", withMounts(...mounts));
    return lists.map((_, index) => {
      const [before = "", rest = ""] = mountLine(mountinfo, `/m${index}`).split(" - ");
      return {
        flags: (before.split(" ")[5] ?? "").split(","),
        rest: `${before.split(" ").slice(6)} ${rest}`,
      };
    });
  }
  const tmpfs = { type: "tmpfs", source: "tmpfs" };
  const bind = () => ({ type: "bind", source: bench.dir, options: ["rbind"] });

  it("ro, nosuid, nodev, noexec, noatime, nodiratime and relatime are set on a new file system and on a bind", () => {
    const options = ["ro", "nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime"];
    for (const mount of [tmpfs, bind()]) {
      const seen = shown(
        options.map((option) => [option]),
        mount,
      );
      for (const [index, option] of options.entries()) expect(seen[index]?.flags).toContain(option);
    }
  });

  it("rw, suid, dev, exec, atime and diratime take their opposites back: the last of the two counts", () => {
    const pairs = [
      "rw ro",
      "suid nosuid",
      "dev nodev",
      "exec noexec",
      "atime noatime",
      "diratime nodiratime",
    ].map((pair) => pair.split(" ") as [string, string]);
    const cleared = shown(
      pairs.map(([clear, set]) => [set, clear]),
      tmpfs,
    );
    const set = shown(pairs, tmpfs);
    for (const [index, [, option]] of pairs.entries()) {
      expect(cleared[index]?.flags).not.toContain(option);
      expect(set[index]?.flags).toContain(option);
    }
  });

  it("strictatime replaces the kernel's relatime; sync and dirsync are the file system's", () => {
    const [strict, sync] = shown([["strictatime"], ["sync", "dirsync"]], tmpfs);
    expect(strict?.flags).not.toContain("relatime");
    expect(sync?.rest).toContain("sync,dirsync");
  });

  it("shared, slave, private, unbindable and their recursive forms are propagation types", () => {
    const types = [
      "shared",
      "rshared",
      "slave",
      "rslave",
      "private",
      "rprivate",
      "unbindable",
      "runbindable",
    ];
    const seen = shown(
      types.map((type) => [type]),
      tmpfs,
    ).map(({ rest }) => /^(shared|unbindable)?/.exec(rest)?.[0] ?? "");
    expect(seen).toEqual(["shared", "shared", "", "", "", "", "unbindable", "unbindable"]);
  });

  it("bind takes the mount alone, rbind what is mounted below it too", () => {
    const below = (option: string) =>
      bench.inside(
        "ls /data/pts | grep -c ptmx; true",
        withMounts({ destination: "/data", type: "bind", source: "/dev", options: [option, "ro"] }),
      );
    expect(below("rbind")).toBe("1\n");
    expect(below("bind")).toBe("0\n");
  });

  it("rro makes what is mounted below read-only too, ro does not", () => {
    const flags = (option: string) =>
      mountLine(
        bench.inside(
          "cat /proc/self/mountinfo",
          withMounts({ destination: "/data", type: "bind", source: "/dev", options: ["rbind", option] }),
        ),
        "/data/pts",
      ).split(" ")[5];
    expect(flags("rro")).toMatch(/^ro,/);
    expect(flags("ro")).toMatch(/^rw,/);
  });
});

describe("config.md#hostname and #domainname", () => {
  it("hostname is the one the program sees, and not the host's", () => {
    expect(bench.inside("hostname", withRaw({ hostname: "some-name.example" }))).toBe("some-name.example\n");
  });

  itButRunc("domainname is the one the program sees", () => {
    const command = "cat /proc/sys/kernel/domainname";
    expect(bench.inside(command, withRaw({ domainname: "example.org" }))).toBe("example.org\n");
  });

  it("without a uts namespace of its own hostname MUST generate an error: it would be the host's", () => {
    const namespaces = [{ type: "pid" as const }, { type: "mount" as const }];
    expect(bench.creating(withLinux({ namespaces }), withRaw({ hostname: "x" })).code).not.toBe(0);
  });
});

describe("config.md#annotations, #extensibility and #valid-values", () => {
  it("unknown annotations and properties MUST be ignored, at every level", () => {
    const annotations = { "com.example.unknown": "{}", empty: "" };
    const unknown = (spec: Spec) =>
      ({
        ...spec,
        later: [1],
        process: { ...spec.process, later: {} },
        linux: { ...spec.linux, later: "x" },
      }) as Spec;
    expect(bench.inside("echo ran", withRaw({ annotations }), unknown)).toBe("ran\n");
  });

  it.each([
    ["ociVersion", { ociVersion: 1 }],
    ["annotations", { annotations: { key: 1 } }],
    ["annotations", { annotations: ["value"] }],
    ["hostname", { hostname: 7 }],
    ["mounts", { mounts: {} }],
    ["root", { root: "rootfs" }],
    ["process", { process: [] }],
    ["linux", { linux: "none" }],
    ["hooks", { hooks: { poststop: { path: "/bin/true" } } }],
  ])("%s of another type MUST generate an error: %j", (_, raw) => {
    expect(bench.creating(withRaw(raw)).code).not.toBe(0);
  });

  it("what the process says about a terminal it does not have is ignored", () => {
    const consoleSize = { height: 1, width: 1 };
    expect(bench.inside("tty || true", withProcess({ consoleSize }), writable)).toBe("not a tty\n");
  });
});
