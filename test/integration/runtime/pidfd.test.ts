import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, compiled, running } from "./harness.ts";

let bench: Bench;
let killer: ChildProcess | undefined;
beforeEach(() => {
  bench = new Bench();
});
afterEach(async () => {
  killer?.kill("SIGKILL");
  killer = undefined;
  await bench.dispose();
});

/** A program that takes a pidfd and kills its process when told to. */
async function startKiller(): Promise<{ readonly socket: string; readonly kill: () => Promise<string> }> {
  const socket = join(bench.dir, "pidfd.sock");
  const child = spawn(compiled("runtime/pidfdkill.c", bench.dir), [socket], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  killer = child;
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  await waitFor("the pidfd socket", () => existsSync(socket));
  const kill = () =>
    new Promise<string>((resolve, reject) => {
      child.once("close", (code) => (code === 0 ? resolve(text) : reject(new Error(`pidfdkill: ${code}`))));
      child.stdin.write("x");
    });
  return { socket, kill };
}

describe("--pidfd-socket", () => {
  it("gets a pidfd of init", async () => {
    const { socket, kill } = await startKiller();
    bench.ok(["create", "-b", bench.bundle("c1", running("sleep 1000")), "--pidfd-socket", socket, "c1"]);
    expect(bench.state("c1").status).toBe("created");
    expect(await kill()).toBe("pidfd\n");
    await bench.until("c1", "stopped");
    bench.ok(["delete", "c1"]);
  });

  it("gets a pidfd of an exec, whose end is not init's", async () => {
    bench.ok(["run", "-d", "-b", bench.bundle("c1", running("sleep 1000")), "c1"]);
    const { socket, kill } = await startKiller();
    bench.ok(["exec", "--detach", "--pidfd-socket", socket, "c1", "sleep", "500"]);
    const count = () => JSON.parse(bench.ok(["ps", "-f", "json", "c1"])).length;
    expect(count()).toBe(2);
    await kill();
    await waitFor("the exec to end", () => count() === 1);
    expect(bench.state("c1").status).toBe("running");
    bench.ok(["delete", "--force", "c1"]);
  });

  it("that nobody listens on fails the create, which leaves nothing", async () => {
    const bundle = bench.bundle("c1", running("sleep 1000"));
    const called = bench.call(["create", "-b", bundle, "--pidfd-socket", "/nowhere", "c1"]);
    expect(called).toMatchObject({ code: 1, stderr: expect.stringContaining("/nowhere") });
    await bench.expectNothingLeft();
  });
});
