import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { isGantry } from "../../helpers/paths.ts";
import { type Podman, startPodman } from "../../helpers/podman.ts";
import { expectNothingNew, type Inventory } from "../../helpers/sandbox-leaks.ts";
import { waitFor } from "../../helpers/wait.ts";

describe(`podman called by an ordinary user, ${isGantry ? "gantry-runtime" : "runc"}`, () => {
  let podman: Podman;
  let before: Inventory;
  beforeAll(async () => {
    podman = await startPodman(true);
  });
  afterAll(() => podman?.sandbox.stop());
  beforeEach(() => {
    before = podman.inventory();
  });
  afterEach(async (context) => {
    if (context.task.result?.state === "fail") await podman.reset();
    await expectNothingNew(podman.inventory, before);
  });

  it("run: exit code, output, and the user's ids", async () => {
    const text = "cat /proc/self/uid_map; id -u; echo > /dev/null; exit 7";
    const done = await podman.call(["run", "--rm", podman.image, "sh", "-c", text]);
    expect(done).toMatchObject({ code: 7, stderr: "" });
    expect(done.stdout.trim().split(/\s+/)).toEqual("0 1000 1 1 200000 65536 0".split(" "));
    const mapped = await podman.ok(["run", "--rm", "--userns=keep-id", podman.image, "id", "-u"]);
    expect(mapped).toBe("1000");
    expect((await podman.call(["run", "--rm", podman.image, "nosuchprogram"])).code).toBe(127);
  });

  it("run -d, exec, exec -it, logs, stop, rm -f", async () => {
    const text = 'trap "exit 3" TERM; echo up; while :; do sleep 0.05; done';
    await podman.ok(["run", "-d", "--name", "c1", podman.image, "sh", "-c", text]);
    await waitFor("the trap", async () => (await podman.ok(["logs", "c1"])) === "up");
    expect(await podman.ok(["exec", "c1", "echo", "in"])).toBe("in");
    const session = await podman.inTerminal(["exec", "-it", "c1", "sh", "-c", "tty; exit 4"]);
    expect(session).toEqual({ code: 4, output: expect.stringContaining("/dev/pts/") });
    await podman.ok(["stop", "-t", "20", "c1"]);
    expect(await podman.ok(["wait", "c1"])).toBe("3");
    await podman.ok(["start", "c1"]);
    await podman.ok(["rm", "-f", "-t", "0", "c1"]);
  });

  it("a pod with one process tree: containers end although they have no cgroup", async () => {
    await podman.ok(["pod", "create", "--name", "p1", "--share", "net,pid"]);
    for (const name of ["a", "b"]) {
      await podman.ok(["run", "-d", "--pod", "p1", "--name", name, podman.image, "sleep", "1000"]);
    }
    await podman.ok(["rm", "-f", "-t", "0", "a"]);
    expect(await podman.ok(["exec", "b", "ps", "-o", "args"])).toContain("sleep 1000");
    await podman.ok(["pod", "rm", "-f", "-t", "0", "p1"]);
  });
});
