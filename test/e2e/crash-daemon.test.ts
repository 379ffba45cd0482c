import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { startContainer, type TestContainer } from "../helpers/container.ts";
import { type Containerd, startContainerd } from "../helpers/containerd.ts";
import { describeWithContainerd } from "../helpers/e2e.ts";
import { expectNoLeaks, snapshotHost } from "../helpers/leaks.ts";
import { isAlive, killNow, serverOf, storyOf } from "../helpers/node-server.ts";
import { containerdVersions, distBin, isGantry } from "../helpers/paths.ts";
import { waitFor, within } from "../helpers/wait.ts";

/** Ends with this code at the end of its input, which is what `end` gives it. */
const untilTold = (code: number) => ["sh", "-c", `read line; exit ${code}`];

describe.runIf(isGantry)("under running containers", () => {
  describeWithContainerd("containerd is down for a while", (containerd) => {
    it("and they log: not a line is lost, and nobody was blocked", async () => {
      const line = "x".repeat(99);
      const write = `i=0; while [ $i -lt 9000 ]; do i=$((i+1)); echo $i ${line}; done; : > /written`;
      const one = await startContainer(containerd(), {
        args: ["sh", "-c", `read line; ${write}; read line; exit 21`],
        stdin: true,
      });
      await containerd().halt("SIGTERM");
      await one.streams?.abandon(); // whoever reads logs ends with containerd, or is part of it
      one.streams?.write("go\n");
      // 0.9 MB with nobody who reads: it can only be written when a pipe takes all of it.
      await waitFor("all to be written", () => existsSync(`/proc/${one.pid}/root/written`), 60_000);
      killNow(await serverOf(containerd()));
      await containerd().resume();
      one.streams?.reattach();
      // The monitor lets go of the pipes when the process ends: what nobody reads any more goes with them.
      await waitFor("the first of it", () => one.stdout() !== "");
      const exit = containerd().api.tasks.wait(one.target);
      one.streams?.write("end\n");
      expect(await within("exit", exit)).toMatchObject({ exit_status: 21 });
      await one.streams?.endInput();
      await one.streams?.drained();
      // Numbers first: which are missing, or not where they should be.
      const lines = one.stdout().split("\n").slice(0, -1);
      expect(lines.map((text) => Number(text.split(" ")[0]))).toEqual(lines.map((_, i) => i + 1));
      expect(lines.length).toBe(9000);
      expect(lines.every((text, i) => text === `${i + 1} ${line}`)).toBe(true);
      await one.remove();
    });
  });

  describe("something is replaced", () => {
    let containerd: Containerd | undefined;
    let programs: string | undefined;
    afterEach(async () => {
      await containerd?.stop();
      containerd = undefined;
      if (programs !== undefined) rmSync(programs, { recursive: true, force: true });
      programs = undefined;
    });

    it.runIf(containerdVersions.includes("1.6") && containerdVersions.includes("2.x"))(
      "containerd 1.6 by 2.x: tasks are taken over, with their execs and exit codes",
      async () => {
        containerd = await startContainerd("1.6");
        const before = snapshotHost(containerd);
        const containers = await startThree(containerd);
        const exec = await containers[0]?.addExec(["sleep", "1000"]);
        await exec?.start();
        const server = await serverOf(containerd);
        await containerd.halt("SIGTERM");
        await containerd.resume("2.x");
        expect((await containerd.api.version()).version).toMatch(/^v?2\./);
        expect(await serverOf(containerd)).toBe(server);
        const { tasks } = containerd.api;
        expect(await exec?.state()).toMatchObject({ status: "RUNNING", pid: exec?.pid });
        await endAll(containerd, containers);
        exec?.streams?.dispose();
        // And new ones are made.
        const fresh = await startContainer(containerd, { args: ["sleep", "1000"], stdio: {} });
        await tasks.kill(fresh.target, 9);
        await fresh.remove();
        // Two versions differ in what they keep open.
        await expectNoLeaks(containerd, { ...before, daemonFiles: Number.POSITIVE_INFINITY });
      },
    );

    it.each(containerdVersions)("the server by a newer binary (containerd %s)", async (version) => {
      programs = join(tmpdir(), `gantry-bin-${process.pid}-${version}`);
      mkdirSync(programs);
      for (const name of readdirSync(distBin)) linkSync(join(distBin, name), join(programs, name));
      containerd = await startContainerd(version, { programs });
      const before = snapshotHost(containerd);
      const log = containerd.api.events();
      const containers = await startThree(containerd);
      const old = await serverOf(containerd);
      const waits = containers.map(({ target }) => containerd?.api.tasks.wait(target));

      const path = join(programs, "gantry-shimd");
      copyFileSync(path, `${path}.new`); // another inode
      renameSync(`${path}.new`, path);
      expect(inodeOf(`/proc/${old}/exe`)).not.toBe(inodeOf(path));
      process.kill(old, "SIGTERM");
      const successor = await waitFor("the new server", async () => {
        const pid = await serverOf(containerd as Containerd);
        return pid !== old && pid;
      });
      expect(inodeOf(`/proc/${successor}/exe`)).toBe(inodeOf(path));
      await waitFor("the old server to end", () => !isAlive(old));

      // Once more, and nobody waits for the end of the old one.
      killNow(successor);
      await endAll(containerd, containers);
      for (const [i, wait] of waits.entries()) expect(await wait).toMatchObject({ exit_status: i + 1 });
      for (const [i, { id }] of containers.entries()) {
        await waitFor(`delete of ${id}`, () => storyOf(log, id).includes(`delete ${i + 1}`));
        expect(storyOf(log, id)).toEqual(["create", "start", `exit ${i + 1}`, `delete ${i + 1}`]);
      }
      log.close();
      await expectNoLeaks(containerd, before);
    });
  });
});

async function startThree(containerd: Containerd): Promise<readonly TestContainer[]> {
  const containers: TestContainer[] = [];
  for (const code of [1, 2, 3]) {
    containers.push(await startContainer(containerd, { args: untilTold(code), stdin: true }));
  }
  return containers;
}

/** Each is running still, ends with the code it was made with, and is deleted. */
async function endAll(containerd: Containerd, containers: readonly TestContainer[]): Promise<void> {
  const { tasks } = containerd.api;
  for (const [i, one] of containers.entries()) {
    expect(await one.state()).toMatchObject({ status: "RUNNING", pid: one.pid });
    const exit = tasks.wait(one.target);
    one.streams?.write("end\n");
    expect(await within("exit", exit)).toMatchObject({ exit_status: i + 1 });
    await one.streams?.endInput();
    await one.streams?.drained();
    expect(await tasks.delete(one.id)).toMatchObject({ exit_status: i + 1, pid: one.pid });
    await one.remove();
  }
}

function inodeOf(path: string): number {
  return statSync(path).ino;
}
