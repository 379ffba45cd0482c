import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Seccomp, Spec } from "../../../src/spec/types.ts";
import { waitFor } from "../../helpers/wait.ts";
import { Bench, changes, compiled, running, withProcess } from "./harness.ts";

let bench: Bench;
let socket: string;
let agent: ChildProcess | undefined;

beforeEach(() => {
  bench = new Bench();
  socket = join(bench.dir, "agent.sock");
});
afterEach(async () => {
  bench.call(["delete", "--force", "c1"]);
  agent?.kill("SIGKILL");
  agent = undefined;
  await bench.dispose();
});

async function startAgent(): Promise<void> {
  agent = spawn(compiled("runtime/seccompagent.c", bench.dir), [socket, join(bench.dir, "states")], {
    stdio: "ignore",
  });
  await waitFor("the agent", () => existsSync(socket));
}

/** What the agent was told, a document for each process. */
function states(): readonly Record<string, unknown>[] {
  const lines = readFileSync(join(bench.dir, "states"), "utf8").split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Making directories is up to the agent; so is what the runtime itself still calls under the filter. */
const withAgent =
  (change: Partial<Seccomp> = {}) =>
  (spec: Spec): Spec => ({
    ...spec,
    annotations: { key: "value" },
    linux: {
      ...spec.linux,
      seccomp: {
        defaultAction: "SCMP_ACT_ALLOW",
        listenerPath: socket,
        listenerMetadata: 'quota="none"',
        syscalls: [
          { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY" },
          { names: ["getcwd", "read", "execve"], action: "SCMP_ACT_NOTIFY" },
        ],
        ...change,
      },
    },
  });

const MKDIR = "mkdir /tmp/a 2>&1; sleep 1000";
const REFUSED = "mkdir: can't create directory '/tmp/a': Disk quota exceeded\n";

describe("linux.seccomp.listenerPath", () => {
  for (const noNewPrivileges of [false, true]) {
    it(`gets init's listener and state (no_new_privs ${noNewPrivileges})`, async () => {
      await startAgent();
      const flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", "SECCOMP_FILTER_FLAG_LOG"];
      const bundle = bench.bundle(
        "c1",
        changes(running("mkdir /tmp/a"), withProcess({ noNewPrivileges }), withAgent({ flags })),
      );
      bench.ok(["create", "-b", bundle, "c1"]);
      const { pid } = bench.state("c1");
      const state = { ociVersion: "1.3.0", id: "c1", status: "creating", pid, bundle };
      expect(states()).toEqual([
        {
          ociVersion: "1.3.0",
          fds: ["seccompFd"],
          pid,
          metadata: 'quota="none"',
          state: { ...state, annotations: { key: "value" } },
        },
      ]);
      bench.ok(["start", "c1"]);
      await bench.until("c1", "stopped");
    });
  }

  it("answers for what init and every exec call", async () => {
    await startAgent();
    const started = bench.start([
      "run",
      "-b",
      bench.bundle("c1", changes(running(MKDIR), withAgent())),
      "c1",
    ]);
    await waitFor("the answer", () => readFileSync(started.stdoutFile, "utf8") === REFUSED);
    const { pid } = bench.state("c1");
    const called = bench.call(["exec", "c1", "sh", "-c", "echo $$; mkdir /tmp/a"]);
    expect(called).toMatchObject({ code: 1, stderr: REFUSED });
    expect(states()).toHaveLength(2);
    expect(states()[1]).toMatchObject({ state: { status: "running", pid } });
    expect(states()[1]?.["pid"]).not.toBe(pid);
    bench.ok(["kill", "c1", "KILL"]);
    expect(await started.ended).toMatchObject({ code: 137 });
  });

  it("leaves no descriptor of the filter in the process", async () => {
    await startAgent();
    bench.ok(["run", "-d", "-b", bench.bundle("c1", changes(running("sleep 1000"), withAgent())), "c1"]);
    expect(bench.ok(["exec", "c1", "ls", "/proc/1/fd"])).toBe("0\n1\n2\n");
  });

  it("is an error that names it when nobody listens, and nothing is left", () => {
    const called = bench.call(["run", "-b", bench.bundle("c1", withAgent()), "c1"]);
    expect(called.code).toBe(1);
    expect(called.stderr).toContain(
      `failed to connect with seccomp agent \\"${socket}\\": no such file or directory`,
    );
  });

  it("is ignored when no call is up to it", () => {
    const syscalls = [{ names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 28 }];
    const flags = [
      "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
      "SECCOMP_FILTER_FLAG_TSYNC",
      "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
    ];
    const change = changes(running("mkdir /tmp/a"), withAgent({ syscalls, flags }));
    const called = bench.call(["run", "-b", bench.bundle("c1", change), "c1"]);
    expect(called.stderr).toContain("No space left on device");
  });
});
