import { expect, it } from "vitest";
import { createContainer, runContainer, startContainer } from "../helpers/container.ts";
import { describeWithContainerd } from "../helpers/e2e.ts";
import { waitFor, within } from "../helpers/wait.ts";

const SIGTERM = 15;
const SIGKILL = 9;

describeWithContainerd("a container's life", (containerd) => {
  it("runs a program and delivers its output and exit code", async () => {
    const done = await runContainer(containerd(), { args: ["sh", "-c", "echo out; echo err >&2; exit 7"] });
    expect(done).toEqual({ status: 7, stdout: "out\n", stderr: "err\n" });
  });

  it("is isolated: pid 1, own hostname, own mounts, own network", async () => {
    const done = await runContainer(containerd(), {
      hostname: "isolated",
      args: [
        "sh",
        "-c",
        "echo $$; hostname; ls /sys/class/net; wc -l < /proc/self/mountinfo; cat /etc/gantry-image",
      ],
    });
    const [pid, hostname, net, mounts, file] = done.stdout.split("\n");
    expect([pid, hostname, net, file]).toEqual(["1", "isolated", "lo", "made by scripts/make-image.mjs"]);
    expect(Number(mounts)).toBeGreaterThan(8);
    expect(Number(mounts)).toBeLessThan(40);
  });

  it("delivers a signal to the program's handler", async () => {
    const container = await startContainer(containerd(), {
      args: ["sh", "-c", "trap 'echo caught; exit 9' TERM; echo ready; while :; do sleep 0.05; done"],
    });
    await waitFor("the program to be ready", () => container.stdout().includes("ready"));
    await container.kill(SIGTERM);
    expect(await within("exit", container.exit)).toMatchObject({ exit_status: 9 });
    await container.finish();
    expect(container.stdout()).toBe("ready\ncaught\n");
    await container.remove();
  });

  it("reports 128 + the signal that ended the program, and when", async () => {
    const container = await startContainer(containerd(), { args: ["sleep", "60"] });
    await container.kill(SIGKILL);
    const { exit_status, exited_at } = await within("exit", container.exit);
    expect(exit_status).toBe(128 + SIGKILL);
    expect(Math.abs((exited_at?.seconds ?? 0) - Date.now() / 1000)).toBeLessThan(60);
    await container.remove();
  });

  it("passes through created, running and stopped", async () => {
    const container = await createContainer(containerd(), { args: ["sleep", "60"] });
    expect(await container.state()).toMatchObject({ status: "CREATED", pid: container.pid });
    expect(container.pid).toBeGreaterThan(0);
    const createdPid = container.pid;
    await container.start();
    expect(container.pid).toBe(createdPid);
    expect(await container.state()).toMatchObject({ status: "RUNNING", pid: createdPid });
    await container.kill(SIGKILL);
    await within("exit", container.exit);
    expect(await container.state()).toMatchObject({ status: "STOPPED", exit_status: 137 });
    const deleted = await container.finish();
    expect(deleted).toMatchObject({ pid: createdPid, exit_status: 137 });
    await container.remove();
  });

  it("can be killed and deleted without ever being started", async () => {
    const container = await createContainer(containerd(), { args: ["true"] });
    await container.kill(SIGKILL);
    expect(await within("exit", container.exit)).toMatchObject({ exit_status: 137 });
    await container.remove();
  });

  it("reports the same exit status and time from Wait, Get and Delete", async () => {
    const container = await startContainer(containerd(), { args: ["sh", "-c", "exit 3"] });
    const waited = await within("exit", container.exit);
    const state = await container.state();
    const deleted = await container.finish();
    expect(waited.exit_status).toBe(3);
    expect(state).toMatchObject({ exit_status: 3, exited_at: waited.exited_at });
    expect(deleted).toMatchObject({ exit_status: 3, exited_at: waited.exited_at });
    await container.remove();
  });

  it("answers Wait for many waiters, also after the exit", async () => {
    const container = await startContainer(containerd(), { args: ["sh", "-c", "sleep 0.2; exit 4"] });
    const tasks = containerd().api.tasks;
    const waiters = Array.from({ length: 10 }, () => tasks.wait(container.target));
    await within("exit", container.exit);
    const late = await within("a late Wait", tasks.wait(container.target));
    for (const one of [...(await Promise.all(waiters)), late]) expect(one.exit_status).toBe(4);
    await container.remove();
  });

  it("refuses to delete a running container", async () => {
    const container = await startContainer(containerd(), { args: ["sleep", "60"] });
    await expect(containerd().api.tasks.delete(container.id)).rejects.toThrow();
    expect(await container.state()).toMatchObject({ status: "RUNNING" });
    await container.remove();
  });

  it("kills every process of the container when init ends", async () => {
    const done = await runContainer(containerd(), {
      args: ["sh", "-c", "sleep 1000 >/dev/null 2>&1 & sleep 1001 >/dev/null 2>&1 & echo started"],
    });
    expect(done).toMatchObject({ status: 0, stdout: "started\n" });
  });

  it("kills every process of a container that shares the host's pid namespace", async () => {
    const container = await startContainer(containerd(), {
      args: ["sh", "-c", "sleep 1000 & echo started; wait"],
      change: (spec) => {
        spec.linux.namespaces = spec.linux.namespaces.filter(({ type }) => type !== "pid");
      },
    });
    await waitFor("the program to be ready", () => container.stdout().includes("started"));
    await container.kill(SIGKILL);
    await within("exit", container.exit);
    await container.remove();
  });

  it("uses the same id again", async () => {
    for (const word of ["first", "second"]) {
      const done = await runContainer(containerd(), { id: "again", args: ["echo", word] });
      expect(done).toMatchObject({ status: 0, stdout: `${word}\n` });
    }
  });

  it("gives environment, working directory, user and groups", async () => {
    const done = await runContainer(containerd(), {
      args: ["sh", "-c", 'echo "$GREETING"; pwd; id -u; id -g; touch mine && stat -c %u mine'],
      env: ["GREETING=hello world"],
      cwd: "/home/user",
      uid: 1000,
      gid: 1000,
    });
    expect(done).toEqual({ status: 0, stdout: "hello world\n/home/user\n1000\n1000\n1000\n", stderr: "" });
  });

  it("protects a read-only root and leaves tmpfs mounts writable", async () => {
    const done = await runContainer(containerd(), {
      readonlyRoot: true,
      args: ["sh", "-c", "touch /srv/x; echo $?; touch /run/x; echo $?; cat /srv/readme"],
    });
    expect(done.stdout).toBe("1\n0\nthe top layer\n");
    expect(done.stderr).toContain("Read-only file system");
  });

  it("keeps what one container writes from the next", async () => {
    await runContainer(containerd(), { args: ["sh", "-c", "echo changed > /srv/readme"] });
    const done = await runContainer(containerd(), { args: ["cat", "/srv/readme"] });
    expect(done.stdout).toBe("the top layer\n");
  });
});
