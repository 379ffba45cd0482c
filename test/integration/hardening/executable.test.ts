import { createHash } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bench, running, runtimePath, withProcess } from "../runtime/harness.ts";

const PROGRAMS = ["gantry-init", "gantry-runtime"].map((name) => join(dirname(runtimePath), name));
const POWERFUL = ["CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_SYS_RAWIO"];

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.dispose());

function digests(): string[] {
  return PROGRAMS.map((path) => createHash("sha256").update(readFileSync(path)).digest("hex"));
}

/** With more capabilities than any default gives. */
function privileged(args: readonly string[]) {
  return withProcess({
    args,
    capabilities: { bounding: POWERFUL, effective: POWERFUL, permitted: POWERFUL },
  });
}

describe("our executable", () => {
  it("cannot be written through /proc/1/exe of a created container (CVE-2019-5736)", () => {
    const before = digests();
    bench.ok(["create", "-b", bench.bundle("c1", privileged(["sleep", "100"])), "c1"]);
    // Init is still gantry-init: it waits to be started.
    const attack = bench.call([
      ...["exec", ...POWERFUL.flatMap((name) => ["--cap", name]), "c1"],
      ...["sh", "-c", "readlink /proc/1/exe; echo overwritten >/proc/1/exe"],
    ]);
    expect(attack.code).not.toBe(0);
    expect(digests()).toEqual(before);
    bench.ok(["delete", "--force", "c1"]);
  });

  it("cannot be written by a program that is it: #!/proc/self/exe (CVE-2019-5736)", () => {
    const before = digests();
    const bundle = bench.bundle("c1", privileged(["/bin/evil"]));
    const script = join(bundle, "rootfs/bin/evil");
    writeFileSync(script, "#!/proc/self/exe\n");
    chmodSync(script, 0o755);
    expect(bench.call(["run", "-b", bundle, "c1"]).code).not.toBe(0);
    expect(digests()).toEqual(before);
  });

  it("shows its memory and descriptors to no process of the container (CVE-2016-9962)", () => {
    const spy =
      'while :; do for p in /proc/[0-9]*; do [ "$p" = /proc/1 ] || ls -l $p/fd $p/cwd $p/root; done; done >/tmp/seen 2>&1';
    const bundle = bench.bundle("c1", (spec) => {
      const changed = running(spy)(spec);
      return { ...changed, root: { path: "rootfs", readonly: false } };
    });
    bench.ok(["run", "-d", "-b", bundle, "c1"]);
    for (let i = 0; i < 15; i++) bench.ok(["exec", "c1", "true"]);
    bench.ok(["delete", "--force", "c1"]);
    const seen = readFileSync(join(bundle, "rootfs/tmp/seen"), "utf8");
    expect(seen).toContain("Permission denied"); // it did meet one of ours
    expect(seen).not.toContain(bench.stateRoot);
    expect(seen).not.toContain("/sys/fs/cgroup");
  });
});

describe("no file of the image's C library", () => {
  it("is read by us: only the program itself opens it (CVE-2019-14271)", () => {
    // A directory in place of each file that a name service would load: opening it as a library would fail the exec.
    const bundle = bench.bundle("c1", running("id -u; echo $HOME"));
    writeFileSync(join(bundle, "rootfs/etc/nsswitch.conf"), "passwd: evil\n");
    writeFileSync(join(bundle, "rootfs/etc/ld.so.preload"), "/evil.so\n");
    expect(bench.call(["run", "-b", bundle, "c1"])).toMatchObject({ code: 0, stdout: "0\n/root\n" });
  });
});
