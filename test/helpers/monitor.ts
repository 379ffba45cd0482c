import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { ProcessIdentity } from "../../src/client/process-files.ts";
import { readProcessStat } from "../../src/host/proc.ts";

/** A process directory with somebody who behaves like its monitor, as docs/plan-format.md describes it. */
export interface FakeMonitor {
  readonly processDir: string;
  /** The process: this test itself, so that it lives for as long as the test wants. */
  readonly identity: ProcessIdentity;
  /** Commands that were sent to it. */
  readonly commands: readonly string[];
  /** Answer further commands with this; "ok" unless said otherwise. */
  answer: string;
  say(line: "oom" | "exit"): void;
  /** Write exit.json. */
  record(status: number, isOom?: boolean): void;
  /** As a monitor whose process has ended and that has nothing left to pass on. */
  exit(status: number): Promise<void>;
  /** End: the socket is gone, and every connection. */
  stop(): Promise<void>;
}

/** This process, as a process directory's `pid` names it. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTime: readProcessStat(process.pid)?.startTime ?? 0 };
}

/** Listen on `ctl.sock` of a new process directory. */
export async function startFakeMonitor(processDir: string): Promise<FakeMonitor> {
  mkdirSync(processDir, { recursive: true });
  const identity = ownIdentity();
  writeFileSync(join(processDir, "pid"), `${identity.pid} ${identity.startTime}`);
  const sockets = new Set<Socket>();
  const commands: string[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}); // the other side may go first
    socket.on("data", (chunk) => {
      for (const line of String(chunk)
        .split("\n")
        .filter((one) => one !== "")) {
        commands.push(line);
        if (monitor.answer !== "") socket.write(`${monitor.answer}\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(join(processDir, "ctl.sock"), resolve));
  const monitor: FakeMonitor = {
    processDir,
    identity,
    commands,
    answer: "ok",
    say: (line) => {
      for (const socket of sockets) socket.write(`${line}\n`);
    },
    record: (status, isOom = false) =>
      writeFileSync(
        join(processDir, "exit.json"),
        JSON.stringify({ pid: identity.pid, status, exitedAt: "1700000000000000001", oom: isOom }),
      ),
    exit: async (status) => {
      monitor.record(status);
      monitor.say("exit");
      await monitor.stop();
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.end();
      }),
  };
  return monitor;
}
