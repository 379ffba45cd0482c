import { spawn } from "node:child_process";
import { expect, it } from "vitest";
import { type Containerd, ctrRunFlags } from "../helpers/containerd.ts";
import { describeWithContainerd } from "../helpers/e2e.ts";
import { testRuntime } from "../helpers/paths.ts";
import { run } from "../helpers/run.ts";
import { waitFor } from "../helpers/wait.ts";

/** `ctr run FLAGS IMAGE ID ARGS` */
function ctrRun(containerd: Containerd, flags: readonly string[], id: string, args: readonly string[]) {
  return containerd.ctr(["run", ...ctrRunFlags(containerd), ...flags, containerd.image.name, id, ...args]);
}

/** The command in a terminal of its own, as typed by a person; `keys` is what they type. */
function inTerminal(containerd: Containerd, args: readonly string[], keys: string) {
  const { file, args: all } = containerd.ctrCommand(args);
  const quoted = [file, ...all].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  return run("script", ["-qec", quoted, "/dev/null"], { input: keys, timeoutMs: 30_000 });
}

async function ok(done: Promise<{ code: number | null; stdout: string; stderr: string }>): Promise<string> {
  const { code, stdout, stderr } = await done;
  if (code !== 0) throw new Error(`exit code ${code}: ${stdout}${stderr}`);
  return stdout;
}

async function detached(containerd: Containerd, id: string): Promise<void> {
  await ok(ctrRun(containerd, ["-d"], id, ["sleep", "1000"]));
}

