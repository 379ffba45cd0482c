import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Process, Spec } from "../../../src/spec/types.ts";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, compiled, running } from "./harness.ts";

let bench: Bench;
let receiver: ChildProcess | undefined;
beforeEach(() => {
  bench = new Bench();
});
afterEach(async () => {
  receiver?.kill("SIGKILL");
  receiver = undefined;
  await bench.dispose();
});

/** What conmon and containerd's shim do: listen for a terminal's master, type a line, show what the terminal says. */
async function receive(typed = ""): Promise<{ readonly socket: string; readonly ended: Promise<string> }> {
  const socket = join(bench.dir, "console.sock");
  const child = spawn(compiled("runtime/recvtty.c", bench.dir), [socket, typed], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  receiver = child;
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  const ended = new Promise<string>((resolve) => child.once("close", () => resolve(text)));
  await waitFor("the console socket", () => existsSync(socket));
  return { socket, ended };
}

function terminal(command: string, consoleSize?: Process["consoleSize"]): (spec: Spec) => Spec {
  return (spec) => {
    const changed = running(command)(spec);
    const process = { ...changed.process, terminal: true, ...(consoleSize && { consoleSize }) } as Process;
    return { ...changed, process };
  };
}

describe("--console-socket", () => {
  it("gets the master of init's terminal, which is its /dev/console and controlling terminal", async () => {
    const { socket, ended } = await receive();
    const script =
      "tty; stty size; stat -c %t,%T /dev/console; echo to the terminal >/dev/tty; ls -l /proc/self/fd/2";
    const bundle = bench.bundle("c1", terminal(script, { height: 33, width: 111 }));
    bench.ok(["create", "-b", bundle, "--console-socket", socket, "c1"]);
    bench.ok(["start", "c1"]);
    const shown = (await ended).replaceAll("\r", "");
    expect(shown).toMatch(/^name=.* tty=1\n\/dev\/pts\/0\n33 111\n88,/);
    expect(shown).toContain("to the terminal\n");
    expect(shown).toContain("-> /dev/pts/0");
    bench.ok(["delete", "c1"]);
  });

  it("carries what is typed", async () => {
    const { socket, ended } = await receive("hello\n");
    bench.ok([
      "run",
      "-d",
      "-b",
      bench.bundle("c1", terminal('read x; echo "got $x"')),
      "--console-socket",
      socket,
      "c1",
    ]);
    expect((await ended).replaceAll("\r", "")).toContain("got hello\n");
    await bench.until("c1", "stopped");
    bench.ok(["delete", "c1"]);
  });

  it("gets the terminal of an exec, too", async () => {
    bench.ok(["run", "-d", "-b", bench.bundle("c1", running("sleep 100")), "c1"]);
    const { socket, ended } = await receive("one\n");
    bench.ok([
      ...["exec", "--tty", "--detach", "--console-socket", socket, "c1"],
      ...["sh", "-c", 'tty; read x; echo "got $x"'],
    ]);
    const shown = (await ended).replaceAll("\r", "");
    expect(shown).toMatch(/^name=.* tty=1\n/);
    expect(shown).toContain("/dev/pts/");
    expect(shown).toContain("got one\n");
    bench.ok(["delete", "--force", "c1"]);
  });

  it("is refused without a terminal, and a terminal without it when nobody is there to take it", async () => {
    const plain = bench.bundle("c1", running("true"));
    expect(bench.call(["create", "-b", plain, "--console-socket", "/nowhere", "c1"]).code).toBe(1);
    const wanting = bench.bundle("c2", terminal("true"));
    expect(bench.call(["create", "-b", wanting, "c2"]).stderr).toContain("console socket");
    await bench.expectNothingLeft();
  });
});
