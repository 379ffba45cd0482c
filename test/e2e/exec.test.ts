import { afterEach, beforeEach, expect, it } from "vitest";
import { grpcCode } from "../helpers/api.ts";
import { createContainer, startContainer, type TestContainer } from "../helpers/container.ts";
import { describeWithContainerd } from "../helpers/e2e.ts";
import { waitFor, within } from "../helpers/wait.ts";

const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;

describeWithContainerd("exec", (containerd) => {
  let container: TestContainer;
  beforeEach(async () => {
    container = await startContainer(containerd(), { args: ["sleep", "1000"], hostname: "exec-test" });
  });
  afterEach(async () => {
    await container.remove();
  });

  it("runs a program inside and delivers output and exit code", async () => {
    const done = await container.exec(["sh", "-c", "hostname; ls /proc/1/cwd/srv; echo oops >&2; exit 5"]);
    expect(done).toEqual({ status: 5, stdout: "exec-test\nreadme\n", stderr: "oops\n" });
  });

  it("shares namespaces and cgroup with init", async () => {
    const done = await container.exec([
      "sh",
      "-c",
      "for n in pid mnt uts ipc net; do [ $(readlink /proc/self/ns/$n) = $(readlink /proc/1/ns/$n) ] || echo $n; done; " +
        "cmp /proc/self/cgroup /proc/1/cgroup && echo same",
    ]);
    expect(done).toEqual({ status: 0, stdout: "same\n", stderr: "" });
  });

  it("runs as another user, in another directory, with its own environment", async () => {
    const done = await container.exec(["sh", "-c", 'id -u; pwd; echo "$WHO"'], {
      uid: 1000,
      gid: 1000,
      cwd: "/home/user",
      env: ["WHO=me"],
    });
    expect(done.stdout).toBe("1000\n/home/user\nme\n");
  });

  it("reports 128 + the signal that ended it", async () => {
    const added = await container.addExec(["sleep", "1000"]);
    await added.start();
    expect(await added.state()).toMatchObject({ status: "RUNNING", pid: added.pid });
    await added.kill(15);
    expect(await added.finish()).toMatchObject({ exit_status: 143, pid: added.pid });
  });

  it("passes 1 MB through standard input", async () => {
    const added = await container.addExec(["md5sum"], { stdin: true });
    await added.start();
    added.streams?.write(Buffer.alloc(1 << 20, "gantry"));
    await added.endInput();
    expect(await added.finish()).toMatchObject({ exit_status: 0 });
    const { createHash } = await import("node:crypto");
    const sum = createHash("md5")
      .update(Buffer.alloc(1 << 20, "gantry"))
      .digest("hex");
    expect(added.stdout()).toBe(`${sum}  -\n`);
  });

  it("runs 50 at once, each with its own output and exit code", async () => {
    const done = await Promise.all(
      Array.from({ length: 50 }, (_, i) => container.exec(["sh", "-c", `echo exec ${i}; exit ${i}`])),
    );
    expect(done).toEqual(
      Array.from({ length: 50 }, (_, i) => ({ status: i, stdout: `exec ${i}\n`, stderr: "" })),
    );
  });

  it("reports a missing program at Start and lets the exec be deleted", async () => {
    const added = await container.addExec(["/no/such/program"]);
    await expect(added.start()).rejects.toThrow(/no such file/i);
    await containerd().api.tasks.deleteProcess(added.target);
    added.streams?.dispose();
    expect(await container.state()).toMatchObject({ status: "RUNNING" });
  });

  it("refuses an id that is in use and takes it again after Delete", async () => {
    const first = await container.addExec(["true"], { execId: "twice" });
    const again = await container.addExec(["true"], { execId: "twice" }).catch(grpcCode);
    expect(again).toBe(ALREADY_EXISTS);
    await first.start();
    await first.finish();
    expect(await container.exec(["echo", "again"], { execId: "twice" })).toMatchObject({ stdout: "again\n" });
  });

  it("answers NOT_FOUND for an exec and a container it does not know", async () => {
    const { tasks } = containerd().api;
    const missingExec = { container_id: container.id, exec_id: "missing" };
    expect(await tasks.start(missingExec).catch(grpcCode)).toBe(NOT_FOUND);
    expect(await tasks.get(missingExec).catch(grpcCode)).toBe(NOT_FOUND);
    expect(await tasks.get({ container_id: "missing" }).catch(grpcCode)).toBe(NOT_FOUND);
    expect(await tasks.kill(missingExec, 9).catch(grpcCode)).toBe(NOT_FOUND);
  });

  it("deletes an exec that was added but never started", async () => {
    const added = await container.addExec(["true"]);
    expect(await added.state()).toMatchObject({ status: "CREATED" });
    await containerd().api.tasks.deleteProcess(added.target);
    expect(await added.state().catch(grpcCode)).toBe(NOT_FOUND);
    added.streams?.dispose();
  });

  it("is not held up by a grandchild that keeps standard output", async () => {
    const added = await container.addExec(["sh", "-c", "sleep 3 & echo done"]);
    await added.start();
    const waited = await within("exit of the exec, not of its grandchild", added.exit, 2_500);
    expect(waited.exit_status).toBe(0);
    await added.finish();
    expect(added.stdout()).toBe("done\n");
  });

  it("ends with the container when init dies", async () => {
    const added = await container.addExec(["sleep", "1000"]);
    await added.start();
    await container.kill(9);
    expect(await within("exit of the exec", added.exit)).toMatchObject({ exit_status: 137 });
    await added.finish();
  });

  it("is possible before Start of init", async () => {
    const created = await createContainer(containerd(), { args: ["sleep", "1000"] });
    expect(await created.exec(["echo", "early"])).toMatchObject({ status: 0, stdout: "early\n" });
    await created.start();
    await created.remove();
  });

  it("runs in a terminal, resized as asked", async () => {
    const added = await container.addExec(["sh", "-c", "tty; read line; stty size; echo got $line"], {
      stdin: true,
      terminal: true,
    });
    await added.start();
    await waitFor("the name of the terminal", () => added.stdout().includes("/dev/pts/"));
    await added.resize(123, 45);
    added.streams?.write("word\n");
    await within("exit", added.exit);
    await added.streams?.endInput();
    await added.finish();
    expect(added.stdout()).toContain("45 123\r\n");
    expect(added.stdout()).toContain("got word\r\n");
  });
});
