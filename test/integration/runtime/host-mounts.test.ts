import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Spec } from "../../../src/spec/types.ts";
import { mountinfoBesides } from "../../helpers/host.ts";
import { Bench, type Called, changes, running, runtimePath, withProcess } from "./harness.ts";

let bench: Bench;

/** A spec in the host's mount namespace, without what needs one of its own. */
const withoutMountNamespace = (spec: Spec): Spec => ({
  ...spec,
  linux: {
    ...spec.linux,
    namespaces: (spec.linux?.namespaces ?? []).filter(({ type }) => type !== "mount"),
    maskedPaths: [],
    readonlyPaths: [],
  },
});

/**
 * A host of which the mounts are shared, as systemd makes them, and another mount namespace that is its peer, and one that is
 * its slave, as services have them.
 */
class Host {
  readonly #processes: ChildProcess[] = [];
  readonly #pids: number[];

  private constructor(processes: ChildProcess[]) {
    this.#processes = processes;
    this.#pids = processes.map(({ pid }) => pid ?? 0);
  }

  static async make(propagation: "private" | "shared"): Promise<Host> {
    // First no peer of the machine's, which may be shared itself.
    const first = await holder(["--propagation", "private"], `mount --make-r${propagation} /`);
    const peer = (kind: string) => holder(["--propagation", kind], "", first.pid);
    return new Host([first, await peer("unchanged"), await peer("slave")]);
  }

  /** Run a program here. */
  run(program: string, ...args: readonly string[]): string {
    return execFileSync("nsenter", [...this.enter(), program, ...args], { encoding: "utf8" });
  }

  /** Run the runtime here. */
  call(args: readonly string[]): Called {
    const all = [...this.enter(), runtimePath, "--root", bench.stateRoot, ...args];
    return bench.call(all, { program: "nsenter", isWhole: true });
  }

  ok(args: readonly string[]): string {
    const called = this.call(args);
    expect(called).toMatchObject({ code: 0 });
    return called.stdout;
  }

  /** The mounts that can be seen here and in the other namespaces: mount point and whether it is shared. */
  mounts(): readonly (readonly string[])[] {
    return this.#pids.map((pid) => {
      return mountinfoBesides(bench, pid)
        .map((line) => `${line.split(" ")[4]}${/ shared:\d+/.test(line) ? " shared" : ""}`)
        .sort();
    });
  }

  below(path: string): readonly string[] {
    return (this.mounts()[0] ?? []).filter((line) => line.startsWith(path));
  }

  link(name: string): string {
    return this.run("readlink", name).trim();
  }

  dispose(): void {
    for (const process of this.#processes) process.kill("SIGKILL");
  }

  private enter(): string[] {
    return [`--mount=/proc/${this.#pids[0]}/ns/mnt`, `--wd=${bench.dir}`];
  }
}

/** A process that keeps a mount namespace; it is there when this returns. */
async function holder(options: readonly string[], prepare: string, from?: number): Promise<ChildProcess> {
  const enter = from === undefined ? [] : ["nsenter", `--mount=/proc/${from}/ns/mnt`];
  const script = `${prepare}\necho ready; exec sleep 600`;
  const [program = "", ...args] = [...enter, "unshare", "-m", ...options, "sh", "-c", script];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child.stdout ?? child, "data");
  return child;
}