describeWithContainerd("ctr", (containerd) => {
  it("run --rm: output, error output, exit code", async () => {
    const done = await ctrRun(containerd(), ["--rm"], "r1", ["sh", "-c", "echo out; echo err >&2; exit 7"]);
    expect(done).toMatchObject({ code: 7, stdout: "out\n", stderr: "err\n" });
  });

  it("run --rm: standard input is piped through", async () => {
    // ctr forgets to pass on an end of input that comes before the task exists.
    const running = waitFor("the task to run", async () => {
      const tasks = await containerd().api.tasks.list();
      return tasks.some(({ id, status }) => id === "r2" && status === "RUNNING");
    });
    const done = await containerd().ctr(
      ["run", ...ctrRunFlags(containerd()), "--rm", containerd().image.name, "r2", "wc", "-c"],
      { input: "x".repeat(100_000), inputUntil: running },
    );
    expect(done).toMatchObject({ code: 0 });
    expect(done.stdout.trim()).toBe("100000");
  });

  it("run --rm -t: a terminal", async () => {
    const args = ["run", ...ctrRunFlags(containerd()), "--rm", "-t", containerd().image.name, "r3"];
    const done = await inTerminal(
      containerd(),
      [...args, "sh", "-c", "read line; echo got $line; tty; exit 5"],
      "word\n",
    );
    expect(done.stdout).toContain("got word");
    expect(done.code).toBe(5);
  });

  it("run with limits, environment, working directory, mounts", async () => {
    const flags = ["--rm", "--memory-limit", "50331648", "--env", "A=b", "--cwd", "/tmp"];
    const mount = `type=bind,src=${containerd().dir}/bin,dst=/mnt,options=rbind:ro`;
    const done = await ctrRun(containerd(), [...flags, "--mount", mount], "r4", [
      "sh",
      "-c",
      "echo $A; pwd; ls /mnt; touch /mnt/x 2>/dev/null || echo ro",
    ]);
    expect(done).toMatchObject({ code: 0, stdout: "b\n/tmp\nrunc\nro\n" });
  });

  it("run --read-only, --seccomp, --pid-file", async () => {
    const pidFile = `${containerd().dir}/pid`;
    const done = await ctrRun(
      containerd(),
      ["--rm", "--read-only", "--seccomp", "--pid-file", pidFile],
      "r5",
      ["sh", "-c", "touch /x 2>/dev/null || echo ro; grep Seccomp: /proc/self/status"],
    );
    expect(done.stdout.replaceAll("\t", " ")).toBe("ro\nSeccomp: 2\n");
  });

  it("run -d, task ls, ps, exec, kill, rm, container rm", async () => {
    const c = containerd();
    await detached(c, "d1");
    const [row] = (await ok(c.ctr(["task", "ls"]))).split("\n").filter((line) => line.startsWith("d1"));
    expect(row).toMatch(/^d1\s+\d+\s+RUNNING/);
    const pid = row?.split(/\s+/)[1] ?? "";
    expect((await ok(c.ctr(["task", "ps", "d1"]))).split("\n").map((line) => line.split(/\s+/)[0])).toContain(
      pid,
    );
    const done = await c.ctr([
      "task",
      "exec",
      "--fifo-dir",
      `${c.dir}/fifo`,
      "--exec-id",
      "e1",
      "d1",
      "sh",
      "-c",
      "echo hi; exit 3",
    ]);
    expect(done).toMatchObject({ code: 3, stdout: "hi\n" });
    await ok(c.ctr(["task", "kill", "-s", "SIGKILL", "d1"]));
    await waitFor("the task to stop", async () => (await ok(c.ctr(["task", "ls"]))).includes("STOPPED"));
    expect((await c.ctr(["task", "rm", "d1"])).stderr).toMatch(/exit.* 137/);
    await ok(c.ctr(["container", "rm", "d1"]));
  });

  it("task exec -t: a terminal", async () => {
    const c = containerd();
    await detached(c, "d2");
    const args = ["task", "exec", "-t", "--fifo-dir", `${c.dir}/fifo`, "--exec-id", "e2", "d2"];
    const done = await inTerminal(c, [...args, "sh", "-c", "read line; echo got $line; tty"], "word\n");
    expect(done.stdout).toContain("got word");
    expect(done.stdout).toMatch(/\/dev\/(pts\/\d+|console)/);
    await c.ctr(["task", "rm", "-f", "d2"]);
    await ok(c.ctr(["container", "rm", "d2"]));
  });

  it("task pause, resume, metrics", async () => {
    const c = containerd();
    await detached(c, "d3");
    await ok(c.ctr(["task", "pause", "d3"]));
    expect(await ok(c.ctr(["task", "ls"]))).toMatch(/d3\s+\d+\s+PAUSED/);
    await ok(c.ctr(["task", "resume", "d3"]));
    expect(await ok(c.ctr(["task", "ls"]))).toMatch(/d3\s+\d+\s+RUNNING/);
    expect(await ok(c.ctr(["task", "metrics", "d3"]))).toMatch(/memory/);
    await c.ctr(["task", "rm", "-f", "d3"]);
    await ok(c.ctr(["container", "rm", "d3"]));
  });

  it("task rm -f: a running task", async () => {
    const c = containerd();
    await detached(c, "d4");
    expect((await c.ctr(["task", "rm", "-f", "d4"])).stderr).toMatch(/exit.* 137/);
    expect(await ok(c.ctr(["task", "ls"]))).not.toContain("d4");
    await ok(c.ctr(["container", "rm", "d4"]));
  });

  it("task start, attach: a container made beforehand", async () => {
    const c = containerd();
    // No argument may look like an option here: this subcommand of ctr sorts them to the front.
    const program = ["cat", "/etc/gantry-image", "/no/such/file"];
    const made = ["container", "create", "--runtime", testRuntime, c.image.name, "d5", ...program];
    await ok(c.ctr(made));
    const done = await c.ctr(["task", "start", "--fifo-dir", `${c.dir}/fifo`, "d5"]);
    expect(done).toMatchObject({ code: 1, stdout: "made by scripts/make-image.mjs\n" });
    await ok(c.ctr(["container", "rm", "d5"]));
  });

  it("events: one line per event", async () => {
    const c = containerd();
    const { file, args } = c.ctrCommand(["events"]);
    const watcher = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    watcher.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    // `ctr events` says nothing when it is ready: make events until it has seen one.
    let tries = 0;
    await waitFor("an event", async () => {
      tries += 1;
      await ctrRun(c, ["--rm"], `v${tries}`, ["true"]);
      return text.includes("/tasks/exit");
    });
    watcher.kill();
    for (const topic of ["/tasks/create", "/tasks/start", "/tasks/exit"]) expect(text).toContain(topic);
  });
});
