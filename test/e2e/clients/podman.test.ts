import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isGantry } from "../../helpers/paths.ts";
import { type Podman, startPodman } from "../../helpers/podman.ts";
import { expectNothingNew, type Inventory } from "../../helpers/sandbox-leaks.ts";
import { waitFor } from "../../helpers/wait.ts";

describe(`podman, ${isGantry ? "gantry-runtime" : "runc"}`, () => {
  let podman: Podman;
  let before: Inventory;
  beforeAll(async () => {
    podman = await startPodman(false);
  });
  afterAll(() => podman?.sandbox.stop());
  beforeEach(() => {
    before = podman.inventory();
  });
  afterEach(async (context) => {
    if (context.task.result?.state === "fail") await podman.reset();
    await expectNothingNew(podman.inventory, before);
  });

  /** `podman run --rm FLAGS IMAGE sh -c SCRIPT` */
  const script = (flags: readonly string[], text: string) =>
    podman.call(["run", "--rm", ...flags, podman.image, "sh", "-c", text]);
  const detached = (name: string, text: string, flags: readonly string[] = []) =>
    podman.ok(["run", "-d", "--name", name, ...flags, podman.image, "sh", "-c", text]);
  const inspect = (name: string, format: string) => podman.ok(["inspect", name, "--format", format]);

  it("run: output, error output, exit code, standard input", async () => {
    expect(await script([], "echo out; echo err >&2; exit 7")).toMatchObject({
      code: 7,
      stdout: "out\n",
      stderr: "err\n",
    });
    const piped = await podman.call(["run", "--rm", "-i", podman.image, "wc", "-c"], {
      input: "x".repeat(9000),
    });
    expect(piped).toMatchObject({ code: 0, stdout: "9000\n" });
  });

  it("run and exec: exit codes 126 and 127", async () => {
    const cases = [
      [127, "nosuchprogram", "executable file not found in $PATH"],
      [127, "/no/such", "no such file or directory"],
      [126, "/etc/passwd", "permission denied"],
      [126, "/bin", "permission denied"],
    ] as const;
    await detached("c1", "sleep 1000");
    for (const [code, program, reason] of cases) {
      const ended = { code, stderr: expect.stringContaining(reason) };
      expect(await podman.call(["run", "--rm", podman.image, program])).toMatchObject(ended);
      expect(await podman.call(["exec", "c1", program])).toMatchObject(ended);
    }
    await podman.ok(["rm", "-f", "-t", "0", "c1"]);
  });

  it("run: exit code 125 for what podman refuses", async () => {
    expect((await script(["--device", "/dev/nosuch"], "true")).code).toBe(125);
  });

  it("run -it and exec -it: a terminal of the caller's size", async () => {
    const waits = 'until [ "$(stty size)" = "33 99" ]; do sleep 0.05; done 2>/dev/null';
    const text = `tty; ${waits}; echo sized; read word; echo got $word; exit 4`;
    const typed = [{ after: "sized", keys: "word\n" }];
    const ran = await podman.inTerminal(["run", "--rm", "-it", podman.image, "sh", "-c", text], typed);
    expect(ran).toEqual({ code: 4, output: expect.stringMatching(/\/dev\/pts\/0\n.*got word/s) });
    await detached("c1", "sleep 1000");
    const executed = await podman.inTerminal(["exec", "-it", "c1", "sh", "-c", text], typed);
    expect(executed).toEqual({ code: 4, output: expect.stringMatching(/\/dev\/pts\/\d\n.*got word/s) });
    await podman.ok(["rm", "-f", "-t", "0", "c1"]);
  });

  it("run -d, logs, exec with user, directory, environment and input", async () => {
    await detached("c1", "echo started; echo err >&2; sleep 1000");
    await waitFor("the log", async () => (await podman.ok(["logs", "c1"])) === "started");
    expect((await podman.call(["logs", "c1"])).stderr).toBe("err\n");
    const flags = ["-u", "1000:2000", "-w", "/tmp", "-e", "A=b"];
    const executed = await podman.call([
      "exec",
      ...flags,
      "c1",
      "sh",
      "-c",
      "id -u; id -g; pwd; echo $A; exit 5",
    ]);
    expect(executed).toMatchObject({ code: 5, stdout: "1000\n2000\n/tmp\nb\n" });
    expect(await podman.ok(["exec", "-i", "c1", "cat"], { input: "hello\n" })).toBe("hello");
    await podman.ok(["exec", "-d", "c1", "sh", "-c", "echo done > /tmp/d"]);
    await waitFor(
      "the detached exec",
      async () => (await podman.call(["exec", "c1", "cat", "/tmp/d"])).code === 0,
    );
    expect(await podman.ok(["top", "c1", "args"])).toContain("sleep 1000");
    await podman.ok(["rm", "-f", "-t", "0", "c1"]);
  });

  it("stop, kill, wait, start, restart", async () => {
    const text =
      'trap "echo term; exit 3" TERM; trap "echo usr; exit 4" USR1; echo up; while :; do sleep 0.05; done';
    const upTimes = async (count: number) =>
      waitFor("the trap", async () => (await podman.ok(["logs", "c1"])).split("up").length === count + 1);
    await detached("c1", text);
    await upTimes(1);
    await podman.ok(["stop", "-t", "20", "c1"]);
    expect(await podman.ok(["wait", "c1"])).toBe("3");
    expect(await inspect("c1", "{{.State.Status}} {{.State.ExitCode}}")).toBe("exited 3");
    await podman.ok(["start", "c1"]);
    await upTimes(2);
    await podman.ok(["restart", "-t", "20", "c1"]);
    await upTimes(3);
    await podman.ok(["kill", "-s", "USR1", "c1"]);
    expect(await podman.ok(["wait", "c1"])).toBe("4");
    await podman.ok(["start", "c1"]);
    await podman.ok(["kill", "c1"]);
    expect(await podman.ok(["wait", "c1"])).toBe("137");
    await podman.ok(["rm", "c1"]);
  });

  it("create, init, start -a", async () => {
    await podman.ok(["create", "--name", "c1", podman.image, "sh", "-c", "echo created; exit 3"]);
    await podman.ok(["init", "c1"]);
    expect(await inspect("c1", "{{.State.Status}}")).toBe("initialized");
    expect(await podman.call(["start", "-a", "c1"])).toMatchObject({ code: 3, stdout: "created\n" });
    await podman.ok(["rm", "c1"]);
  });

  it("pause, unpause, stats", async () => {
    await detached("c1", "sleep 1000");
    expect(await podman.ok(["stats", "--no-stream", "--format", "{{.PIDs}}", "c1"])).toBe("1");
    await podman.ok(["pause", "c1"]);
    expect(await inspect("c1", "{{.State.Status}}")).toBe("paused");
    await podman.ok(["unpause", "c1"]);
    expect(await podman.ok(["exec", "c1", "echo", "on"])).toBe("on");
    await podman.ok(["pause", "c1"]);
    await podman.ok(["rm", "-f", "-t", "0", "c1"]);
  });

  it("limits of memory, processes and CPU, also changed; the OOM killer", async () => {
    const files = "memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us".split(" ");
    const read = `cd /sys/fs/cgroup; cat ${files.join(" ")} || cat memory.max pids.max cpu.max`;
    const flags = ["-m", "64m", "--pids-limit", "50", "--cpus", "0.5"];
    expect((await script(flags, read)).stdout).toMatch(/^67108864\n50\n50000( 100000)?\n$/);
    await detached("c1", "sleep 1000");
    await podman.ok(["update", "--memory", "32m", "c1"]);
    expect(await podman.ok(["exec", "c1", "sh", "-c", read])).toMatch(/^33554432\n/);
    await podman.ok(["rm", "-f", "-t", "0", "c1"]);
    expect((await script(["-m", "16m", "--memory-swap", "16m"], "tail /dev/zero")).code).toBe(137);
  });

  it("a pod of two containers, with shared namespaces and one process tree", async () => {
    await podman.ok(["pod", "create", "--name", "p1", "--share", "net,ipc,uts,pid"]);
    for (const name of ["a", "b"]) {
      await podman.ok(["run", "-d", "--pod", "p1", "--name", name, podman.image, "sleep", "1000"]);
    }
    const links = "for n in net ipc uts pid; do readlink /proc/self/ns/$n; done";
    const [first, second] = await Promise.all(
      ["a", "b"].map((name) => podman.ok(["exec", name, "sh", "-c", links])),
    );
    expect(first).toBe(second);
    expect(await podman.ok(["exec", "a", "ps", "-o", "args"])).toMatch(/sleep 1000\n.*sleep 1000/);
    await podman.ok(["pod", "pause", "p1"]);
    await podman.ok(["pod", "unpause", "p1"]);
    await podman.ok(["pod", "stop", "-t", "0", "p1"]);
    await podman.ok(["pod", "start", "p1"]);
    await podman.ok(["pod", "rm", "-f", "-t", "0", "p1"]);
  });

  it("user namespaces: of a container, and of a pod", async () => {
    const maps = ["--uidmap", "0:100000:5000", "--gidmap", "0:100000:5000"];
    const text = "cat /proc/self/uid_map; id -u; touch /root/x; stat -c %u /root/x";
    expect((await script(maps, text)).stdout.trim().split(/\s+/)).toEqual("0 100000 5000 0 0".split(" "));
    await podman.ok(["pod", "create", "--name", "p1", ...maps]);
    const inPod = await podman.ok(["run", "--rm", "--pod", "p1", podman.image, "cat", "/proc/self/uid_map"]);
    expect(inPod.trim().split(/\s+/)).toEqual(["0", "100000", "5000"]);
    await podman.ok(["pod", "rm", "-f", "-t", "0", "p1"]);
  });

  it("--read-only, --user, --group-add, volumes, tmpfs", async () => {
    const shared = join(podman.sandbox.dir, "shared");
    mkdirSync(shared, { recursive: true });
    const readOnly = await script(
      ["--read-only"],
      "touch /x 2>/dev/null || echo ro; touch /tmp/y && echo rw",
    );
    expect(readOnly.stdout).toBe("ro\nrw\n");
    expect((await script(["--user", "1000", "--group-add", "3000"], "id -u; id -G")).stdout).toMatch(
      /^1000\n1000 (.* )?3000\b/,
    );
    const volumes = ["-v", `${shared}:/v:ro`, "-v", "named:/w", "--tmpfs", "/t:size=1m"];
    const text = "touch /v/x 2>/dev/null || echo ro; touch /w/y; ls /w; df -k /t | tail -1";
    expect((await script(volumes, text)).stdout).toMatch(/^ro\ny\ntmpfs +1024 /);
    await podman.ok(["volume", "rm", "named"]);
  });

  it("capabilities, seccomp, no_new_privs, --privileged", async () => {
    const flags = ["--cap-drop", "all", "--cap-add", "net_raw", "--security-opt", "no-new-privileges"];
    const { stdout } = await script(
      flags,
      "grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status",
    );
    expect(stdout.match(/\S+$/gm)).toEqual(["0000000000002000", "0000000000002000", "1", "2"]);
    expect((await script(["--privileged"], "ls /dev/fuse; grep Seccomp: /proc/self/status")).code).toBe(0);
  });

  it("--preserve-fds, --init, --pid and --net of another container", async () => {
    const text = "cat <&3; cat <&4";
    const flags = `--rm --preserve-fds 2 --cgroup-parent /${podman.sandbox.namespace}`;
    const kept = await podman.shell(
      `podman run ${flags} ${podman.image} sh -c '${text}' 3< <(echo three) 4< <(echo four)`,
    );
    expect(kept).toMatchObject({ code: 0, stdout: "three\nfour\n" });
    await detached("c1", "sleep 1000", ["--init"]);
    const other = ["--pid", "container:c1", "--net", "container:c1"];
    const seen = await podman.ok(["run", "--rm", ...other, podman.image, "ps", "-o", "args"]);
    expect(seen).toMatch(/podman-init .*\n.*sleep 1000/s);
    await podman.ok(["rm", "-f", "-t", "0", "c1"]);
  });

  it("healthcheck, cp, diff", async () => {
    await detached("c1", "sleep 1000", ["--health-cmd", "test -e /tmp/ok", "--health-interval", "disable"]);
    expect((await podman.call(["healthcheck", "run", "c1"])).code).toBe(1);
    await podman.ok(["cp", "/etc/passwd", "c1:/tmp/ok"]);
    await podman.ok(["healthcheck", "run", "c1"]);
    expect(await podman.ok(["diff", "c1"])).toContain("A /tmp/ok");
    await podman.ok(["rm", "-f", "-t", "0", "c1"]);
  });
});
