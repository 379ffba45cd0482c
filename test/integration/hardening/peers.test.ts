/**
 * Two containers that share a volume, and one of them exchanges names in it all the time while the other is created. What the
 * other one's runtime does on such a path must happen in its rootfs or not at all.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Mount, Spec } from "../../../src/spec/types.ts";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, changes, compiled, running, withProcess } from "../runtime/harness.ts";

const ROUNDS = 16;
/**
 * /dev/console by `stat`: a slave of a pty, 136:n, or, when the peer has moved it away from below the mount, which it may, the file
 * of the volume.
 */
const CONSOLE = /^(character special file 88|regular empty file 0)$/;

let bench: Bench;
/** A directory of the host that no container may touch. */
let outside: string;
let volume: string;

beforeEach(() => {
  bench = new Bench();
  outside = mkdtempSync(join(tmpdir(), "gantry-outside-"));
  volume = join(bench.dir, "volume");
  mkdirSync(volume);
});
afterEach(async () => {
  bench.call(["delete", "--force", "victim"]);
  bench.call(["delete", "--force", "peer"]);
  await bench.dispose();
  rmSync(outside, { recursive: true, force: true });
});

/** The volume, shared so that each sees what the other mounts on it. */
function shared(destination: string, source: string): Mount {
  return { destination, type: "bind", source, options: ["rbind", "rw", "rshared"] };
}

function withMounts(...mounts: readonly Mount[]): (spec: Spec) => Spec {
  return (spec) => {
    const taken = mounts.map(({ destination }) => destination);
    const others = (spec.mounts ?? []).filter(({ destination }) => !taken.includes(destination));
    return { ...spec, mounts: [...others, ...mounts] };
  };
}

/** Start the container that exchanges `name` of the volume for a link to `target`, and back, without end. */
async function startPeer(name: string, target: string): Promise<void> {
  symlinkSync(target, join(volume, "link"));
  const program = { args: ["/bin/swapper", `/volume/${name}`, "/volume/link"] };
  const writable = (spec: Spec): Spec => ({ ...spec, root: { path: "rootfs" } });
  const bundle = bench.bundle(
    "peer",
    changes(withProcess(program), writable, withMounts(shared("/volume", volume))),
  );
  const swapper = compiled("hardening/swapper.c", bench.dir, "-static");
  cpSync(swapper, join(bundle, "rootfs/bin/swapper"));
  bench.ok(["run", "-d", "-b", bundle, "peer"]);
  const isLink = () => lstatSync(join(volume, name), { throwIfNoEntry: false })?.isSymbolicLink() === true;
  await waitFor("the first exchange", isLink);
}

/** Every file below a directory with its text, and what a create must leave alone. */
function snapshot(): unknown {
  const files = readdirSync(outside, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path, entry.isFile() ? readFileSync(path, "utf8") : ""];
  });
  const sysctls = ["net/ipv4/ip_forward", "kernel/core_pattern", "kernel/msgmax"];
  return {
    files: files.sort(),
    sysctls: sysctls.map((name) => readFileSync(join("/proc/sys", name), "utf8")),
    mounts: readFileSync("/proc/self/mountinfo", "utf8")
      .split("\n")
      .filter((line) => line.includes(outside)),
    fstab: readFileSync("/etc/passwd", "utf8"),
  };
}

/** With the peer stopped, each name is what it was. */
function putRight(name: string): void {
  const [path, link, other] = [join(volume, name), join(volume, "link"), join(volume, "other")];
  if (!lstatSync(path).isSymbolicLink()) return;
  renameSync(path, other);
  renameSync(link, path);
  renameSync(other, link);
}

/**
 * Create and remove the victim again and again, and at last without the peer.
 *
 * @param name what the peer exchanges
 * @param look is called with every victim that could be created, while the peer is stopped
 */
function attack(name: string, bundle: string, look: () => void, flags: readonly string[] = []): void {
  const before = snapshot();
  for (let round = 0; round <= ROUNDS; round++) {
    const called = bench.call(["create", ...flags, "-b", bundle, "victim"]);
    if (called.code === 0) {
      bench.ok(["pause", "peer"]);
      putRight(name);
      bench.ok(["start", "victim"]);
      look();
      if (round < ROUNDS) bench.ok(["resume", "peer"]);
    }
    bench.ok(["delete", "--force", "victim"]);
    expect(snapshot()).toEqual(before);
    if (round < ROUNDS - 1) continue;
    // The last round: nothing but the peer was in the way.
    if (round === ROUNDS) expect(called.stderr).toBe("");
    bench.ok(["pause", "peer"]);
    putRight(name);
  }
}

/** A volume that is the other one's /dev, which is then the caller's to fill. */
function asDev(spec: Spec): Spec {
  execFileSync("mknod", [join(volume, "null"), "c", "1", "3"]);
  writeFileSync(join(volume, "console"), "");
  mkdirSync(join(volume, "pts"), { recursive: true });
  mkdirSync(join(volume, "shm"));
  mkdirSync(join(volume, "mqueue"));
  return {
    ...spec,
    mounts: (spec.mounts ?? []).map((mount) =>
      mount.destination === "/dev" ? shared("/dev", volume) : mount,
    ),
  };
}

