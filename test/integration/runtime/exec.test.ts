import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { waitFor } from "../../helpers/wait.ts";
import { Bench, running, withProcess } from "./harness.ts";

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
  bench.ok(["run", "-d", "-b", bench.bundle("c1", running("sleep 1000")), "c1"]);
});
afterEach(async () => {
  bench.call(["delete", "--force", "c1"]);
  await bench.dispose();
});

describe("gantry-runtime exec", () => {
  it("runs in the container's namespaces and passes output and exit code on", () => {
    const called = bench.call(["exec", "c1", "sh", "-c", "hostname; echo err >&2; exit 9"]);
    expect(called).toEqual({ code: 9, stdout: "gantry\n", stderr: "err\n" });
    const { pid } = bench.state("c1");
    for (const namespace of ["pid", "mnt", "net", "ipc", "uts"]) {
      const inside = bench.ok(["exec", "c1", "readlink", `/proc/1/ns/${namespace}`]).trim();
      expect(inside).toBe(bench.ok(["exec", "c1", "readlink", `/proc/self/ns/${namespace}`]).trim());
      expect(inside).toBe(readlinkSync(`/proc/${pid}/ns/${namespace}`));
    }
  });

  it("reads its standard input", () => {
    expect(bench.ok(["exec", "c1", "tr", "a-z", "A-Z"], { input: "hello\n" })).toBe("HELLO\n");
  });

  it("takes user, directory and environment from flags", () => {
    const script = "id -u; id -g; pwd; echo $A $B $HOME";
    const flags = ["--user", "1000:5", "--cwd", "/tmp", "-e", "A=1", "-e", "B=two words"];
    expect(bench.ok(["exec", ...flags, "c1", "sh", "-c", script])).toBe(
      "1000\n5\n/tmp\n1 two words /home/user\n",
    );
  });

  it("adds capabilities, but none to inherit", () => {
    const show = ["exec", "c1", "sh", "-c", "grep Cap /proc/self/status || cat /proc/self/status"];
    const before = capabilities(bench.ok(show));
    const after = capabilities(bench.ok(["exec", "--cap", "CAP_SYS_ADMIN", ...show.slice(1)]));
    const bit = 1n << 21n;
    expect(before.CapEff & bit).toBe(0n);
    expect(after).toEqual({
      CapInh: 0n,
      CapPrm: before.CapPrm | bit,
      CapEff: before.CapEff | bit,
      CapBnd: before.CapBnd | bit,
      CapAmb: 0n,
    });
  });

  it("takes a whole process from a file", () => {
    const file = join(bench.dir, "process.json");
    const process = {
      args: ["sh", "-c", "id -u; echo $X"],
      cwd: "/",
      env: ["PATH=/bin", "X=from file"],
      user: { uid: 1000, gid: 1000 },
    };
    writeFileSync(file, JSON.stringify(process));
    expect(bench.ok(["exec", "--process", file, "c1"])).toBe("1000\nfrom file\n");
  });

  it("takes a process without a user as root's", () => {
    const file = join(bench.dir, "process.json");
    writeFileSync(file, JSON.stringify({ args: ["id", "-u"], cwd: "/", env: ["PATH=/bin"] }));
    expect(bench.ok(["exec", "--process", file, "c1"])).toBe("0\n");
  });

  it("joins a cgroup below the container's, for some controllers or for all", () => {
    const { cgroup } = JSON.parse(readFileSync(join(bench.stateRoot, "c1/state.json"), "utf8"));
    const controller = cgroup.mode === "v2" ? "" : "pids";
    mkdirSync(`${cgroup.paths[controller]}/below`);
    const wanted = cgroup.mode === "v2" ? "below" : "pids:below";
    const shown = bench.ok(["exec", "--cgroup", wanted, "c1", "cat", "/proc/self/cgroup"]);
    expect(shown.match(/\/below$/gm)).toHaveLength(1);
    expect(shown).toMatch(new RegExp(`:${controller}:/\\S*below$`, "m"));
    for (const [wanted, message] of [
      ["..", ".. is not a sub cgroup path"],
      ["nonexistent", "no such file or directory"],
      ["nope:/", "unknown controller"],
    ] as const) {
      const called = bench.call(["exec", "--cgroup", wanted, "c1", "true"]);
      expect(called).toMatchObject({ code: 255, stderr: expect.stringContaining(message) });
    }
  });

  it("names the program whose interpreter is missing", () => {
    const script = join(bench.dir, "c1/rootfs/bin/script");
    writeFileSync(script, "#!/no/such/shell\n", { mode: 0o755 });
    expect(bench.call(["exec", "c1", "/bin/script"]).stderr).toContain(
      "exec /bin/script: no such file or directory",
    );
  });

  it("detaches with a pid file", async () => {
    const pidFile = join(bench.dir, "exec.pid");
    bench.ok(["exec", "-d", "--pid-file", pidFile, "c1", "sleep", "777"]);
    const pid = readFileSync(pidFile, "utf8");
    expect(pid).toMatch(/^\d+$/);
    await waitFor("sleep 777", () => readFileSync(`/proc/${pid}/cmdline`, "utf8") === "sleep\u0000777\u0000");
    expect(JSON.parse(bench.ok(["ps", "--format", "json", "c1"]))).toContain(Number(pid));
  });

  it("leaves no process directory behind when it was attached", () => {
    bench.ok(["exec", "c1", "true"]);
    expect(readdirSync(join(bench.stateRoot, "c1/execs"))).toEqual([]);
  });

  it.each([
    { command: ["nope"], message: 'exec: "nope": executable file not found in $PATH' },
    { command: ["/bin/nope"], message: 'exec: "/bin/nope": stat /bin/nope: no such file or directory' },
    { command: ["/etc/passwd"], message: 'exec: "/etc/passwd": permission denied' },
  ])("fails with 255 and Go's words for $command", ({ command, message }) => {
    const called = bench.call(["exec", "c1", ...command]);
    expect(called.code).toBe(255);
    expect(called.stderr).toContain(message.replaceAll('"', '\\"'));
    expect(called.stderr).toContain("exec failed: unable to start container process: ");
  });

  it.each(["", "1000x", "1000:", ":5", "-1", "4294967296", " 1"])("refuses --user %j", (user) => {
    const called = bench.call(["exec", `--user=${user}`, "c1", "id"]);
    expect(called).toMatchObject({ code: 255, stdout: "" });
  });

  it("refuses a directory that leads outside the container (CVE-2024-21626)", () => {
    for (let fd = 3; fd < 12; fd++) {
      const called = bench.call(["exec", "--cwd", `/proc/self/fd/${fd}`, "c1", "pwd"]);
      expect(called).toMatchObject({ code: 255, stdout: "" });
    }
  });

  it("gives the process no descriptor but its three, and those of --preserve-fds", () => {
    const list = ["exec", "c1", "sh", "-c", "ls /proc/self/fd"];
    expect(bench.ok(list)).toBe("0\n1\n2\n3\n"); // 3 is the directory that ls reads
    const { fd, close } = openFile("/etc/passwd");
    const kept = bench.ok(
      ["exec", "--preserve-fds", "3", "c1", "sh", "-c", "cat <&5 | wc -c; ls /proc/self/fd"],
      {
        fds: [fd, fd, fd],
      },
    );
    expect(kept).toBe(`${readFileSync("/etc/passwd").length}\n0\n1\n2\n3\n4\n5\n6\n`);
    const missing = bench.call(["exec", "--preserve-fds", "4", "c1", "true"], { fds: [fd, fd, fd] });
    expect(missing.stderr).toContain("unable to stat preserved-fd 3");
    close();
  });

  it("runs fifty at once", async () => {
    const all = await Promise.all(
      Array.from(
        { length: 50 },
        (_, index) => bench.start(["exec", "c1", "sh", "-c", `exit ${index}`]).ended,
      ),
    );
    expect(all.map(({ code }) => code)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  it("passes signals on to the process", async () => {
    const script = "trap 'echo got it; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
    const started = bench.start(["exec", "c1", "sh", "-c", script]);
    await waitFor("the trap", () => readFileSync(started.stdoutFile, "utf8").includes("ready"));
    started.kill("SIGTERM");
    expect(await started.ended).toMatchObject({ code: 3, stdout: "ready\ngot it\n" });
  });

  it("refuses a stopped and a paused container", async () => {
    bench.ok(["pause", "c1"]);
    expect(bench.call(["exec", "c1", "true"])).toMatchObject({
      code: 255,
      stderr: expect.stringContaining("cannot exec in a paused container"),
    });
    bench.ok(["resume", "c1"]);
    bench.ok(["kill", "c1", "KILL"]);
    await bench.until("c1", "stopped");
    expect(bench.call(["exec", "c1", "true"])).toMatchObject({
      code: 255,
      stderr: expect.stringContaining("cannot exec in a stopped container"),
    });
  });
});

describe("gantry-runtime exec in a container of another user", () => {
  it("keeps what the flags do not name", () => {
    const change = withProcess({
      user: { uid: 7, gid: 8 },
      args: ["sleep", "1000"],
      env: ["PATH=/bin", "K=v"],
    });
    bench.ok(["run", "-d", "-b", bench.bundle("c2", change), "c2"]);
    expect(bench.ok(["exec", "c2", "sh", "-c", "id -u; id -g; echo $K"])).toBe("7\n8\nv\n");
    bench.ok(["delete", "--force", "c2"]);
  });
});

function capabilities(status: string) {
  const field = (name: string): bigint =>
    BigInt(`0x${new RegExp(`^${name}:\\s*(\\w+)`, "m").exec(status)?.[1]}`);
  return {
    CapInh: field("CapInh"),
    CapPrm: field("CapPrm"),
    CapEff: field("CapEff"),
    CapBnd: field("CapBnd"),
    CapAmb: field("CapAmb"),
  };
}

function openFile(path: string): { fd: number; close: () => void } {
  const fd = openSync(path, "r");
  return { fd, close: () => closeSync(fd) };
}
