import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Docker, type RuntimeEntry, startDocker } from "../../helpers/docker.ts";
import { type DockerVersion, testRuntime } from "../../helpers/paths.ts";
import { expectNothingNew, type Inventory } from "../../helpers/sandbox-leaks.ts";
import { waitFor } from "../../helpers/wait.ts";

describe.each<[DockerVersion, RuntimeEntry]>([
  ["20.10", "path"],
  ["26.1", "runtimeType"],
])(`docker %s, runtime by %s (${testRuntime})`, (version, entry) => {
  let docker: Docker;
  let before: Inventory;
  beforeAll(async () => {
    docker = await startDocker({ version, entry });
  });
  afterAll(() => docker?.stop());
  beforeEach(() => {
    before = docker.inventory();
  });
  afterEach(async (context) => {
    if (context.task.result?.state === "fail") await docker.reset();
    await expectNothingNew(docker.inventory, before);
  });

  /** `docker run --rm FLAGS IMAGE sh -c SCRIPT` */
  const script = (flags: readonly string[], text: string) =>
    docker.call(["run", "--rm", ...flags, docker.image, "sh", "-c", text]);
  const detached = (name: string, text: string, flags: readonly string[] = []) =>
    docker.ok(["run", "-d", "--name", name, ...flags, docker.image, "sh", "-c", text]);
  const inspect = (name: string, format: string) => docker.ok(["inspect", name, "--format", format]);

  it("run: output, error output, exit code, standard input", async () => {
    const done = await script([], "echo out; echo err >&2; exit 42");
    expect(done).toMatchObject({ code: 42, stdout: "out\n", stderr: "err\n" });
    const piped = await docker.call(["run", "--rm", "-i", docker.image, "wc", "-c"], {
      input: "x".repeat(9000),
    });
    expect(piped).toMatchObject({ code: 0, stdout: "9000\n" });
  });

  it("run: exit codes 125, 126 and 127", async () => {
    const cases = [
      [127, "nosuchprogram", 'exec: "nosuchprogram": executable file not found in $PATH'],
      [127, "/no/such", "no such file or directory"],
      [126, "/etc/passwd", "permission denied"],
      [126, "/bin", "permission denied"],
    ] as const;
    for (const [code, program, reason] of cases) {
      const done = await docker.call(["run", "--rm", docker.image, program]);
      expect(done).toMatchObject({ code, stderr: expect.stringContaining(reason) });
    }
    expect((await script(["--runtime", "nosuch"], "true")).code).toBe(125);
    expect((await script(["--ulimit", "nofile=1:99999999"], "true")).code).toBe(125);
  });

  it("run -it and exec -it: a terminal of the caller's size", async () => {
    const waits = 'until [ "$(stty size)" = "33 99" ]; do sleep 0.05; done 2>/dev/null';
    const text = `tty; ${waits}; echo sized; read word; echo got $word; exit 4`;
    const typed = [{ after: "sized", keys: "word\n" }];
    const ran = await docker.inTerminal(["run", "--rm", "-it", docker.image, "sh", "-c", text], typed);
    expect(ran).toEqual({ code: 4, output: expect.stringMatching(/\/dev\/pts\/0\n.*got word/s) });
    await detached("c1", "sleep 1000");
    const executed = await docker.inTerminal(["exec", "-it", "c1", "sh", "-c", text], typed);
    expect(executed).toEqual({ code: 4, output: expect.stringMatching(/\/dev\/pts\/\d\n.*got word/s) });
    await docker.ok(["rm", "-f", "c1"]);
  });

  it("run -d, logs, exec with user, directory, environment and input, top, stats, cp, diff", async () => {
    await detached("c1", "echo started; echo err >&2; sleep 1000");
    await waitFor("the log", async () => (await docker.ok(["logs", "c1"])) === "started");
    expect((await docker.call(["logs", "c1"])).stderr).toBe("err\n");
    const flags = ["-u", "1000:2000", "-w", "/tmp", "-e", "A=b"];
    const executed = await docker.call([
      "exec",
      ...flags,
      "c1",
      "sh",
      "-c",
      "id -u; id -g; pwd; echo $A; exit 5",
    ]);
    expect(executed).toMatchObject({ code: 5, stdout: "1000\n2000\n/tmp\nb\n" });
    expect(await docker.ok(["exec", "-i", "c1", "cat"], { input: "hello\n" })).toBe("hello");
    expect(await docker.call(["exec", "c1", "nosuchprogram"])).toMatchObject({
      code: 126,
      stdout: expect.stringContaining("executable file not found in $PATH"),
    });
    expect(await docker.ok(["top", "c1", "-o", "pid,args"])).toContain("sleep 1000");
    expect(await docker.ok(["stats", "--no-stream", "--format", "{{.PIDs}}", "c1"])).toBe("1");
    await docker.ok(["cp", "/etc/passwd", "c1:/tmp/p"]);
    expect(await docker.ok(["diff", "c1"])).toContain("A /tmp/p");
    await docker.ok(["rm", "-f", "c1"]);
  });

  it("stop, kill, wait, start, restart; another stop signal", async () => {
    const text = 'trap "exit 3" TERM; trap "exit 4" USR1; echo up; while :; do sleep 0.05; done';
    const upTimes = async (count: number) =>
      waitFor("the trap", async () => (await docker.ok(["logs", "c1"])).split("up").length === count + 1);
    await detached("c1", text);
    await upTimes(1);
    await docker.ok(["stop", "-t", "20", "c1"]);
    expect(await docker.ok(["wait", "c1"])).toBe("3");
    await docker.ok(["start", "c1"]);
    await upTimes(2);
    await docker.ok(["restart", "-t", "20", "c1"]);
    await upTimes(3);
    await docker.ok(["kill", "-s", "USR1", "c1"]);
    expect(await docker.ok(["wait", "c1"])).toBe("4");
    await docker.ok(["start", "c1"]);
    await docker.ok(["kill", "c1"]);
    expect(await docker.ok(["wait", "c1"])).toBe("137");
    expect(await inspect("c1", "{{.State.Status}}")).toBe("exited");
    await docker.ok(["rm", "c1"]);
    await detached("c1", text, ["--stop-signal", "USR1"]);
    await upTimes(1);
    await docker.ok(["stop", "-t", "20", "c1"]);
    expect(await docker.ok(["wait", "c1"])).toBe("4");
    await docker.ok(["rm", "c1"]);
  });

  it("pause, unpause, rm -f of what runs or is paused", async () => {
    await detached("c1", "sleep 1000");
    await docker.ok(["pause", "c1"]);
    expect(await inspect("c1", "{{.State.Status}}")).toBe("paused");
    await docker.ok(["unpause", "c1"]);
    expect(await docker.ok(["exec", "c1", "echo", "on"])).toBe("on");
    await docker.ok(["pause", "c1"]);
    await docker.ok(["rm", "-f", "c1"]);
  });

  it("limits of memory, processes and CPU, also changed; the OOM killer", async () => {
    const files = "memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us".split(" ");
    const read = `cd /sys/fs/cgroup; cat ${files.join(" ")} || cat memory.max pids.max cpu.max`;
    const flags = ["-m", "64m", "--pids-limit", "50", "--cpus", "0.5"];
    expect((await script(flags, read)).stdout).toMatch(/^67108864\n50\n50000( 100000)?\n$/);
    await detached("c1", "sleep 1000");
    await docker.ok([
      "update",
      "-m",
      "32m",
      "--memory-swap",
      "32m",
      "--pids-limit",
      "40",
      "--cpus",
      "0.25",
      "c1",
    ]);
    expect(await docker.ok(["exec", "c1", "sh", "-c", read])).toMatch(/^33554432\n40\n25000( 100000)?$/);
    await docker.ok(["rm", "-f", "c1"]);
    expect(
      (await docker.call(["run", "--name", "c1", "-m", "16m", docker.image, "tail", "/dev/zero"])).code,
    ).toBe(137);
    expect(await inspect("c1", "{{.State.OOMKilled}}")).toBe("true");
    await docker.ok(["rm", "c1"]);
  });

  it("--read-only, --user, volumes, tmpfs, capabilities, seccomp, --privileged, --init", async () => {
    const shared = join(docker.sandbox.dir, "shared");
    mkdirSync(shared, { recursive: true });
    const mounts = ["--read-only", "--tmpfs", "/tmp", "-v", `${shared}:/v:ro`, "-v", "named:/w"];
    const text = "for d in / /v /w /tmp; do touch $d/x 2>/dev/null && echo $d; done";
    expect((await script(mounts, text)).stdout).toBe("/w\n/tmp\n");
    await docker.ok(["volume", "rm", "named"]);
    expect((await script(["--user", "user", "--group-add", "3000"], "id -u; id -G")).stdout).toMatch(
      /^1000\n1000 (.* )?3000\b/,
    );
    const flags = ["--cap-drop", "all", "--cap-add", "net_raw", "--security-opt", "no-new-privileges"];
    const { stdout } = await script(
      flags,
      "grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status",
    );
    expect(stdout.match(/\S+$/gm)).toEqual(["0000000000002000", "0000000000002000", "1", "2"]);
    expect((await script(["--init"], "cat /proc/1/comm")).stdout).toBe("docker-init\n");
  });

  it("a health check, a restart policy, the namespaces of another container", async () => {
    const health = ["--health-cmd", "test -e /tmp/ok", "--health-interval", "100ms", "--health-retries", "1"];
    await detached("c1", "sleep 1000", health);
    const status = (wanted: string) =>
      waitFor(
        `the container to be ${wanted}`,
        async () => (await inspect("c1", "{{.State.Health.Status}}")) === wanted,
      );
    await status("unhealthy");
    await docker.ok(["exec", "c1", "touch", "/tmp/ok"]);
    await status("healthy");
    const seen = await script(
      ["--pid", "container:c1", "--net", "container:c1", "--ipc", "host"],
      "ps -o args",
    );
    expect(seen.stdout).toContain("sleep 1000");
    await docker.ok(["rm", "-f", "c1"]);
    await detached("c2", "echo run; exit 1", ["--restart", "on-failure:2"]);
    await waitFor(
      "the last try",
      async () => (await inspect("c2", "{{.RestartCount}} {{.State.Status}}")) === "2 exited",
    );
    expect(await docker.ok(["logs", "c2"])).toBe("run\nrun\nrun");
    await docker.ok(["rm", "c2"]);
  });

  // Docker 20.10 takes seconds to end by SIGTERM.
  it.each(version === "20.10" ? (["KILL"] as const) : (["TERM", "KILL"] as const))(
    "live-restore: containers outlive a dockerd ended by SIG%s",
    async (signal) => {
      const text = 'trap "echo bye; exit 5" TERM; while :; do [ ! -e /tmp/go ] || echo on; sleep 0.05; done';
      await detached("c1", text);
      await detached("c2", "until test -e /tmp/go; do sleep 0.05; done; exit 9");
      await docker.ok(["exec", "c2", "true"]);
      const pids = await Promise.all(["c1", "c2"].map((name) => inspect(name, "{{.State.Pid}}")));
      await docker.halt(signal);
      const inside = (pid: string | undefined) => `/proc/${docker.sandbox.pid}/root/proc/${pid}`;
      mkdirSync(`${inside(pids[1])}/root/tmp/go`);
      await docker.resume();
      await waitFor("the end of c2", async () => (await inspect("c2", "{{.State.Status}}")) === "exited");
      // Docker 26 may say 255 for what ended while it was away, with runc too.
      expect(["9", "255"]).toContain(await inspect("c2", "{{.State.ExitCode}}"));
      expect(await inspect("c1", "{{.State.Status}} {{.State.Pid}}")).toBe(`running ${pids[0]}`);
      await docker.ok(["exec", "c1", "touch", "/tmp/go"]);
      await waitFor("the log to go on", async () => (await docker.ok(["logs", "c1"])).includes("on"));
      await docker.ok(["stop", "-t", "20", "c1"]);
      expect(await docker.ok(["wait", "c1"])).toBe("5");
      expect(await docker.ok(["logs", "--tail", "1", "c1"])).toBe("bye");
      await docker.ok(["rm", "c1", "c2"]);
    },
  );
});
