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
    // Versions differ in whether they keep or clean up a task that ended meanwhile; nothing may hang or leak.
    const state = await containerd()
      .api.tasks.get(container.target)
      .catch(() => undefined);
    if (state) expect(state).toMatchObject({ status: "STOPPED", exit_status: 12 });
    await container.streams?.endInput();
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
