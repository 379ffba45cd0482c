import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Docker, startDocker } from "../../helpers/docker.ts";
import { testRuntime } from "../../helpers/paths.ts";
import { expectNothingNew, type Inventory } from "../../helpers/sandbox-leaks.ts";

describe(`docker 26.1 with userns-remap, runtime by path (${testRuntime})`, () => {
  let docker: Docker;
  let before: Inventory;
  beforeAll(async () => {
    docker = await startDocker({ version: "26.1", entry: "path", isRemapped: true });
  });
  afterAll(() => docker?.stop());
  beforeEach(() => {
    before = docker.inventory();
  });
  afterEach(async (context) => {
    if (context.task.result?.state === "fail") await docker.reset();
    await expectNothingNew(docker.inventory, before);
  });

  const MAP = "0 300000 65536";

  it("run: maps ids, gives the container its files, devices and streams", async () => {
    const text =
      "cat /proc/self/uid_map; touch /root/x; stat -c %u /root/x; echo x > /dev/null; echo out > /dev/stdout";
    const flags = ["--rm", "-m", "32m", "--tmpfs", "/t", "-v", "named:/v"];
    const done = await docker.call(["run", ...flags, docker.image, "sh", "-c", `${text}; touch /t/x /v/x`]);
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout.trim().split(/\s+/).join(" ")).toBe(`${MAP} 0 out`);
    await docker.ok(["volume", "rm", "named"]);
  });

  it("exec and exec -it join the user namespace", async () => {
    await docker.ok(["run", "-d", "--name", "c1", docker.image, "sleep", "1000"]);
    const text = "cat /proc/self/uid_map; id -u";
    const executed = await docker.ok(["exec", "c1", "sh", "-c", text]);
    expect(executed.trim().split(/\s+/).join(" ")).toBe(`${MAP} 0`);
    const session = await docker.inTerminal([
      "exec",
      "-it",
      "c1",
      "sh",
      "-c",
      "tty; echo x > /dev/tty; exit 4",
    ]);
    expect(session).toEqual({ code: 4, output: expect.stringContaining("/dev/pts/0") });
    await docker.ok(["rm", "-f", "c1"]);
  });

  it("run -it: the terminal belongs to the container's root", async () => {
    const session = await docker.inTerminal([
      "run",
      "--rm",
      "-it",
      docker.image,
      "stat",
      "-c",
      "%u %a",
      "/dev/pts/0",
    ]);
    expect(session).toEqual({ code: 0, output: expect.stringContaining("0 620") });
  });

  it("--userns host: leaves a container out", async () => {
    const map = await docker.ok([
      "run",
      "--rm",
      "--userns",
      "host",
      docker.image,
      "cat",
      "/proc/self/uid_map",
    ]);
    expect(map.trim().split(/\s+/)).toEqual(["0", "0", "4294967295"]);
  });
});