describe.each(["private", "shared"] as const)(
  "a container without a mount namespace, on %s mounts",
  (kind) => {
    let host: Host;
    beforeEach(async () => {
      bench = new Bench();
      host = await Host.make(kind);
    });
    afterEach(async () => {
      host.call(["delete", "--force", "c1"]);
      host.dispose();
      await bench.dispose();
    });

    it("has its own root and mounts, init and exec alike, and leaves the host as it was", () => {
      const before = host.mounts();
      const bundle = bench.bundle("c1", changes(running("sleep 1000"), withoutMountNamespace));
      const rootfs = join(bundle, "rootfs");
      host.ok(["run", "-d", "-b", bundle, "c1"]);
      const own = host.below(rootfs).filter((line) => line !== `${rootfs} shared`);
      expect(own).toEqual(
        expect.arrayContaining([
          rootfs,
          `${rootfs}/proc`,
          `${rootfs}/dev`,
          `${rootfs}/dev/pts`,
          `${rootfs}/sys`,
        ]),
      );
      expect(own.filter((line) => line.includes("shared"))).toEqual([]);
      const { pid } = bench.state("c1");
      expect(execFileSync("readlink", [`/proc/${pid}/root`], { encoding: "utf8" }).trim()).toBe(rootfs);
      const shown = host.ok([
        "exec",
        "c1",
        "sh",
        "-c",
        "pwd; ls -d /rootfs /etc/passwd /proc/1; readlink /proc/1/ns/mnt",
      ]);
      expect(shown).toBe(`/\n/etc/passwd\n/proc/1\n${host.link("/proc/self/ns/mnt")}\n`);
      host.ok(["delete", "--force", "c1"]);
      expect(host.mounts()).toEqual(before);
    });

    it("takes away its own mounts only", () => {
      const bundle = bench.bundle(
        "c1",
        changes(running("ls /data; mkdir /data/made"), withoutMountNamespace),
      );
      const rootfs = join(bundle, "rootfs");
      mkdirSync(join(rootfs, "data"));
      host.run("mount", "--bind", rootfs, rootfs);
      host.run("mount", "-t", "tmpfs", "data", join(rootfs, "data"));
      host.run("mkdir", join(rootfs, "data/there"));
      const before = host.mounts();
      expect(host.ok(["run", "-b", bundle, "c1"])).toBe("there\n");
      expect(host.mounts()).toEqual(before);
      expect(host.run("ls", join(rootfs, "data"))).toBe("made\nthere\n");
    });

    it("lets a mount be that is there in its place when it is deleted", () => {
      const bundle = bench.bundle("c1", changes(running("sleep 1000"), withoutMountNamespace));
      const rootfs = join(bundle, "rootfs");
      const before = host.mounts();
      host.ok(["run", "-d", "-b", bundle, "c1"]);
      host.run("umount", "-l", rootfs);
      host.run("umount", "-l", rootfs);
      expect(host.mounts()).toEqual(before);
      host.run("mount", "--bind", rootfs, rootfs);
      const others = host.mounts();
      host.ok(["delete", "--force", "c1"]);
      expect(host.mounts()).toEqual(others);
      host.run("umount", rootfs);
    });

    it("takes away what was mounted on it, and says when another mount hides it", () => {
      const bundle = bench.bundle("c1", changes(running("sleep 1000"), withoutMountNamespace));
      const rootfs = join(bundle, "rootfs");
      const before = host.mounts();
      host.ok(["run", "-d", "-b", bundle, "c1"]);
      host.run("mount", "-t", "tmpfs", "on-root", rootfs);
      host.run("mount", "-t", "tmpfs", "hides", bundle);
      host.run("mkdir", rootfs);
      const called = host.call(["delete", "--force", "c1"]);
      expect(called).toMatchObject({ code: 1 });
      expect(called.stderr).toContain("another mount hides it");
      host.run("umount", bundle);
      host.ok(["delete", "--force", "c1"]);
      expect(host.mounts()).toEqual(before);
    });

    it("leaves nothing when create fails", () => {
      const before = host.mounts();
      const bundle = bench.bundle("c1", changes(withProcess({ args: ["nope"] }), withoutMountNamespace));
      expect(host.call(["create", "-b", bundle, "c1"])).toMatchObject({ code: 1 });
      expect(host.mounts()).toEqual(before);
    });
  },
);

describe("a container without a mount namespace", () => {
  it("cannot have paths masked, in runc's words", async () => {
    bench = new Bench();
    const change = (spec: Spec): Spec => {
      const { linux, ...rest } = withoutMountNamespace(spec);
      return { ...rest, linux: { ...linux, maskedPaths: ["/proc/kcore"] } };
    };
    const called = bench.call(["create", "-b", bench.bundle("c1", change), "c1"]);
    expect(called.stderr).toContain("unable to restrict sys entries without a private MNT namespace");
    await bench.dispose();
  });
});