/** What a device of the container is: "c 136 0". */
function device(path: string): string {
  return bench.ok(["exec", "victim", "stat", "-c", "%F %t", path]).trim();
}

describe("a container that exchanges names in a shared volume", () => {
  it("does not move /dev/pts, or the console on it, out of another one", async () => {
    mkdirSync(join(outside, "pts"));
    for (const name of ["0", "1", "ptmx"]) writeFileSync(join(outside, "pts", name), "decoy");
    const bundle = bench.bundle(
      "victim",
      changes(running("sleep 1000"), withProcess({ terminal: true }), asDev),
    );
    await startPeer("pts", join(outside, "pts"));
    attack("pts", bundle, () => expect(device("/dev/console")).toMatch(CONSOLE), ["--monitor"]);
  });

  it("does not have another one's console bound on a file of the host (CVE-2025-52565)", async () => {
    writeFileSync(join(outside, "console"), "decoy");
    const bundle = bench.bundle(
      "victim",
      changes(running("sleep 1000"), withProcess({ terminal: true }), asDev),
    );
    await startPeer("console", join(outside, "console"));
    attack("console", bundle, () => expect(device("/dev/console")).toMatch(CONSOLE), ["--monitor"]);
  });

  it("does not redirect sysctls and masks of another one's /proc (CVE-2025-31133, CVE-2025-52881)", async () => {
    // The rootfs itself is in the volume, and its /proc is what is exchanged.
    const decoy = join(outside, "proc");
    for (const [name, text] of [
      ["sys/net/ipv4/ip_forward", "decoy"],
      ["sys/kernel/msgmax", "decoy"],
      ["self/attr/exec", "decoy"],
      ["kcore", "decoy"],
      ["sysrq-trigger", "decoy"],
    ] as const) {
      mkdirSync(join(decoy, name, ".."), { recursive: true });
      writeFileSync(join(decoy, name), text);
    }
    const bundle = bench.bundle(
      "victim",
      changes(running("sleep 1000"), (spec) => ({
        ...spec,
        root: { path: join(volume, "rootfs") },
        linux: { ...spec.linux, sysctl: { "net.ipv4.ip_forward": "1", "kernel.msgmax": "4321" } },
      })),
    );
    renameSync(join(bundle, "rootfs"), join(volume, "rootfs"));
    await startPeer("rootfs/proc", decoy);
    attack("rootfs/proc", bundle, () => {
      const shell = (command: string) => bench.call(["exec", "victim", "sh", "-c", command]);
      // The peer may move the directory away from below the mount; then there is no /proc, but never another one.
      if (shell("test -e /proc/self").code !== 0) return;
      const values = shell("cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax");
      expect(values.stdout).toBe("1\n4321\n");
      expect(shell("head -c 1 /proc/kcore").stdout).toBe(""); // masked by the null device
      expect(shell("echo 1 > /proc/sys/kernel/msgmax").stderr).toContain("Read-only");
    });
  });

  it("does not redirect the write of another one's label", async ({ skip }) => {
    const isThere = existsSync("/sys/module/apparmor/parameters/enabled");
    if (!isThere) return skip("no AppArmor on this host");
    const decoy = join(outside, "proc");
    mkdirSync(join(decoy, "self/attr/apparmor"), { recursive: true });
    for (const name of ["exec", "apparmor/exec"]) writeFileSync(join(decoy, "self/attr", name), "decoy");
    const bundle = bench.bundle(
      "victim",
      changes(running("sleep 1000"), withProcess({ apparmorProfile: "unconfined" }), (spec) => ({
        ...spec,
        root: { path: join(volume, "rootfs") },
      })),
    );
    renameSync(join(bundle, "rootfs"), join(volume, "rootfs"));
    await startPeer("rootfs/proc", decoy);
    attack("rootfs/proc", bundle, () => {});
  });

  it("takes no mount of another one out of its rootfs, though both see what is mounted (CVE-2019-19921, CVE-2021-30465)", async () => {
    mkdirSync(join(volume, "dir"));
    await startPeer("dir", outside);
    const bundle = bench.bundle(
      "victim",
      changes(
        running("sleep 1000"),
        withMounts(
          shared("/volume", volume),
          { destination: "/volume/dir/tmpfs", type: "tmpfs", source: "tmpfs" },
          { destination: "/volume/dir/bind", type: "bind", source: "/etc", options: ["rbind", "ro"] },
        ),
        (spec) => ({ ...spec, linux: { ...spec.linux, maskedPaths: ["/volume/dir"] } }),
      ),
    );
    attack("dir", bundle, () => {});
  });

  it("gives another one no other root than its own", async () => {
    const bundle = bench.bundle(
      "victim",
      changes(running("sleep 1000"), (spec) => ({ ...spec, root: { path: join(volume, "rootfs") } })),
    );
    renameSync(join(bundle, "rootfs"), join(volume, "rootfs"));
    execFileSync("cp", ["-a", `${join(volume, "rootfs")}/.`, outside]);
    rmSync(join(outside, "etc"), { recursive: true });
    await startPeer("rootfs", outside);
    attack("rootfs", bundle, () => {
      const root = bench.state("victim");
      // By either of the names that the directory has in turn.
      expect(root["rootfs"]).toMatch(/volume\/(rootfs|link)$|gantry-outside/);
    });
  });
});
