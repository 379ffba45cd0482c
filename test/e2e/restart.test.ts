import { expect, it } from "vitest";
import { startContainer } from "../helpers/container.ts";
import { describeWithContainerd } from "../helpers/e2e.ts";
import { waitFor, within } from "../helpers/wait.ts";

describeWithContainerd("containerd restarted under running containers", (containerd) => {
  it.each(["SIGTERM", "SIGKILL"] as const)(
    "%s: they go on, are listed, take execs, write, end",
    async (signal) => {
      const container = await startContainer(containerd(), {
        args: [
          "sh",
          "-c",
          "i=0; while [ ! -e /stop ]; do i=$((i+1)); echo line $i; sleep 0.02; done; exit 11",
        ],
      });
      const paused = await startContainer(containerd(), { args: ["sleep", "1000"] });
      await containerd().api.tasks.pause(paused.id);
      await waitFor("output", () => container.stdout().includes("line 3\n"));

      await containerd().restart(signal);

      const { tasks } = containerd().api;
      const states = new Map((await tasks.list()).map((one) => [one.id, one]));
      expect(states.get(container.id)).toMatchObject({ status: "RUNNING", pid: container.pid });
      expect(states.get(paused.id)).toMatchObject({ status: "PAUSED", pid: paused.pid });
      const seen = container.stdout().length;
      await waitFor("output after the restart", () => container.stdout().length > seen + 30);
      const exit = tasks.wait(container.target);
      expect(await container.exec(["echo", "after"])).toMatchObject({ status: 0, stdout: "after\n" });
      expect((await tasks.pids(container.id)).map(({ pid }) => pid)).toContain(container.pid);
      await container.exec(["touch", "/stop"]);
      expect(await within("exit", exit)).toMatchObject({ exit_status: 11 });
      await container.streams?.drained();
      // Not a line is missing: the sequence is whole.
      const lines = container.stdout().trim().split("\n");
      expect(lines).toEqual(lines.map((_, i) => `line ${i + 1}`));
      expect(await tasks.delete(container.id)).toMatchObject({ exit_status: 11, pid: container.pid });
      await container.remove();

      await tasks.resume(paused.id);
      const end = tasks.wait(paused.target);
      await paused.kill(9);
      await within("exit", end);
      await paused.streams?.drained();
      await tasks.delete(paused.id);
      await paused.remove();
    },
  );

  it("learns of an exit that happened while it was down", async () => {
    const container = await startContainer(containerd(), {
      args: ["sh", "-c", "read x; exit 12"],
      stdin: true,
    });
    await containerd().halt("SIGKILL");
    container.streams?.write("end\n");
    await waitFor("the process to end", () => !isRunning(container.pid));
    await containerd().resume();
    expect(await container.state()).toMatchObject({ status: "STOPPED", exit_status: 12 });
    expect(await containerd().api.tasks.delete(container.id)).toMatchObject({ exit_status: 12 });
    await container.streams?.endInput();
    await container.remove();
  });
});

/** Its client dies with containerd and comes back with it, as the CRI plugin does, which is both. */
describeWithContainerd("output that nobody reads", (containerd) => {
  it("when its process ends while containerd is down is there afterwards, and then its end", async () => {
    const script = (code: number) => ["sh", "-c", `read go; seq 50000; exit ${code}`];
    const one = await startContainer(containerd(), { args: script(3), stdin: true });
    const terminal = await startContainer(containerd(), { args: script(4), terminal: true, stdin: true });
    const other = await startContainer(containerd(), { args: ["sleep", "1000"] });
    const exec = await other.addExec(script(5), { stdin: true });
    await exec.start();
    const ended = [one, exec, terminal];
    await containerd().halt("SIGKILL");
    for (const { streams } of ended) await streams?.abandon();
    for (const { streams } of ended) streams?.write("\n");
    for (const { pid } of ended) await waitFor("the process to end", () => !isRunning(pid));
    for (const { streams } of ended) streams?.reattach();
    await containerd().resume();

    const { tasks } = containerd().api;
    const expected = Array.from({ length: 50000 }, (_, i) => i + 1).join("\n");
    for (const [i, process] of ended.entries()) {
      expect(await within("its exit", tasks.wait(process.target))).toMatchObject({
        exit_status: [3, 5, 4][i],
      });
      await process.streams?.drained();
      expect(process.stdout().replaceAll("\r", "").trim()).toBe(expected);
    }
    await tasks.deleteProcess(exec.target);
    exec.streams?.dispose();
    const end = tasks.wait(other.target);
    await other.kill(9);
    await within("exit", end);
    for (const container of [one, terminal, other]) await container.remove();
  });

  it("is given up when its container is deleted", async () => {
    const container = await startContainer(containerd(), {
      args: ["sh", "-c", "read go; echo lost"],
      stdin: true,
    });
    await container.streams?.abandon();
    container.streams?.write("\n");
    await within("its exit", container.exit);
    const before = performance.now();
    await containerd().api.tasks.delete(container.id);
    expect(performance.now() - before).toBeLessThan(5_000); // not what is allowed for passing output on
    await container.remove();
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
